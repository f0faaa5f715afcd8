/// Names, numbers, strings and operators inside of tags.
extension JinjaLexer {
  /// Reads one word; `open` holds the brackets that are not closed yet.
  mutating func readWord(_ open: inout [JinjaToken.Symbol]) throws(JinjaError) {
    let first = source[position]
    if first.isASCIIDigit {
      try readNumber()
    } else if first == "_" || first.properties.isXIDContinue {
      try readName()
    } else if first == "'" || first == "\"" {
      try readString(quote: first)
    } else {
      try readSymbol(&open)
    }
  }

  private mutating func readName() throws(JinjaError) {
    let end = source[position...].firstIndex { $0 != "_" && !$0.properties.isXIDContinue } ?? source.count
    guard source[position] == "_" || source[position].properties.isXIDStart else {
      throw error("Invalid character in identifier")
    }
    append(.name(String(source[position..<end])))
    advance(to: end)
  }

  private mutating func readSymbol(_ open: inout [JinjaToken.Symbol]) throws(JinjaError) {
    for count in [2, 1] where position + count <= source.count {
      guard let symbol = JinjaToken.Symbol(rawValue: String(source[position..<position + count])) else { continue }
      if let closing = symbol.closing {
        open.append(closing)
      } else if symbol.isClosing {
        guard let expected = open.popLast() else { throw error("unexpected '\(symbol.rawValue)'") }
        guard expected == symbol else {
          throw error("unexpected '\(symbol.rawValue)', expected '\(expected.rawValue)'")
        }
      }
      append(.symbol(symbol))
      advance(to: position + count)
      return
    }
    throw error("unexpected char \(PythonText.representation(of: String(source[position...position]))) at \(position)")
  }

  // MARK: - Numbers

  private mutating func readNumber() throws(JinjaError) {
    let start = position
    if let (digits, end) = float(from: start) {
      guard let value = Double(digits) else { throw error("'\(digits)' is not a number") }
      append(.float(value))
      advance(to: end)
      return
    }
    let radixes: [Unicode.Scalar: Int] = ["b": 2, "o": 8, "x": 16]
    var radix = 10
    var end = start
    if source[start] == "0" {
      if start + 1 < source.count, let letter = UnicodeScalar(source[start + 1].value | 0x20),
        let prefixed = radixes[letter]
      {
        let digits = endOfDigits(from: start + 2, leadingUnderscore: true) {
          $0.digitValue.map { $0 < prefixed } ?? false
        }
        if digits > start + 2 { (radix, end) = (prefixed, digits) }
      }
      if radix == 10 { end = endOfDigits(from: start) { $0 == "0" } }
    } else {
      end = endOfDigits(from: start) { $0.isASCIIDigit }
    }
    let digits = String(source[(radix == 10 ? start : start + 2)..<end].filter { $0 != "_" })
    guard let value = Int(digits, radix: radix) else { throw error("the integer \(digits) does not fit 64 bits") }
    append(.integer(value))
    advance(to: end)
  }

  /// The end of digits with single underscores between them.
  private func endOfDigits(
    from start: Int, leadingUnderscore: Bool = false, _ isDigit: (Unicode.Scalar) -> Bool
  ) -> Int {
    var index = start
    while index < source.count {
      if isDigit(source[index]) {
        index += 1
      } else if source[index] == "_", index > start || leadingUnderscore, index + 1 < source.count,
        isDigit(source[index + 1])
      {
        index += 2
      } else {
        break
      }
    }
    return index
  }

  /// A number with a fraction or an exponent; not behind a dot, where `a.1.5` is two lookups.
  private func float(from start: Int) -> (digits: String, end: Int)? {
    guard start == 0 || source[start - 1] != "." else { return nil }
    var end = endOfDigits(from: start) { $0.isASCIIDigit }
    var isFloat = false
    if matches(".", at: end) {
      let fraction = endOfDigits(from: end + 1) { $0.isASCIIDigit }
      if fraction > end + 1 { (end, isFloat) = (fraction, true) }
    }
    if matches("e", at: end) || matches("E", at: end) {
      let signed = matches("+", at: end + 1) || matches("-", at: end + 1) ? end + 2 : end + 1
      let exponent = endOfDigits(from: signed) { $0.isASCIIDigit }
      if exponent > signed { (end, isFloat) = (exponent, true) }
    }
    return isFloat ? (String(source[start..<end].filter { $0 != "_" }), end) : nil
  }

  // MARK: - Strings

  private mutating func readString(quote: Unicode.Scalar) throws(JinjaError) {
    var end = position + 1
    while end < source.count, source[end] != quote { end += source[end] == "\\" ? 2 : 1 }
    guard end < source.count else {
      throw error("unexpected char \(PythonText.representation(of: String(quote))) at \(position)")
    }
    append(.string(try unescaped(source[position + 1..<end])))
    advance(to: end + 1)
  }

  /// Python's `unicode-escape` codec over the text with what is not ASCII escaped, which is what jinja2 does.
  private func unescaped(_ text: ArraySlice<Unicode.Scalar>) throws(JinjaError) -> String {
    var result = String.UnicodeScalarView()
    var index = text.startIndex
    while index < text.endIndex {
      guard text[index] == "\\" else {
        result.append(text[index])
        index += 1
        continue
      }
      let letter = text[index + 1]
      index += 2
      switch letter {
      case "\n": break
      case "\\", "'", "\"": result.append(letter)
      case "a": result.append("\u{07}")
      case "b": result.append("\u{08}")
      case "f": result.append("\u{0C}")
      case "n": result.append("\n")
      case "r": result.append("\r")
      case "t": result.append("\t")
      case "v": result.append("\u{0B}")
      case "x": try appendEscape(of: 2, "\\xXX", text, &index, &result)
      case "u": try appendEscape(of: 4, "\\uXXXX", text, &index, &result)
      case "U": try appendEscape(of: 8, "\\UXXXXXXXX", text, &index, &result)
      case "N": throw error("\\N escapes are not supported; write the character itself")
      case "0"..."7":
        let digits = text[(index - 1)...].prefix(3).prefix { $0.digitValue.map { $0 < 8 } ?? false }
        result.append(Unicode.Scalar(digits.reduce(0) { $0 * 8 + ($1.value - 48) })!)
        index += digits.count - 1
      default:
        result.append("\\")
        // jinja2 escapes this character before it reads the escapes, so that the two backslashes become one.
        result.append(contentsOf: letter.isASCII ? String(letter).unicodeScalars : Self.escape(letter).unicodeScalars)
      }
    }
    return String(result)
  }

  private static func escape(_ scalar: Unicode.Scalar) -> String {
    let (letter, count) = scalar.value < 0x100 ? ("x", 2) : scalar.value < 0x10000 ? ("u", 4) : ("U", 8)
    let digits = String(scalar.value, radix: 16)
    return letter + String(repeating: "0", count: count - digits.count) + digits
  }

  private func appendEscape(
    of count: Int, _ form: String, _ text: ArraySlice<Unicode.Scalar>, _ index: inout Int,
    _ result: inout String.UnicodeScalarView
  ) throws(JinjaError) {
    let digits = text[index...].prefix(count)
    guard digits.count == count, let code = UInt32(String(digits), radix: 16), digits.first != "+" else {
      throw error("truncated \(form) escape")
    }
    guard let scalar = Unicode.Scalar(code) else {
      throw error(code > 0x10FFFF ? "illegal Unicode character" : "half of a surrogate pair is no character")
    }
    result.append(scalar)
    index += count
  }
}
