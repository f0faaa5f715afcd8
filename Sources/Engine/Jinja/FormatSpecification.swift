/// What stands behind the colon of a field of `str.format`: `[[fill]align][sign][#][0][width][,][.precision][type]`.
struct FormatSpecification {
  private var fill = " "
  private var align: Unicode.Scalar?
  private var plus = ""
  private var isAlternate = false
  private var width = 0
  private var grouping: String?
  private var precision: Int?
  private var letter: Unicode.Scalar?

  init(_ text: String) throws {
    var rest = text.unicodeScalars[...]
    let alignments: Set<Unicode.Scalar> = ["<", ">", "=", "^"]
    if let second = rest.dropFirst().first, alignments.contains(second) {
      fill = String(rest.removeFirst())
      align = rest.removeFirst()
    } else if let first = rest.first, alignments.contains(first) {
      align = rest.removeFirst()
    }
    if let sign = rest.first, sign == "+" || sign == "-" || sign == " " {
      rest.removeFirst()
      plus = sign == "-" ? "" : String(sign)
    }
    if rest.first == "#" {
      rest.removeFirst()
      isAlternate = true
    }
    if rest.first == "0" {
      rest.removeFirst()
      if align == nil { (fill, align) = ("0", "=") }
    }
    width = try Self.number(&rest) ?? 0
    if let separator = rest.first, separator == "," || separator == "_" { grouping = String(rest.removeFirst()) }
    if rest.first == "." {
      rest.removeFirst()
      guard let digits = try Self.number(&rest) else { throw JinjaError.value("Format specifier missing precision") }
      precision = digits
    }
    letter = rest.popFirst()
    guard rest.isEmpty else { throw JinjaError.value("Invalid format specifier") }
  }

  private static func number(_ rest: inout Substring.UnicodeScalarView) throws -> Int? {
    let digits = rest.prefix { $0.isASCIIDigit }
    rest = rest.dropFirst(digits.count)
    guard !digits.isEmpty else { return nil }
    guard let value = Int(String(digits)) else {
      throw JinjaError.value("Too many decimal digits in format string")
    }
    return value
  }

  func text(of value: JinjaValue, _ interpreter: JinjaInterpreter) throws -> String {
    switch value {
    case .string(let text), .markup(let text): return try string(text, interpreter)
    case .integer(let integer): return try self.integer(integer, interpreter)
    case .number(let number): return try float(number, interpreter)
    case .bool(let value):
      return isEmpty ? (value ? "True" : "False") : try self.integer(value ? 1 : 0, interpreter)
    default:
      guard isEmpty else {
        throw JinjaError.type("unsupported format string passed to \(value.typeName).__format__")
      }
      return try interpreter.string(of: value)
    }
  }

  private var isEmpty: Bool {
    align == nil && plus.isEmpty && !isAlternate && width == 0 && grouping == nil && precision == nil && letter == nil
  }

  private func unknownCode(_ type: String) -> JinjaError {
    .value("Unknown format code '\(letter.map(String.init) ?? "")' for object of type '\(type)'")
  }

  private func string(_ text: String, _ interpreter: JinjaInterpreter) throws -> String {
    guard letter == nil || letter == "s" else { throw unknownCode("str") }
    guard grouping == nil else { throw JinjaError.value("Cannot specify '\(grouping ?? "")' with 's'.") }
    guard plus.isEmpty else { throw JinjaError.value("Sign not allowed in string format specifier") }
    guard align != "=" || fill == "0" else {
      throw JinjaError.value("'=' alignment not allowed in string format specifier")
    }
    let cut = precision.map { String(text.unicodeScalars.prefix($0)) } ?? text
    let side: JinjaInterpreter.Side = align == ">" ? .right : align == "^" ? .center : .left
    return try filled(cut, side, interpreter)
  }

  private func filled(_ text: String, _ side: JinjaInterpreter.Side, _ interpreter: JinjaInterpreter) throws -> String {
    guard side == .center else { return try interpreter.padded(text, to: width, fill, side) }
    let missing = max(0, width - text.unicodeScalars.count)
    let left = try interpreter.padded(text, to: text.unicodeScalars.count + missing / 2, fill, .right)
    return try interpreter.padded(left, to: width, fill, .left)
  }

  private func integer(_ integer: Int, _ interpreter: JinjaInterpreter) throws -> String {
    let radixes: [Unicode.Scalar: (Int, String)] = [
      "d": (10, ""), "b": (2, "0b"), "o": (8, "0o"), "x": (16, "0x"), "X": (16, "0X"),
    ]
    if let letter, "eEfFgG%".unicodeScalars.contains(letter) { return try float(Double(integer), interpreter) }
    guard let (radix, prefix) = radixes[letter ?? "d"] else { throw unknownCode("int") }
    guard precision == nil else { throw JinjaError.value("Precision not allowed in integer format specifier") }
    let digits = String(integer.magnitude, radix: radix, uppercase: letter == "X")
    let sign = (integer < 0 ? "-" : plus) + (isAlternate ? prefix : "")
    return try number(sign, grouped(digits, by: radix == 10 ? 3 : 4), interpreter)
  }

  private func float(_ number: Double, _ interpreter: JinjaInterpreter) throws -> String {
    guard let letter = letter ?? (precision == nil ? nil : "g") else {
      let text = PythonText.representation(of: number.magnitude)
      return try self.number(number.sign == .minus ? "-" : plus, grouped(text, by: 3), interpreter)
    }
    guard "eEfFgG%".unicodeScalars.contains(letter) else { throw unknownCode("float") }
    let isPercent = letter == "%"
    var (sign, body) = try NumberFormat.text(
      of: isPercent ? number * 100 : number, letter: isPercent ? "f" : letter, precision: precision ?? 6,
      isAlternate: isAlternate, plus: plus, interpreter)
    // Without a letter, a precision shows at least one digit behind the point.
    if self.letter == nil, !body.contains("."), !body.contains("e"), number.isFinite { body += ".0" }
    if isPercent { body += "%" }
    return try self.number(sign, grouped(body, by: 3), interpreter)
  }

  private func grouped(_ body: String, by size: Int) -> String {
    guard let grouping else { return body }
    let digits = body.prefix { $0.isHexDigit && ($0 != "e" || size == 4) }
    var result = ""
    for (index, digit) in digits.enumerated() {
      if index > 0, (digits.count - index).isMultiple(of: size) { result += grouping }
      result.append(digit)
    }
    return result + body.dropFirst(digits.count)
  }

  private func number(_ sign: String, _ body: String, _ interpreter: JinjaInterpreter) throws -> String {
    switch align {
    case "=":
      return sign + (try interpreter.padded(body, to: width - sign.utf8.count, fill, .right))
    case "<": return try filled(sign + body, .left, interpreter)
    case "^": return try filled(sign + body, .center, interpreter)
    default: return try filled(sign + body, .right, interpreter)
    }
  }
}
