/// Python's `format % values`.
import Foundation

struct PercentFormat {
  private let interpreter: JinjaInterpreter
  private var isMarkup = false

  init(_ interpreter: JinjaInterpreter) {
    self.interpreter = interpreter
  }

  private struct Directive {
    var isLeft = false
    var plus = ""
    var isAlternate = false
    var isZeroPadded = false
    var width = 0
    var precision: Int?
    var letter: Unicode.Scalar = "s"
  }

  /// The values that are left, for directives without a name.
  private struct Operands {
    let dictionary: JinjaDictionary?
    var values: [JinjaValue]
    let wereTuple: Bool

    init(_ operand: JinjaValue) {
      if case .tuple(let list) = operand { values = list.elements.reversed() } else { values = [operand] }
      if case .dictionary(let members) = operand { dictionary = members } else { dictionary = nil }
      if case .tuple = operand { wereTuple = true } else { wereTuple = false }
    }

    mutating func next() throws -> JinjaValue {
      guard let value = values.popLast() else { throw JinjaError.type("not enough arguments for format string") }
      return value
    }
  }

  /// - Parameter isMarkup: whether values are escaped for HTML, unless they are safe.
  func text(of format: String, _ operand: JinjaValue, isMarkup: Bool) throws -> String {
    var formatter = self
    formatter.isMarkup = isMarkup
    return try formatter.write(format, operand)
  }

  private func write(_ format: String, _ operand: JinjaValue) throws -> String {
    var operands = Operands(operand)
    var usedNames = false
    var result = ""
    var rest = format.unicodeScalars[...]
    while let percent = rest.firstIndex(of: "%") {
      result += String(rest[..<percent])
      rest = rest[percent...].dropFirst()
      var named: JinjaValue?
      if rest.first == "(" {
        guard let dictionary = operands.dictionary else { throw JinjaError.type("format requires a mapping") }
        guard let end = rest.firstIndex(of: ")") else { throw JinjaError.value("incomplete format key") }
        let key = String(rest[rest.index(after: rest.startIndex)..<end])
        guard let value = dictionary[key] else { throw JinjaError.value(PythonText.representation(of: key)) }
        named = value
        usedNames = true
        rest = rest[end...].dropFirst()
      }
      let directive = try directive(&rest, &operands)
      if directive.letter == "%" {
        result += "%"
        continue
      }
      result += try formatted(named ?? operands.next(), directive)
      try interpreter.check(length: result.utf8.count)
      try interpreter.charge(1)
    }
    let areLeft = operands.wereTuple ? !operands.values.isEmpty : !operands.values.isEmpty && operands.dictionary == nil
    guard usedNames || !areLeft || !operands.wereTuple && operandIsList(operand) else {
      throw JinjaError.type("not all arguments converted during string formatting")
    }
    return result + String(rest)
  }

  /// A list counts as something with keys, which need not all be used.
  private func operandIsList(_ operand: JinjaValue) -> Bool {
    switch operand {
    case .list, .undefined, .range: true
    default: false
    }
  }

  private func directive(_ rest: inout Substring.UnicodeScalarView, _ operands: inout Operands) throws -> Directive {
    var directive = Directive()
    flags: while let flag = rest.first {
      switch flag {
      case "-": directive.isLeft = true
      case "+": directive.plus = "+"
      case " ": if directive.plus.isEmpty { directive.plus = " " }
      case "#": directive.isAlternate = true
      case "0": directive.isZeroPadded = true
      default: break flags
      }
      rest.removeFirst()
    }
    func number() throws -> Int? {
      if rest.first == "*" {
        rest.removeFirst()
        guard case .integer(let value) = try operands.next() else { throw JinjaError.type("* wants int") }
        return value
      }
      let digits = rest.prefix { $0.isASCIIDigit }
      rest = rest.dropFirst(digits.count)
      guard !digits.isEmpty else { return nil }
      guard let value = Int(String(digits)) else { throw JinjaError.value("width too big") }
      return value
    }
    directive.width = try number() ?? 0
    if directive.width < 0 { (directive.isLeft, directive.width) = (true, -max(directive.width, -.max)) }
    if rest.first == "." {
      rest.removeFirst()
      directive.precision = max(0, try number() ?? 0)
    }
    while let modifier = rest.first, "hlL".unicodeScalars.contains(modifier) { rest.removeFirst() }
    guard let letter = rest.popFirst() else { throw JinjaError.value("incomplete format") }
    directive.letter = letter
    return directive
  }

