/// Filters for strings; other values are printed first.
extension JinjaFilters {
  static let text: [String: Filter] = [
    "upper": mapped("do_upper") { $0.pythonUppercased },
    "lower": mapped("do_lower") { $0.pythonLowercased },
    "capitalize": mapped("do_capitalize") { $0.pythonCapitalized },
    "title": mapped("do_title", titled),
    "trim": { value, arguments, interpreter in
      let characters = try arguments.bound("do_trim", ["chars"], extra: 1)[0].unlessNone
      let text = try interpreter.text(of: value)
      guard let characters else { return value.like(text.pythonStripped()) }
      guard let set = characters.text else {
        throw JinjaError.type("strip arg must be None or str, not \(characters.typeName)")
      }
      return value.like(text.pythonStripped(set))
    },
    "escape": escape, "e": escape,
    "forceescape": { value, _, interpreter in .markup(try interpreter.escaped(value)) },
    "safe": { value, _, interpreter in .markup(try interpreter.string(of: value)) },
    "replace": { value, arguments, interpreter in
      let arguments = try arguments.bound("do_replace", ["old", "new", "count"], required: 2, extra: 1)
      let count = try arguments[2].unlessNone?.integer() ?? -1
      return .string(
        try interpreter.replacing(
          interpreter.string(of: arguments[0]!), with: interpreter.string(of: arguments[1]!),
          in: interpreter.string(of: value), count: count))
    },
    "indent": indent,
    "wordcount": { value, _, interpreter in
      let text = try interpreter.text(of: value)
      return .integer(
        text.unicodeScalars.split { !$0.isPythonAlphabetic && !$0.isPythonNumeric && $0 != "_" }.count)
    },
    "truncate": truncate,
    "center": { value, arguments, interpreter in
      let width = try arguments.bound("do_center", ["width"], extra: 1)[0]?.integer() ?? 80
      return value.like(try interpreter.padded(interpreter.text(of: value), to: width, " ", .center))
    },
    "format": { value, arguments, interpreter in
      guard arguments.positional.isEmpty || arguments.keywords.isEmpty else {
        throw JinjaError.value("can't handle positional and keyword arguments at the same time")
      }
      let operand: JinjaValue =
        arguments.keywords.isEmpty
        ? .tuple(try JinjaList(arguments.positional))
        : .dictionary(try JinjaDictionary(arguments.keywords.map { (.string($0.name), $0.value) }))
      return value.like(
        try PercentFormat(interpreter).text(of: interpreter.string(of: value), operand, isMarkup: value.isMarkup))
    },
    "urlencode": urlEncoded,
  ]

  private static func mapped(_ name: String, _ map: @escaping @Sendable (String) -> String) -> Filter {
    { value, arguments, interpreter in
      _ = try arguments.bound(name, [], extra: 1)
      return value.like(map(try interpreter.text(of: value)))
    }
  }

  private static let escape: Filter = { value, _, interpreter in
    value.isMarkup ? value : .markup(try interpreter.escaped(value))
  }

  /// A capital behind white space and opening brackets, and nowhere else.
  @Sendable private static func titled(_ text: String) -> String {
    var result = ""
    var word = ""
    func flush() {
      guard let first = word.unicodeScalars.first else { return }
      result += String(first).pythonUppercased + String(word.unicodeScalars.dropFirst()).pythonLowercased
      word = ""
    }
    for scalar in text.unicodeScalars {
      if scalar.isPythonSpace || "-({[<".unicodeScalars.contains(scalar) {
        flush()
        result.unicodeScalars.append(scalar)
      } else {
        word.unicodeScalars.append(scalar)
      }
    }
    flush()
    return result
  }

  private static let indent: Filter = { value, arguments, interpreter in
    let arguments = try arguments.bound("do_indent", ["width", "first", "blank"], extra: 1)
    guard let text = value.text else {
      if case .undefined(let missing) = value { throw missing.error }
      throw JinjaError.type("unsupported operand type(s) for +=: '\(value.typeName)' and 'str'")
    }
    let width = arguments[0] ?? .integer(4)
    let indentation = try width.text ?? interpreter.repeated(" ", max(0, width.integer()))
    let isFirstIndented = arguments[1]?.isTrue ?? false
    let areBlanksIndented = arguments[2]?.isTrue ?? false
    let lines = try interpreter.lines(of: text + "\n")
    try interpreter.check(length: text.utf8.count + lines.count * indentation.utf8.count)
    try interpreter.charge(lines.count + (text.utf8.count + lines.count * indentation.utf8.count) >> 6)
    let indented = lines.enumerated().map { index, line in
      let isIndented = index == 0 ? isFirstIndented : areBlanksIndented || !line.isEmpty
      return isIndented ? indentation + line : line
    }
    return value.like(indented.joined(separator: "\n"))
  }

