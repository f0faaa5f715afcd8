/// What can follow `is`.
enum JinjaTests {
  typealias Test = @Sendable (JinjaValue, JinjaArguments, JinjaInterpreter) throws -> Bool

  static let table: [String: Test] = {
    var table: [String: Test] = [
      "defined": { value, arguments, _ in
        _ = try arguments.bound("test_defined", [], extra: 1)
        return !value.isUndefined
      },
      "undefined": { value, _, _ in value.isUndefined },
      "none": { value, _, _ in if case .null = value { true } else { false } },
      "boolean": { value, _, _ in if case .bool = value { true } else { false } },
      "true": { value, _, _ in if case .bool(true) = value { true } else { false } },
      "false": { value, _, _ in if case .bool(false) = value { true } else { false } },
      "integer": { value, _, _ in if case .integer = value { true } else { false } },
      "float": { value, _, _ in if case .number = value { true } else { false } },
      "number": { value, _, _ in value.isNumber },
      "string": { value, _, _ in value.text != nil },
      "mapping": { value, _, _ in if case .dictionary = value { true } else { false } },
      "sequence": { value, _, _ in isSequence(value) },
      "iterable": { value, _, _ in isIterable(value) },
      "callable": { value, _, _ in isCallable(value) },
      "escaped": { value, _, _ in value.isMarkup },
      "odd": { value, _, interpreter in try isRemainder(value, 2, 1, interpreter) },
      "even": { value, _, interpreter in try isRemainder(value, 2, 0, interpreter) },
      "divisibleby": { value, arguments, interpreter in
        let divisor = try arguments.bound("test_divisibleby", ["num"], required: 1, extra: 1)[0]!
        let remainder = try JinjaOperators.apply(.modulo, value, divisor, interpreter)
        return try JinjaComparison.areEqual(remainder, .integer(0), interpreter)
      },
      "lower": { value, _, interpreter in try interpreter.string(of: value).isPythonLowercase },
      "upper": { value, _, interpreter in try interpreter.string(of: value).isPythonUppercase },
      "filter": { value, _, _ in value.text.map { JinjaFilters.table[$0] != nil } ?? false },
      "test": { value, _, _ in value.text.map { isTest($0) } ?? false },
      "sameas": { value, arguments, interpreter in
        let other = try arguments.bound("test_sameas", ["other"], required: 1, extra: 1)[0]!
        return try isSame(value, other, interpreter)
      },
      "in": { value, arguments, interpreter in
        let container = try arguments.bound("test_in", ["seq"], required: 1, extra: 1)[0]!
        return try JinjaComparison.contains(value, in: container, interpreter)
      },
    ]
    let comparisons: [(JinjaExpression.Comparison, names: [String])] = [
      (.equal, ["==", "eq", "equalto"]), (.notEqual, ["!=", "ne"]), (.greater, [">", "gt", "greaterthan"]),
      (.greaterOrEqual, [">=", "ge"]), (.less, ["<", "lt", "lessthan"]), (.lessOrEqual, ["<=", "le"]),
    ]
    for (comparison, names) in comparisons {
      for name in names {
        table[name] = { value, arguments, interpreter in
          guard arguments.keywords.isEmpty, arguments.positional.count == 1 else {
            throw JinjaError.type(
              "\(names[names.count > 1 ? 1 : 0]) expected 2 arguments, got \(arguments.positional.count + 1)")
          }
          return try JinjaComparison.apply(comparison, value, arguments.positional[0], interpreter)
        }
      }
    }
    return table
  }()

  private static func isTest(_ name: String) -> Bool { table[name] != nil }

  private static func isRemainder(
    _ value: JinjaValue, _ divisor: Int, _ expected: Int, _ interpreter: JinjaInterpreter
  ) throws -> Bool {
    let remainder = try JinjaOperators.apply(.modulo, value, .integer(divisor), interpreter)
    return try JinjaComparison.areEqual(remainder, .integer(expected), interpreter)
  }

  private static func isSequence(_ value: JinjaValue) -> Bool {
    switch value {
    // An undefined is empty, and has a method for items, which complains.
    case .undefined, .string, .markup, .list, .tuple, .dictionary, .range: true
    default: false
    }
  }

  private static func isIterable(_ value: JinjaValue) -> Bool {
    switch value {
    case .null, .bool, .integer, .number: false
    case .object(let object): object is JinjaLoop
    default: true
    }
  }

  private static func isCallable(_ value: JinjaValue) -> Bool {
    switch value {
    // An undefined has a method for calls, which complains.
    case .undefined: true
    case .object(let object): object.isCallable
    default: false
    }
  }

  /// Identity, as far as values have one: small integers, strings of the template and the constants of Python.
  private static func isSame(_ left: JinjaValue, _ right: JinjaValue, _ interpreter: JinjaInterpreter) throws -> Bool {
    switch (left, right) {
    case (.bool, .bool), (.integer, .integer), (.string, .string), (.null, .null), (.object, .object),
      (.iterator, .iterator):
      try JinjaComparison.areEqual(left, right, interpreter)
    default: false
    }
  }
}

extension JinjaValue {
  var isNumber: Bool {
    switch self {
    case .integer, .bool, .number: true
    default: false
    }
  }
}