  private func formatted(_ value: JinjaValue, _ directive: Directive) throws -> String {
    var (sign, body) = ("", "")
    switch directive.letter {
    case "s", "r", "a":
      body = directive.letter == "s" ? try interpreter.string(of: value) : try interpreter.representation(of: value)
      if let precision = directive.precision { body = String(body.unicodeScalars.prefix(precision)) }
      if isMarkup, !value.isMarkup { body = body.htmlEscaped }
    case "c":
      if let text = value.text, text.unicodeScalars.count == 1 {
        body = text
      } else if let index = value.index, let scalar = UInt32(exactly: index).flatMap(Unicode.Scalar.init) {
        body = String(scalar)
      } else {
        throw JinjaError.type("%c requires int or char")
      }
    case "d", "i", "u": (sign, body) = try integer(value, radix: 10, directive)
    case "x": (sign, body) = try integer(value, radix: 16, directive)
    case "X":
      (sign, body) = try integer(value, radix: 16, directive)
      body = body.uppercased()
    case "o": (sign, body) = try integer(value, radix: 8, directive)
    case "e", "E", "f", "F", "g", "G":
      guard let number = value.double else {
        if case .undefined(let missing) = value { throw missing.error }
        throw JinjaError.type("must be real number, not \(value.typeName)")
      }
      (sign, body) = try NumberFormat.text(
        of: number, letter: directive.letter, precision: directive.precision ?? 6, isAlternate: directive.isAlternate,
        plus: directive.plus, interpreter)
    default:
      throw JinjaError.value(
        "unsupported format character '\(directive.letter)' (0x\(String(directive.letter.value, radix: 16)))")
    }
    return try padded(sign, body, directive)
  }

  private func integer(
    _ value: JinjaValue, radix: Int, _ directive: Directive
  ) throws -> (sign: String, body: String) {
    let integer: Int
    if let index = value.index {
      integer = index
    } else if case .number(let number) = value, radix == 10 {
      guard number.isFinite else {
        throw JinjaError.value("cannot convert float \(number.isNaN ? "NaN" : "infinity") to integer")
      }
      guard let whole = Int(exactly: number.rounded(.towardZero)) else { throw JinjaOperators.overflow }
      integer = whole
    } else if case .undefined(let missing) = value {
      throw missing.error
    } else {
      let wanted = radix == 10 ? "a real number" : "an integer"
      throw JinjaError.type("%\(directive.letter) format: \(wanted) is required, not \(value.typeName)")
    }
    var digits = String(integer.magnitude, radix: radix)
    if let precision = directive.precision, precision > digits.utf8.count {
      digits = try interpreter.repeated("0", precision - digits.utf8.count) + digits
    }
    let prefix = directive.isAlternate ? [16: "0x", 8: "0o"][radix] ?? "" : ""
    return ((integer < 0 ? "-" : directive.plus), prefix + digits)
  }

  private func padded(_ sign: String, _ body: String, _ directive: Directive) throws -> String {
    let isNumber = !"srac".unicodeScalars.contains(directive.letter)
    if directive.isZeroPadded, isNumber, !directive.isLeft {
      let prefix = body.hasPrefix("0x") || body.hasPrefix("0X") || body.hasPrefix("0o") ? String(body.prefix(2)) : ""
      let width = directive.width - sign.utf8.count - prefix.utf8.count
      return sign + prefix + (try interpreter.padded(String(body.dropFirst(prefix.count)), to: width, "0", .right))
    }
    return try interpreter.padded(sign + body, to: directive.width, " ", directive.isLeft ? .left : .right)
  }
}

/// Floating-point numbers in the formats of C, as Python's formats share them.
enum NumberFormat {
  private static let mostDigits = 1 << 16

  static func text(
    of number: Double, letter: Unicode.Scalar, precision: Int, isAlternate: Bool, plus: String,
    _ interpreter: JinjaInterpreter
  ) throws -> (sign: String, body: String) {
    guard precision <= mostDigits else { throw JinjaError.value("precision too big") }
    let sign = number.sign == .minus && !number.isNaN ? "-" : plus
    guard number.isFinite else {
      let word = number.isNaN ? "nan" : "inf"
      return (sign, letter.properties.isUppercase ? word.uppercased() : word)
    }
    try interpreter.charge(precision >> 6)
    let format = "%\(isAlternate ? "#" : "").\(precision)\(letter)"
    return (sign, String(format: format, number.magnitude))
  }
}
