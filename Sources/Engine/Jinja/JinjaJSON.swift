/// The `tojson` filter: Python's `json.dumps`, as transformers calls it, or escaped for HTML as jinja2 does.
struct JinjaJSON {
  private let interpreter: JinjaInterpreter
  private var escapesUnicode: Bool
  private var indentation: String?
  private var itemSeparator = ", "
  private var keySeparator = ": "
  private var sortsKeys: Bool
  private var text = ""

  static func filter(
    _ value: JinjaValue, _ arguments: JinjaArguments, _ interpreter: JinjaInterpreter
  ) throws -> JinjaValue {
    if interpreter.options.dialect == .standard {
      let indent = try arguments.bound("do_tojson", ["indent"], extra: 1)[0]
      var writer = try JinjaJSON(interpreter, escapesUnicode: true, indent: indent, sortsKeys: true)
      try writer.write(value, level: 0)
      return .markup(
        writer.text.replacing("<", with: "\\u003c").replacing(">", with: "\\u003e").replacing("&", with: "\\u0026")
          .replacing("'", with: "\\u0027"))
    }
    let arguments = try arguments.bound(
      "tojson", ["ensure_ascii", "indent", "separators", "sort_keys"], extra: 1)
    var writer = try JinjaJSON(
      interpreter, escapesUnicode: arguments[0]?.isTrue ?? false, indent: arguments[1],
      sortsKeys: arguments[3]?.isTrue ?? false)
    if let separators = arguments[2].unlessNone {
      let pair = try interpreter.elements(of: separators)
      guard pair.count == 2, let item = pair[0].text, let key = pair[1].text else {
        throw JinjaError.value("'separators' of tojson takes two strings")
      }
      (writer.itemSeparator, writer.keySeparator) = (item, key)
    }
    try writer.write(value, level: 0)
    return .string(writer.text)
  }

  private init(
    _ interpreter: JinjaInterpreter, escapesUnicode: Bool, indent: JinjaValue?, sortsKeys: Bool
  ) throws {
    self.interpreter = interpreter
    self.escapesUnicode = escapesUnicode
    self.sortsKeys = sortsKeys
    if let indent = indent.unlessNone {
      indentation = try indent.text ?? interpreter.repeated(" ", max(0, indent.integer()))
      itemSeparator = ","
    }
  }

  private mutating func append(_ more: String) throws {
    try interpreter.charge(1 + more.utf8.count >> 6)
    text += more
    try interpreter.check(length: text.utf8.count)
  }

  private mutating func write(_ value: JinjaValue, level: Int) throws {
    switch value {
    case .null: try append("null")
    case .bool(let value): try append(value ? "true" : "false")
    case .integer(let value): try append(String(value))
    case .number(let value): try append(number(value))
    case .string(let text), .markup(let text): try append(quoted(text))
    case .list(let list), .tuple(let list):
      try write(list.elements, "[", "]", level) { try $0.write($1, level: level + 1) }
    case .dictionary(let dictionary):
      var members = try dictionary.members.map { (key: try key($0.key), original: $0.key, value: $0.value) }
      if sortsKeys {
        // Before they are written as strings: 10 comes behind 9.
        let order = try JinjaComparison.sorted(dictionary.keys, reverse: false, interpreter) { $0 }
        members = try order.map { key in (try self.key(key), key, dictionary[key]!) }
      }
      try write(members, "{", "}", level) { writer, member in
        try writer.append(writer.quoted(member.key) + writer.keySeparator)
        try writer.write(member.value, level: level + 1)
      }
    default: throw JinjaError.type("Object of type \(value.typeName) is not JSON serializable")
    }
  }

  private mutating func write<Element>(
    _ elements: [Element], _ open: String, _ close: String, _ level: Int,
    _ write: (inout JinjaJSON, Element) throws -> Void
  ) throws {
    if elements.isEmpty { return try append(open + close) }
    try append(open)
    for (index, element) in elements.enumerated() {
      if index > 0 { try append(itemSeparator) }
      if let indentation { try append("\n" + interpreter.repeated(indentation, level + 1)) }
      try write(&self, element)
    }
    if let indentation { try append("\n" + interpreter.repeated(indentation, level)) }
    try append(close)
  }

  private func number(_ value: Double) -> String {
    if value.isNaN { return "NaN" }
    if value.isInfinite { return value < 0 ? "-Infinity" : "Infinity" }
    return PythonText.representation(of: value)
  }

  private func key(_ key: JinjaValue) throws -> String {
    switch key {
    case .string(let text), .markup(let text): return text
    case .bool(let value): return value ? "true" : "false"
    case .null: return "null"
    case .integer(let value): return String(value)
    case .number(let value): return number(value)
    default:
      throw JinjaError.type("keys must be str, int, float, bool or None, not \(key.typeName)")
    }
  }

  private func quoted(_ text: String) -> String {
    var result = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"": result += "\\\""
      case "\\": result += "\\\\"
      case "\n": result += "\\n"
      case "\r": result += "\\r"
      case "\t": result += "\\t"
      case "\u{08}": result += "\\b"
      case "\u{0C}": result += "\\f"
      case _ where scalar.value < 0x20 || escapesUnicode && scalar.value > 0x7E:
        for unit in UTF16.encode(scalar)! { result += "\\u" + PythonText.hexadecimal(UInt32(unit), digits: 4) }
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result + "\""
  }
}
