/// Things with an identity: namespaces, loops, functions, and what is read once.
package protocol JinjaObject: AnyObject {
  /// What Python calls the type.
  var typeName: String { get }
  /// What Python prints.
  var representation: String { get }
  var isCallable: Bool { get }
  /// How deep values are nested in what it holds. That of a namespace does not count: all of them are released one by
  /// one when the template has been rendered.
  var depth: Int { get }
  /// An attribute of the Python object; nil where it has none of this name.
  func attribute(_ name: String) throws -> JinjaValue?
  func call(_ arguments: JinjaArguments, _ interpreter: JinjaInterpreter) throws -> JinjaValue
}

extension JinjaObject {
  package var isCallable: Bool { false }
  package var depth: Int { 0 }
  package func attribute(_ name: String) -> JinjaValue? { nil }
  package func call(_ arguments: JinjaArguments, _ interpreter: JinjaInterpreter) throws -> JinjaValue {
    throw JinjaError.type("'\(typeName)' object is not callable")
  }
}

/// A function of Python or jinja2, or a method with what it belongs to.
final class JinjaFunction: JinjaObject {
  let name: String
  let typeName: String
  let depth: Int
  private let body: (JinjaArguments, JinjaInterpreter) throws -> JinjaValue

  /// - Parameter holder: the value that `body` keeps.
  init(
    _ name: String, type: String = "builtin_function_or_method", of holder: JinjaValue? = nil,
    _ body: @escaping (JinjaArguments, JinjaInterpreter) throws -> JinjaValue
  ) {
    self.name = name
    typeName = type
    depth = 1 + (holder?.depth ?? 0)
    self.body = body
  }

  var representation: String { "<built-in function \(name)>" }
  var isCallable: Bool { true }

  func call(_ arguments: JinjaArguments, _ interpreter: JinjaInterpreter) throws -> JinjaValue {
    try body(arguments, interpreter)
  }
}

/// `namespace()`: the one thing that a template can change.
final class JinjaNamespace: JinjaObject {
  var attributes: JinjaDictionary

  init(_ attributes: JinjaDictionary) {
    self.attributes = attributes
  }

  var typeName: String { "Namespace" }
  /// Attributes are left out: a namespace can hold itself.
  var representation: String { "<Namespace>" }
  func attribute(_ name: String) -> JinjaValue? { attributes[name] }
}

/// `cycler(...)`: gives its values in turn.
final class JinjaCycler: JinjaObject {
  private let values: [JinjaValue]
  private var position = 0

  let depth: Int

  init(_ values: [JinjaValue]) throws {
    self.values = values
    depth = 1 + values.reduce(0) { max($0, $1.depth) }
    try JinjaList.check(depth: depth)
  }

  var typeName: String { "Cycler" }
  var representation: String { "<jinja2.utils.Cycler object>" }

  func attribute(_ name: String) -> JinjaValue? {
    switch name {
    case "current": values[position]
    case "next":
      .object(
        JinjaFunction("next", type: "method", of: .object(self)) { [self] _, _ in
          defer { position = (position + 1) % values.count }
          return values[position]
        })
    case "reset":
      .object(
        JinjaFunction("reset", type: "method", of: .object(self)) { [self] _, _ in
          position = 0
          return .null
        })
    default: nil
    }
  }
}

/// A generator: elements that are made when they are asked for, once.
package final class JinjaIterator {
  private let make: () throws -> JinjaValue?
  /// Of the iterators that this one reads from.
  let depth: Int

  init(depth: Int = 0, _ make: @escaping () throws -> JinjaValue?) throws {
    self.make = make
    self.depth = depth + 1
    try JinjaList.check(depth: self.depth)
  }

  /// An iterator over elements that are there.
  init(over elements: [JinjaValue]) {
    var position = 0
    depth = 1 + elements.reduce(0) { max($0, $1.depth) }
    make = {
      guard position < elements.count else { return nil }
      defer { position += 1 }
      return elements[position]
    }
  }

  func next() throws -> JinjaValue? { try make() }

  /// All that is left.
  func rest(_ interpreter: JinjaInterpreter) throws -> [JinjaValue] {
    var elements: [JinjaValue] = []
    while let element = try next() {
      try interpreter.charge(1)
      elements.append(element)
      guard elements.count <= JinjaList.longest else {
        throw JinjaError.limit("a list is longer than the \(JinjaList.longest) elements that it may have")
      }
    }
    return elements
  }
}
