/// Filters for numbers, and what reads numbers.
import Foundation

extension JinjaFilters {
  static let numbers: [String: Filter] = [
    "abs": { value, _, _ in
      switch value {
      case .number(let number): return .number(number.magnitude)
      case .undefined: throw JinjaError.type("bad operand type for abs(): 'Undefined'")
      default:
        guard let index = value.index else { throw JinjaError.type("bad operand type for abs(): '\(value.typeName)'") }
        guard index != .min else { throw JinjaOperators.overflow }
        return .integer(abs(index))
      }
    },
    "int": { value, arguments, interpreter in
      let arguments = try arguments.bound("do_int", ["default", "base"], extra: 1)
      if case .undefined(let missing) = value { throw missing.error }
      let base = try arguments[1]?.integer() ?? 10
      if let text = value.text {
        if let integer = try integer(text, base: base) { return .integer(integer) }
        guard let number = number(text) else { return arguments[0] ?? .integer(0) }
        return number.isFinite ? try truncated(number) : arguments[0] ?? .integer(0)
      }
      if case .number(let number) = value {
        if number.isNaN { return arguments[0] ?? .integer(0) }
        guard number.isFinite else { throw JinjaError.value("cannot convert float infinity to integer") }
        return try truncated(number)
      }
      return value.index.map { .integer($0) } ?? arguments[0] ?? .integer(0)
    },
    "float": { value, arguments, _ in
      let standard = try arguments.bound("do_float", ["default"], extra: 1)[0] ?? .number(0)
      switch value {
      case .undefined(let missing): throw missing.error
      case .number: return value
      default: break
      }
      if let text = value.text { return number(text).map { .number($0) } ?? standard }
      return value.index.map { .number(Double($0)) } ?? standard
    },
    "round": { value, arguments, interpreter in
      let arguments = try arguments.bound("do_round", ["precision", "method"], extra: 1)
      let precision = try arguments[0]?.integer() ?? 0
      let method = try arguments[1].map { try interpreter.string(of: $0) } ?? "common"
      guard ["common", "ceil", "floor"].contains(method) else {
        throw JinjaError.value("method must be common, ceil or floor")
      }
      return method == "common"
        ? try rounded(value, precision) : try rounded(value, precision, up: method == "ceil", interpreter)
    },
    "filesizeformat": { value, arguments, _ in
      let isBinary = try arguments.bound("do_filesizeformat", ["binary"], extra: 1)[0]?.isTrue ?? false
      guard let bytes = value.text.flatMap(number) ?? value.double else {
        throw JinjaError.type("a size in bytes is a number, not '\(value.typeName)'")
      }
      let base: Double = isBinary ? 1024 : 1000
      if bytes == 1 { return .string("1 Byte") }
      if bytes < base { return .string("\(Int(bytes)) Bytes") }
      let units = (isBinary ? "KiB MiB GiB TiB PiB EiB ZiB YiB" : "kB MB GB TB PB EB ZB YB").split(separator: " ")
      let power = units.indices.first { bytes < pow(base, Double($0 + 2)) } ?? units.count - 1
      return .string(String(format: "%.1f ", base * bytes / pow(base, Double(power + 2))) + units[power])
    },
  ]

  private static func truncated(_ number: Double) throws -> JinjaValue {
    guard let integer = Int(exactly: number.rounded(.towardZero)) else { throw JinjaOperators.overflow }
    return .integer(integer)
  }

  /// Python's `int(text, base)`: nil where that is a `ValueError`.
  private static func integer(_ text: String, base: Int) throws -> Int? {
    guard base == 0 || (2...36).contains(base) else { return nil }
    var digits = text.pythonStripped()[...]
    let isNegative = digits.first == "-"
    if isNegative || digits.first == "+" { digits.removeFirst() }
    var base = base
    let prefixes = ["0b": 2, "0o": 8, "0x": 16]
    if let prefix = prefixes[digits.prefix(2).lowercased()], base == 0 || base == prefix {
      base = prefix
      digits = digits.dropFirst(2)
      if digits.first == "_" { digits.removeFirst() }
    } else if base == 0 {
      base = 10
      guard digits.first != "0" || digits.allSatisfy({ $0 == "0" || $0 == "_" }) else { return nil }
    }
    guard let plain = withoutUnderscores(digits), plain.first != "-", plain.first != "+",
      plain.allSatisfy({ $0.hexDigitValue != nil || $0.isASCII && $0.isLetter })
    else { return nil }
    guard plain.allSatisfy({ Int(String($0), radix: base) != nil }) else { return nil }
    guard let value = Int((isNegative ? "-" : "") + plain, radix: base) else { throw JinjaOperators.overflow }
    return value
  }

