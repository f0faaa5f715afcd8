/// The filters of jinja2, by the kind of value that they are for.
enum JinjaFilters {
  typealias Filter = @Sendable (JinjaValue, JinjaArguments, JinjaInterpreter) throws -> JinjaValue

  static let table: [String: Filter] = text.merging(sequences) { first, _ in first }
    .merging(selections) { first, _ in first }.merging(numbers) { first, _ in first }
    .merging(general) { first, _ in first }

  /// Filters for values of any kind.
  private static let general: [String: Filter] = [
    "default": defaulted, "d": defaulted,
    "string": { value, _, interpreter in
      value.isMarkup ? value : .string(try interpreter.string(of: value))
    },
    "length": { value, _, interpreter in .integer(try interpreter.length(of: value)) },
    "count": { value, _, interpreter in .integer(try interpreter.length(of: value)) },
    "attr": { value, arguments, interpreter in
      let name = try arguments.bound("do_attr", ["name"], required: 1, extra: 1)[0]!
      guard let name = name.text else { throw JinjaError.type("attribute name must be string, not '\(name.typeName)'") }
      if case .undefined(let missing) = value { throw missing.error }
      if case .dictionary = value, try interpreter.item(.string(name), of: .dictionary(JinjaDictionary())).isUndefined {
        return .undefined(.attribute(name, type: value.typeName))
      }
      return try interpreter.attribute(name, of: value)
    },
    "tojson": { value, arguments, interpreter in try JinjaJSON.filter(value, arguments, interpreter) },
    "pprint": { value, _, interpreter in
      // Python breaks lines beyond 80 characters; what is shorter it prints as it is.
      let text = try interpreter.representation(of: value)
      guard text.unicodeScalars.count <= 80 else {
        throw JinjaError.limit("'pprint' of more than 80 characters is not supported; use 'tojson'")
      }
      return .string(text)
    },
  ]

  private static let defaulted: Filter = { value, arguments, _ in
    let arguments = try arguments.bound("do_default", ["default_value", "boolean"], extra: 1)
    let isMissing = value.isUndefined || (arguments[1]?.isTrue ?? false) && !value.isTrue
    return isMissing ? arguments[0] ?? .string("") : value
  }

  // MARK: - Attributes by name

  /// The parts of `"a.b.0"`, which filters look up one after the other.
  private static func parts(of attribute: JinjaValue) -> [JinjaValue] {
    guard let text = attribute.text else {
      if case .null = attribute { return [] }
      return [attribute]
    }
    return text.pythonSplit(".", limit: -1).map { part in
      !part.isEmpty && part.unicodeScalars.allSatisfy(\.isASCIIDigit)
        ? Int(part).map { .integer($0) } ?? .string(part) : .string(part)
    }
  }

  /// A function that looks `attribute` up in a value; with nil, the value itself.
  static func getter(
    _ attribute: JinjaValue?, default standard: JinjaValue? = nil, _ interpreter: JinjaInterpreter
  ) -> (JinjaValue) throws -> JinjaValue {
    let parts = attribute.map { Self.parts(of: $0) } ?? []
    return { value in
      try parts.reduce(value) { value, part in
        let found = try interpreter.item(part, of: value)
        return found.isUndefined ? standard ?? found : found
      }
    }
  }

  /// As `getter`, for several attributes with commas between them, which make a list.
  static func listGetter(
    _ attribute: JinjaValue?, ignoringCase: Bool, _ interpreter: JinjaInterpreter
  ) -> (JinjaValue) throws -> JinjaValue {
    let attributes: [JinjaValue?] =
      attribute?.text.map { $0.pythonSplit(",", limit: -1).map { .string($0) } } ?? [attribute]
    let getters = attributes.map { getter($0, interpreter) }
    return { value in
      .list(try JinjaList(getters.map { ignoringCase ? try $0(value).lowercased : try $0(value) }))
    }
  }
}

extension JinjaValue {
  /// The value for comparisons that ignore case.
  var lowercased: JinjaValue {
    text.map { .string($0.pythonLowercased) } ?? self
  }

  /// A string like this one, safe if this one is.
  func like(_ text: String) -> JinjaValue {
    isMarkup ? .markup(text) : .string(text)
  }
}
