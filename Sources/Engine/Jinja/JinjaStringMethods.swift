/// The methods of Python's strings that templates call.
enum JinjaStringMethods {
  typealias Method = @Sendable (JinjaValue, JinjaArguments, JinjaInterpreter) throws -> JinjaValue

  static let table: [String: Method] = changes.merging(questions) { first, _ in first }
    .merging(parts) { first, _ in first }

  // MARK: - Strings from strings

  private static let changes: [String: Method] = [
    "upper": mapped("str.upper") { $0.pythonUppercased },
    "lower": mapped("str.lower") { $0.pythonLowercased },
    "casefold": mapped("str.casefold") { $0.pythonCaseFolded },
    "capitalize": mapped("str.capitalize") { $0.pythonCapitalized },
    "title": mapped("str.title") { $0.pythonTitled },
    "swapcase": mapped("str.swapcase") { $0.pythonSwappedCase },
    "strip": stripped("strip", left: true, right: true),
    "lstrip": stripped("lstrip", left: true, right: false),
    "rstrip": stripped("rstrip", left: false, right: true),
    "replace": { value, arguments, interpreter in
      let arguments = try arguments.positional("replace", 2...3)
      let (old, new) = (
        try string(arguments[0], "replace() argument 1 must be str"),
        try string(arguments[1], "replace() argument 2 must be str")
      )
      let count = try arguments.count > 2 ? arguments[2].integer() : -1
      return value.like(
        try interpreter.replacing(old, with: new, in: interpreter.text(of: value), count: count))
    },
    "removeprefix": { value, arguments, interpreter in
      let text = try interpreter.text(of: value)
      let prefix = try string(arguments.positional("str.removeprefix", 1...1)[0], "removeprefix() argument must be str")
      return value.like(text.pythonHasPrefix(prefix) ? String(utf8: text.utf8.dropFirst(prefix.utf8.count)) : text)
    },
    "removesuffix": { value, arguments, interpreter in
      let text = try interpreter.text(of: value)
      let suffix = try string(arguments.positional("str.removesuffix", 1...1)[0], "removesuffix() argument must be str")
      return value.like(text.pythonHasSuffix(suffix) ? String(utf8: text.utf8.dropLast(suffix.utf8.count)) : text)
    },
    "center": padded("center", .center), "ljust": padded("ljust", .left), "rjust": padded("rjust", .right),
    "zfill": { value, arguments, interpreter in
      let width = try arguments.positional("str.zfill", 1...1)[0].integer()
      let text = try interpreter.text(of: value)
      let sign = text.hasPrefix("-") || text.hasPrefix("+") ? String(text.unicodeScalars.prefix(1)) : ""
      let digits = String(text.unicodeScalars.dropFirst(sign.isEmpty ? 0 : 1))
      return value.like(sign + (try interpreter.padded(digits, to: width - sign.utf8.count, "0", .right)))
    },
    "expandtabs": { value, arguments, interpreter in
      let size = try arguments.bound("expandtabs", ["tabsize"])[0]?.integer() ?? 8
      return value.like(try interpreter.expandingTabs(interpreter.text(of: value), size: size))
    },
    "format": { value, arguments, interpreter in
      value.like(try BraceFormat(interpreter, arguments).text(of: interpreter.text(of: value)))
    },
    "join": { value, arguments, interpreter in
      let elements = try interpreter.elements(of: arguments.positional("str.join", 1...1)[0])
      var length = 0
      let strings = try elements.enumerated().map { index, element in
        guard let text = element.text else {
          throw JinjaError.type("sequence item \(index): expected str instance, \(element.typeName) found")
        }
        length += text.utf8.count
        return text
      }
      let separator = try interpreter.string(of: value)
      try interpreter.check(length: length + max(0, strings.count - 1) * separator.utf8.count)
      try interpreter.charge(strings.count + length >> 6)
      return value.like(strings.joined(separator: separator))
    },
  ]

  static func string(_ value: JinjaValue, _ name: String) throws -> String {
    guard let text = value.text else {
      if case .undefined(let missing) = value { throw missing.error }
      throw JinjaError.type("\(name), not \(value.typeName)")
    }
    return text
  }

  private static func mapped(_ name: String, _ map: @escaping @Sendable (String) -> String) -> Method {
    { value, arguments, interpreter in
      _ = try arguments.positional(name, 0...0)
      return value.like(map(try interpreter.text(of: value)))
    }
  }