  /// Digits with single underscores between them; nil where the underscores are elsewhere.
  private static func withoutUnderscores(_ digits: Substring) -> String? {
    guard !digits.isEmpty, digits.first != "_", digits.last != "_", !digits.contains("__") else { return nil }
    return String(digits.filter { $0 != "_" })
  }

  /// Python's `float(text)`: nil where that is a `ValueError`.
  static func number(_ text: String) -> Double? {
    let stripped = text.pythonStripped()
    var unsigned = stripped.lowercased()[...]
    let isNegative = unsigned.first == "-"
    if isNegative || unsigned.first == "+" { unsigned.removeFirst() }
    switch unsigned {
    case "inf", "infinity": return isNegative ? -.infinity : .infinity
    case "nan": return .nan
    default: break
    }
    let bytes = Array(unsigned.utf8)
    for (index, byte) in bytes.enumerated() where byte == UInt8(ascii: "_") {
      func isDigit(_ place: Int) -> Bool { bytes.indices.contains(place) && (48...57).contains(bytes[place]) }
      guard isDigit(index - 1), isDigit(index + 1) else { return nil }
    }
    // Swift reads hexadecimal digits as well, and wants a digit on both sides of the point.
    guard bytes.allSatisfy({ "0123456789.e+-_".utf8.contains($0) }) else { return nil }
    var plain = unsigned.filter { $0 != "_" }
    if plain.hasPrefix(".") { plain = "0" + plain }
    if plain.hasSuffix(".") { plain += "0" }
    plain = plain.replacing(".e", with: ".0e")
    guard plain != "0.0" || bytes.contains(UInt8(ascii: "0")),
      plain.utf8.first.map({ (48...57).contains($0) }) ?? false,
      let value = Double(plain)
    else { return nil }
    return isNegative ? -value : value
  }

  // MARK: - Rounding

  /// To the even neighbour, of the number's exact decimal digits, as Python's `round`.
  private static func rounded(_ value: JinjaValue, _ precision: Int) throws -> JinjaValue {
    if let integer = value.index {
      guard precision < 0 else { return .integer(integer) }
      guard precision > -19 else { return .integer(0) }
      let unit = (0..<(-precision)).reduce(1) { product, _ in product * 10 }
      let (quotient, remainder) = integer.quotientAndRemainder(dividingBy: unit)
      let twice = remainder.magnitude * 2
      let isUp = twice > unit.magnitude || twice == unit.magnitude && !quotient.isMultiple(of: 2)
      let (result, isTooLarge) = (quotient + (isUp ? integer.signum() : 0)).multipliedReportingOverflow(by: unit)
      guard !isTooLarge else { throw JinjaOperators.overflow }
      return .integer(result)
    }
    guard case .number(let number) = value else {
      throw JinjaError.type("type \(value.typeName) doesn't define __round__ method")
    }
    guard number.isFinite, precision < 324 else { return value }
    guard precision > -309 else { return .number(number * 0) }
    if precision >= 0 { return .number(Double(String(format: "%.\(precision)f", number)) ?? number) }
    let unit = pow(10, Double(-precision))
    return .number((number / unit).rounded(.toNearestOrEven) * unit)
  }

  private static func rounded(
    _ value: JinjaValue, _ precision: Int, up: Bool, _ interpreter: JinjaInterpreter
  ) throws -> JinjaValue {
    let scale = try JinjaOperators.apply(.power, .integer(10), .integer(precision), interpreter)
    let product = try JinjaOperators.apply(.multiply, value, scale, interpreter)
    let whole: JinjaValue
    if case .number(let number) = product {
      guard number.isFinite else { throw JinjaError.value("cannot convert float infinity to integer") }
      whole = try truncated(number.rounded(up ? .up : .down))
    } else if product.index != nil {
      whole = product
    } else {
      throw JinjaError.type("must be real number, not \(product.typeName)")
    }
    return try JinjaOperators.apply(.divide, whole, scale, interpreter)
  }
}

extension JinjaValue {
  /// A number of any kind as a double.
  var double: Double? {
    if case .number(let number) = self { number } else { index.map(Double.init) }
  }
}
