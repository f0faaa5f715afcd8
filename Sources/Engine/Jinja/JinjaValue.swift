/// A value of a template: what Python has for JSON data, and what templates make themselves.
///
/// Lists and dictionaries are values: templates cannot change them, as in the sandbox that transformers runs them in.
package enum JinjaValue {
  case undefined(JinjaUndefined)
  case null
  case bool(Bool)
  case integer(Int)
  case number(Double)
  case string(String)
  /// A string that `escape` leaves alone (`markupsafe.Markup`).
  case markup(String)
  case list(JinjaList)
  case tuple(JinjaList)
  case dictionary(JinjaDictionary)
  /// `keys()`, `values()` or `items()` of a dictionary; the text is Python's name of the type.
  case view(JinjaList, type: String)
  case range(JinjaRange)
  case iterator(JinjaIterator)
  case object(any JinjaObject)
}

extension JinjaValue {
  /// Values of JSON as the Python library sees them.
  package init(_ json: JSONValue) {
    switch json {
    case .null: self = .null
    case .bool(let value): self = .bool(value)
    case .integer(let value): self = .integer(value)
    case .number(let value): self = .number(value)
    case .string(let text): self = .string(text)
    case .array(let elements): self = .list(JinjaList(unchecked: elements.map { JinjaValue($0) }))
    case .object(let members):
      self = .dictionary(JinjaDictionary(unchecked: members.map { (.string($0.key), JinjaValue($0.value)) }))
    }
  }

  /// The text of a string, safe or not.
  var text: String? {
    switch self {
    case .string(let text), .markup(let text): text
    default: nil
    }
  }

  var isUndefined: Bool {
    if case .undefined = self { true } else { false }
  }

  /// A number that Python takes where it wants an index.
  var index: Int? {
    switch self {
    case .integer(let value): value
    case .bool(let value): value ? 1 : 0
    default: nil
    }
  }

  /// What Python calls the type.
  var typeName: String {
    switch self {
    case .undefined: "Undefined"
    case .null: "NoneType"
    case .bool: "bool"
    case .integer: "int"
    case .number: "float"
    case .string: "str"
    case .markup: "Markup"
    case .list: "list"
    case .tuple: "tuple"
    case .dictionary: "dict"
    case .view(_, let type): type
    case .range: "range"
    case .iterator: "generator"
    case .object(let object): object.typeName
    }
  }

  /// Python's truth: what is empty or zero is false.
  var isTrue: Bool {
    switch self {
    case .undefined, .null: false
    case .bool(let value): value
    case .integer(let value): value != 0
    case .number(let value): value != 0
    case .string(let text), .markup(let text): !text.isEmpty
    case .list(let list), .tuple(let list), .view(let list, _): !list.elements.isEmpty
    case .dictionary(let dictionary): !dictionary.members.isEmpty
    case .range(let range): range.count > 0
    case .iterator, .object: true
    }
  }

  /// How deep lists, dictionaries and what holds values are nested in it.
  var depth: Int {
    switch self {
    case .list(let list), .tuple(let list), .view(let list, _): list.depth
    case .dictionary(let dictionary): dictionary.depth
    case .iterator(let iterator): iterator.depth
    case .object(let object): object.depth
    default: 0
    }
  }
}

extension JinjaValue {
  fileprivate var weight: Int {
    switch self {
    case .list(let list), .tuple(let list), .view(let list, _): list.weight
    default: 1
    }
  }
}

/// Elements of a list, with their depth known: values nested without bound would exhaust the stack of whoever prints,
/// compares or releases them.
package struct JinjaList {
  /// More than any JSON that the parser accepts.
  static let deepest = 600
  /// Of one list that a template makes.
  static let longest = 2_000_000

  let elements: [JinjaValue]
  let depth: Int
  /// Elements of elements included, each as often as it is there; lists that hold a list twice grow fast.
  let weight: Int

  /// - Throws: `JinjaError` of kind `limit`.
  init(_ elements: [JinjaValue]) throws {
    self.init(unchecked: elements)
    try Self.check(depth: depth)
    guard elements.count <= Self.longest else {
      throw JinjaError.limit("a list of \(elements.count) elements is longer than the \(Self.longest) that it may have")
    }
  }

  init(unchecked elements: [JinjaValue]) {
    self.elements = elements
    depth = 1 + elements.reduce(0) { max($0, $1.depth) }
    weight = elements.reduce(1) { $0.addingReportingOverflow($1.weight).overflow ? .max : $0 + $1.weight }
  }

  static func check(depth: Int) throws {
    guard depth <= deepest else { throw JinjaError.limit("values are nested more than \(deepest) deep") }
  }
}

/// Python's `range`.
package struct JinjaRange {
  let start: Int
  let step: Int
  let count: Int

  /// The bound that Python prints.
  let stop: Int

  subscript(index: Int) -> Int { start + index * step }
  var elements: [JinjaValue] { (0..<count).map { .integer(self[$0]) } }
}

/// Something that is not there, and why: the complaint is made only when somebody uses it.
package enum JinjaUndefined {
  case name(String)
  case attribute(String, type: String)
  case element(String, type: String)
  case hint(String)
  case unsafe(attribute: String, type: String)

  var error: JinjaError {
    switch self {
    case .name(let name): JinjaError(.undefined, "\(PythonText.representation(of: name)) is undefined")
    case .attribute(let name, let type):
      JinjaError(.undefined, "'\(Self.object(type))' has no attribute \(PythonText.representation(of: name))")
    case .element(let key, let type): JinjaError(.undefined, "\(Self.object(type)) has no element \(key)")
    case .hint(let hint): JinjaError(.undefined, hint)
    case .unsafe(let attribute, let type):
      JinjaError(.security, "access to attribute '\(attribute)' of '\(type)' object is unsafe.")
    }
  }

  private static func object(_ type: String) -> String {
    type == "NoneType" ? "None" : type + " object"
  }
}
