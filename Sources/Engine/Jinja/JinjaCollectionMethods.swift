/// Methods of dictionaries, lists, tuples and ranges, and attributes of numbers. Those that change something are listed
/// to be refused.
enum JinjaCollectionMethods {
  static let dictionaryChanges: Set = ["clear", "pop", "popitem", "setdefault", "update"]
  static let listChanges: Set = ["append", "clear", "pop", "reverse", "insert", "sort", "extend", "remove"]

  typealias DictionaryMethod = @Sendable (JinjaDictionary, JinjaArguments) throws -> JinjaValue
  typealias SequenceMethod = @Sendable ([JinjaValue], JinjaArguments, JinjaInterpreter) throws -> JinjaValue

  static let dictionary: [String: DictionaryMethod] = [
    "get": { dictionary, arguments in
      let arguments = try arguments.positional("get", 1...2)
      try arguments[0].checkHashable()
      return dictionary[arguments[0]] ?? (arguments.count > 1 ? arguments[1] : .null)
    },
    "keys": { dictionary, arguments in
      _ = try arguments.positional("dict.keys", 0...0)
      return .view(JinjaList(unchecked: dictionary.keys), type: "dict_keys")
    },
    "values": { dictionary, arguments in
      _ = try arguments.positional("dict.values", 0...0)
      return .view(JinjaList(unchecked: dictionary.values), type: "dict_values")
    },
    "items": { dictionary, arguments in
      _ = try arguments.positional("dict.items", 0...0)
      return .view(JinjaList(unchecked: dictionary.items), type: "dict_items")
    },
    "copy": { dictionary, arguments in
      _ = try arguments.positional("dict.copy", 0...0)
      return .dictionary(dictionary)
    },
  ]

  static func sequence(_ name: String, of value: JinjaValue) -> SequenceMethod? {
    switch (name, value) {
    case ("count", _): count
    case ("index", _):
      { [type = value.typeName] in try index($0, $1, $2, type) }
    case ("copy", .list):
      { elements, arguments, _ in
        _ = try arguments.positional("list.copy", 0...0)
        return .list(try JinjaList(elements))
      }
    default: nil
    }
  }

  @Sendable private static func count(
    _ elements: [JinjaValue], _ arguments: JinjaArguments, _ interpreter: JinjaInterpreter
  ) throws -> JinjaValue {
    let value = try arguments.positional("list.count", 1...1)[0]
    return .integer(try elements.count { try JinjaComparison.areEqual($0, value, interpreter) })
  }

  private static func index(
    _ elements: [JinjaValue], _ arguments: JinjaArguments, _ interpreter: JinjaInterpreter, _ type: String
  ) throws -> JinjaValue {
    let arguments = try arguments.positional("index", 1...3)
    let bounds = try arguments.dropFirst().map { try $0.integer() }
    func clamped(_ bound: Int) -> Int { min(max(bound < 0 ? bound + elements.count : bound, 0), elements.count) }
    let start = bounds.first.map(clamped) ?? 0
    let stop = bounds.count > 1 ? clamped(bounds[1]) : elements.count
    if start < stop {
      for place in start..<stop where try JinjaComparison.areEqual(elements[place], arguments[0], interpreter) {
        return .integer(place)
      }
    }
    if type == "tuple" { throw JinjaError.value("tuple.index(x): x not in tuple") }
    throw JinjaError.value("\(try interpreter.representation(of: arguments[0])) is not in \(type)")
  }

  static func numberAttribute(_ name: String, of value: JinjaValue) -> JinjaValue? {
    switch (name, value) {
    case ("real", .number), ("real", .integer): return value
    case ("imag", .number): return .number(0)
    case ("imag", .integer), ("imag", .bool): return .integer(0)
    case ("is_integer", .number(let number)):
      return .object(JinjaFunction(name) { _, _ in .bool(number == number.rounded() && number.isFinite) })
    case ("bit_length", .integer(let integer)):
      return .object(JinjaFunction(name) { _, _ in .integer(Int.bitWidth - integer.magnitude.leadingZeroBitCount) })
    default: return nil
    }
  }
}