  private static func stripped(_ name: String, left: Bool, right: Bool) -> Method {
    { value, arguments, interpreter in
      let set = try arguments.positional(name, 0...1).first.unlessNone
      if let set, set.text == nil { throw JinjaError.type("\(name) arg must be None or str, not \(set.typeName)") }
      return value.like(try interpreter.text(of: value).pythonStripped(set?.text, left: left, right: right))
    }
  }

  private static func padded(_ name: String, _ side: JinjaInterpreter.Side) -> Method {
    { value, arguments, interpreter in
      let arguments = try arguments.positional(name, 1...2)
      let fill = try arguments.count > 1 ? string(arguments[1], "The fill character must be a unicode character") : " "
      guard fill.unicodeScalars.count == 1 else {
        throw JinjaError.type("The fill character must be exactly one character long")
      }
      return value.like(try interpreter.padded(interpreter.text(of: value), to: arguments[0].integer(), fill, side))
    }
  }

  // MARK: - Questions

  private static let questions: [String: Method] = [
    "startswith": { try .bool(affix("startswith", $0, $1, $2) { $0.pythonHasPrefix($1) }) },
    "endswith": { try .bool(affix("endswith", $0, $1, $2) { $0.pythonHasSuffix($1) }) },
    "find": { try .integer(position("find", $0, $1, $2, last: false) ?? -1) },
    "rfind": { try .integer(position("rfind", $0, $1, $2, last: true) ?? -1) },
    "index": { try .integer(found(position("index", $0, $1, $2, last: false))) },
    "rindex": { try .integer(found(position("rindex", $0, $1, $2, last: true))) },
    "count": { value, arguments, interpreter in
      let arguments = try arguments.positional("count", 1...3)
      let (text, _) = try bounded(interpreter.text(of: value), arguments)
      return .integer(try text?.pythonCount(of: string(arguments[0], "must be str")) ?? 0)
    },
    "isalpha": all("str.isalpha", \.isPythonAlphabetic),
    "isalnum": all("str.isalnum") { $0.isPythonAlphabetic || $0.isPythonNumeric },
    "isdigit": all("str.isdigit", \.isPythonDigit),
    "isdecimal": all("str.isdecimal", \.isPythonDecimal),
    "isnumeric": all("str.isnumeric", \.isPythonNumeric),
    "isspace": all("str.isspace", \.isPythonSpace),
    "isascii": { value, _, interpreter in .bool(try interpreter.text(of: value).utf8.allSatisfy { $0 < 0x80 }) },
    "isprintable": { value, _, interpreter in
      .bool(try interpreter.text(of: value).unicodeScalars.allSatisfy(\.isPythonPrintable))
    },
    "islower": { value, _, interpreter in .bool(try interpreter.text(of: value).isPythonLowercase) },
    "isupper": { value, _, interpreter in .bool(try interpreter.text(of: value).isPythonUppercase) },
    "istitle": { value, _, interpreter in .bool(try interpreter.text(of: value).isPythonTitled) },
    "isidentifier": { value, _, interpreter in
      let scalars = try interpreter.text(of: value).unicodeScalars
      guard let first = scalars.first else { return .bool(false) }
      return .bool(
        (first == "_" || first.properties.isXIDStart) && scalars.allSatisfy { $0 == "_" || $0.properties.isXIDContinue }
      )
    },
  ]

  private static func all(
    _ name: String, _ isMember: @escaping @Sendable (Unicode.Scalar) -> Bool
  ) -> Method {
    { value, arguments, interpreter in
      _ = try arguments.positional(name, 0...0)
      let scalars = try interpreter.text(of: value).unicodeScalars
      return .bool(!scalars.isEmpty && scalars.allSatisfy(isMember))
    }
  }

  /// The part of a text that `start` and `end`, the second and third argument, leave; nil where they leave less than
  /// nothing.
  private static func bounded(_ text: String, _ arguments: [JinjaValue]) throws -> (text: String?, start: Int) {
    guard arguments.count > 1 else { return (text, 0) }
    let scalars = Array(text.unicodeScalars)
    func bound(_ place: Int) throws -> Int? {
      guard arguments.count > place, let value = Optional(arguments[place]).unlessNone else { return nil }
      let bound = try value.integer()
      return bound < 0 ? max(0, bound + scalars.count) : bound
    }
    let start = try bound(1) ?? 0
    let end = min(try bound(2) ?? scalars.count, scalars.count)
    return start > end ? (nil, start) : (String(scalars[start..<end]), start)
  }