  private static let truncate: Filter = { value, arguments, interpreter in
    let arguments = try arguments.bound("do_truncate", ["length", "killwords", "end", "leeway"], extra: 1)
    let length = try arguments[0]?.integer() ?? 255
    let end = try arguments[2].map { try interpreter.string(of: $0) } ?? "..."
    let leeway = try arguments[3].unlessNone?.integer() ?? 5
    let endLength = end.unicodeScalars.count
    guard length >= endLength else { throw JinjaError.value("expected length >= \(endLength), got \(length)") }
    guard leeway >= 0 else { throw JinjaError.value("expected leeway >= 0, got \(leeway)") }
    let count = try interpreter.length(of: value)
    guard count > leeway, count - leeway > length, let text = value.text else { return value }
    let start = String(text.unicodeScalars.prefix(length - endLength))
    if arguments[1]?.isTrue ?? false { return value.like(start + end) }
    return value.like(start.pythonSplit(" ", limit: 1, fromRight: true)[0] + end)
  }

  private static let urlEncoded: Filter = { value, _, interpreter in
    func quoted(_ value: JinjaValue, isQuery: Bool) throws -> String {
      let text = try interpreter.text(of: value)
      var result = ""
      for byte in text.utf8 {
        let scalar = Unicode.Scalar(byte)
        let isPlain =
          scalar.isASCII && scalar.properties.isAlphabetic || scalar.isASCIIDigit || "_.-~".utf8.contains(byte)
        if isPlain || byte == UInt8(ascii: "/") && !isQuery {
          result.unicodeScalars.append(scalar)
        } else if isQuery, byte == UInt8(ascii: " ") {
          result += "+"
        } else {
          result += "%" + PythonText.hexadecimal(UInt32(byte), digits: 2).uppercased()
        }
      }
      return result
    }
    let pairs: [JinjaValue]
    switch value {
    case .dictionary(let dictionary): pairs = dictionary.items
    case .list, .tuple, .view, .iterator: pairs = try interpreter.elements(of: value)
    default: return .string(try quoted(value, isQuery: false))
    }
    let parts = try pairs.map { pair in
      let pair = try interpreter.elements(of: pair)
      guard pair.count == 2 else { throw JinjaError.value("expected pairs of keys and values") }
      return try quoted(pair[0], isQuery: true) + "=" + quoted(pair[1], isQuery: true)
    }
    return .string(parts.joined(separator: "&"))
  }
}

extension JinjaInterpreter {
  /// `string(of:)`, charged by its length for what is done to it.
  func text(of value: JinjaValue) throws -> String {
    let text = try string(of: value)
    try charge(text.utf8.count >> 4)
    return text
  }

  func escaped(_ value: JinjaValue) throws -> String {
    let text = try text(of: value).htmlEscaped
    try check(length: text.utf8.count)
    return text
  }

  func lines(of text: String, keepingEnds: Bool = false) throws -> [String] {
    try charge(text.utf8.count >> 4)
    guard text.unicodeScalars.count(where: \.isPythonLineBreak) <= JinjaList.longest else {
      throw JinjaError.limit("a text has more than the \(JinjaList.longest) lines that a list may have")
    }
    return text.pythonLines(keepingEnds: keepingEnds)
  }

  func replacing(_ old: String, with new: String, in text: String, count: Int) throws -> String {
    try charge((text.utf8.count + old.utf8.count + new.utf8.count) >> 4)
    if new.utf8.count > old.utf8.count {
      let places = text.pythonCount(of: old)
      let (growth, isTooLarge) = (new.utf8.count - old.utf8.count).multipliedReportingOverflow(
        by: count < 0 ? places : min(places, count))
      try check(length: isTooLarge ? .max : text.utf8.count + growth)
      try charge(growth >> 6)
    }
    return text.pythonReplacing(old, with: new, count: count)
  }
}