  private static func affix(
    _ name: String, _ value: JinjaValue, _ arguments: JinjaArguments, _ interpreter: JinjaInterpreter,
    _ matches: (String, String) -> Bool
  ) throws -> Bool {
    let arguments = try arguments.positional(name, 1...3)
    guard let text = try bounded(interpreter.text(of: value), arguments).text else { return false }
    if case .tuple(let choices) = arguments[0] {
      return try choices.elements.contains { choice in
        guard let choice = choice.text else {
          throw JinjaError.type("tuple for \(name) must only contain str, not \(choice.typeName)")
        }
        return matches(text, choice)
      }
    }
    guard let affix = arguments[0].text else {
      throw JinjaError.type("\(name) first arg must be str or a tuple of str, not \(arguments[0].typeName)")
    }
    return matches(text, affix)
  }

  private static func position(
    _ name: String, _ value: JinjaValue, _ arguments: JinjaArguments, _ interpreter: JinjaInterpreter, last: Bool
  ) throws -> Int? {
    let arguments = try arguments.positional(name, 1...3)
    let (text, start) = try bounded(interpreter.text(of: value), arguments)
    return try text?.pythonPosition(of: string(arguments[0], "must be str"), last: last).map { $0 + start }
  }

  private static func found(_ position: Int?) throws -> Int {
    guard let position else { throw JinjaError.value("substring not found") }
    return position
  }

  // MARK: - Parts

  private static let parts: [String: Method] = [
    "split": { try split("split", $0, $1, $2, fromRight: false) },
    "rsplit": { try split("rsplit", $0, $1, $2, fromRight: true) },
    "splitlines": { value, arguments, interpreter in
      let keeps = try arguments.bound("splitlines", ["keepends"])[0]?.isTrue ?? false
      return .list(
        try JinjaList(interpreter.lines(of: interpreter.string(of: value), keepingEnds: keeps).map { value.like($0) }))
    },
    "partition": { try partition("str.partition", $0, $1, $2, last: false) },
    "rpartition": { try partition("str.rpartition", $0, $1, $2, last: true) },
  ]

  private static func split(
    _ name: String, _ value: JinjaValue, _ arguments: JinjaArguments, _ interpreter: JinjaInterpreter, fromRight: Bool
  ) throws -> JinjaValue {
    let arguments = try arguments.bound(name, ["sep", "maxsplit"])
    let separator = try arguments[0].unlessNone.map { value in
      guard let text = value.text else { throw JinjaError.type("must be str or None, not \(value.typeName)") }
      guard !text.isEmpty else { throw JinjaError.value("empty separator") }
      return text
    }
    let limit = try arguments[1]?.integer() ?? -1
    // One more than is allowed tells that there are too many.
    let most = JinjaList.longest
    let parts = try interpreter.text(of: value)
      .pythonSplit(separator, limit: limit < 0 ? most : min(limit, most), fromRight: fromRight)
    guard parts.count <= JinjaList.longest else {
      throw JinjaError.limit("a text has more parts than the \(JinjaList.longest) that a list may have")
    }
    try interpreter.charge(parts.count)
    return .list(try JinjaList(parts.map { value.like($0) }))
  }

  private static func partition(
    _ name: String, _ value: JinjaValue, _ arguments: JinjaArguments, _ interpreter: JinjaInterpreter, last: Bool
  ) throws -> JinjaValue {
    let separator = try string(arguments.positional(name, 1...1)[0], "must be str")
    guard !separator.isEmpty else { throw JinjaError.value("empty separator") }
    let text = try interpreter.text(of: value)
    let parts = text.pythonSplit(separator, limit: 1, fromRight: last)
    let empty = value.like("")
    guard parts.count == 2 else {
      return .tuple(JinjaList(unchecked: last ? [empty, empty, value] : [value, empty, empty]))
    }
    return .tuple(JinjaList(unchecked: [value.like(parts[0]), value.like(separator), value.like(parts[1])]))
  }
}
