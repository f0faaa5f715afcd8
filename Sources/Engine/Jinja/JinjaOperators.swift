/// Python's arithmetic on the values of templates. Integers have 64 bits; what needs more is refused.
import Foundation

enum JinjaOperators {
  private typealias Operator = JinjaExpression.Arithmetic

  private enum Numbers {
    case integers(Int, Int)
    case doubles(Double, Double)
  }

  private static func numbers(_ left: JinjaValue, _ right: JinjaValue) -> Numbers? {
    switch (left, right) {
    case (.number(let left), .number(let right)): return .doubles(left, right)
    case (.number(let left), _): return right.index.map { .doubles(left, Double($0)) }
    case (_, .number(let right)): return left.index.map { .doubles(Double($0), right) }
    default:
      guard let left = left.index, let right = right.index else { return nil }
      return .integers(left, right)
    }
  }

  static func apply(
    _ kind: JinjaExpression.Arithmetic, _ left: JinjaValue, _ right: JinjaValue, _ interpreter: JinjaInterpreter
  ) throws -> JinjaValue {
    if case .undefined(let missing) = left { throw missing.error }
    if kind == .modulo, let format = left.text {
      let text = try PercentFormat(interpreter).text(of: format, right, isMarkup: left.isMarkup)
      return left.isMarkup ? .markup(text) : .string(text)
    }
    if case .undefined(let missing) = right { throw missing.error }
    if let numbers = numbers(left, right) {
      return switch numbers {
      case .integers(let left, let right): try integers(kind, left, right)
      case .doubles(let left, let right): .number(try doubles(kind, left, right))
      }
    }
    switch kind {
    case .add: return try add(left, right, interpreter)
    case .multiply: return try repeated(left, right, interpreter)
    default: throw unsupported(kind, left, right)
    }
  }

  private static func unsupported(_ kind: Operator, _ left: JinjaValue, _ right: JinjaValue) -> JinjaError {
    .type("unsupported operand type(s) for \(kind.rawValue): '\(left.typeName)' and '\(right.typeName)'")
  }

  // MARK: - Numbers

  static let overflow = JinjaError.value("the result does not fit an integer of 64 bits")

  private static func integers(_ kind: Operator, _ left: Int, _ right: Int) throws -> JinjaValue {
    func checked(_ result: (partialValue: Int, overflow: Bool)) throws -> JinjaValue {
      guard !result.overflow else { throw overflow }
      return .integer(result.partialValue)
    }
    switch kind {
    case .add: return try checked(left.addingReportingOverflow(right))
    case .subtract: return try checked(left.subtractingReportingOverflow(right))
    case .multiply: return try checked(left.multipliedReportingOverflow(by: right))
    case .divide:
      guard right != 0 else { throw JinjaError.value("division by zero") }
      return .number(Double(left) / Double(right))
    case .floorDivide:
      guard right != 0 else { throw JinjaError.value("integer division or modulo by zero") }
      let quotient = left.dividedReportingOverflow(by: right)
      guard !quotient.overflow else { throw overflow }
      let isBelow = left % right != 0 && (left < 0) != (right < 0)
      return .integer(isBelow ? quotient.partialValue - 1 : quotient.partialValue)
    case .modulo:
      guard right != 0 else { throw JinjaError.value("integer modulo by zero") }
      guard right != -1 else { return .integer(0) }
      let remainder = left % right
      return .integer(remainder != 0 && (remainder < 0) != (right < 0) ? remainder + right : remainder)
    case .power:
      if right < 0 {
        guard left != 0 else { throw JinjaError.value("0.0 cannot be raised to a negative power") }
        return .number(pow(Double(left), Double(right)))
      }
      return .integer(try power(left, right))
    }
  }

  private static func power(_ base: Int, _ exponent: Int) throws -> Int {
    if base == 0 || base == 1 { return exponent == 0 ? 1 : base }
    if base == -1 { return exponent.isMultiple(of: 2) ? 1 : -1 }
    guard exponent < 64 else { throw overflow }
    var result = 1
    for _ in 0..<exponent {
      let product = result.multipliedReportingOverflow(by: base)
      guard !product.overflow else { throw overflow }
      result = product.partialValue
    }
    return result
  }

  private static func doubles(_ kind: Operator, _ left: Double, _ right: Double) throws -> Double {
    switch kind {
    case .add: return left + right
    case .subtract: return left - right
    case .multiply: return left * right
    case .divide:
      guard right != 0 else { throw JinjaError.value("float division by zero") }
      return left / right
    case .floorDivide:
      guard right != 0 else { throw JinjaError.value("float floor division by zero") }
      return floorDivision(left, right).quotient
    case .modulo:
      guard right != 0 else { throw JinjaError.value("float modulo") }
      return floorDivision(left, right).remainder
    case .power:
      guard left != 0 || right >= 0 else { throw JinjaError.value("0.0 cannot be raised to a negative power") }
      guard left >= 0 || right == right.rounded() else {
        throw JinjaError.value("a negative number to a fractional power is complex, which is not supported")
      }
      let result = pow(left, right)
      guard result.isFinite || !left.isFinite || !right.isFinite else {
        throw JinjaError.value("(34, 'Numerical result out of range')")
      }
      return result
    }
  }

  /// As CPython divides floats (`float_divmod`), signs of zero included.
  private static func floorDivision(_ left: Double, _ right: Double) -> (quotient: Double, remainder: Double) {
    var remainder = fmod(left, right)
    var quotient = (left - remainder) / right
    if remainder != 0 {
      if (right < 0) != (remainder < 0) {
        remainder += right
        quotient -= 1
      }
    } else {
      remainder = Double(signOf: right, magnitudeOf: 0)
    }
    guard quotient != 0 else { return (Double(signOf: left / right, magnitudeOf: 0), remainder) }
    let floored = quotient.rounded(.down)
    return (quotient - floored > 0.5 ? floored + 1 : floored, remainder)
  }

  static func negated(_ value: JinjaValue) throws -> JinjaValue {
    switch value {
    case .number(let value): return .number(-value)
    case .undefined(let missing): throw missing.error
    default:
      guard let value = value.index else { throw JinjaError.type("bad operand type for unary -: '\(value.typeName)'") }
      guard value != .min else { throw overflow }
      return .integer(-value)
    }
  }

  static func plus(_ value: JinjaValue) throws -> JinjaValue {
    switch value {
    case .number: return value
    case .undefined(let missing): throw missing.error
    default:
      guard let value = value.index else { throw JinjaError.type("bad operand type for unary +: '\(value.typeName)'") }
      return .integer(value)
    }
  }

  // MARK: - Sequences

  private static func add(
    _ left: JinjaValue, _ right: JinjaValue, _ interpreter: JinjaInterpreter
  ) throws -> JinjaValue {
    switch (left, right) {
    case (.string(let left), .string(let right)): return .string(try interpreter.joined(left, right))
    case (.markup(let left), .string(let right)): return .markup(try interpreter.joined(left, right.htmlEscaped))
    case (.string(let left), .markup(let right)): return .markup(try interpreter.joined(left.htmlEscaped, right))
    case (.markup(let left), .markup(let right)): return .markup(try interpreter.joined(left, right))
    case (.list(let left), .list(let right)):
      try interpreter.charge(left.elements.count + right.elements.count)
      return .list(try JinjaList(left.elements + right.elements))
    case (.tuple(let left), .tuple(let right)):
      try interpreter.charge(left.elements.count + right.elements.count)
      return .tuple(try JinjaList(left.elements + right.elements))
    case (.string, _), (.list, _), (.tuple, _):
      let type = left.typeName
      throw JinjaError.type("can only concatenate \(type) (not \"\(right.typeName)\") to \(type)")
    default: throw unsupported(.add, left, right)
    }
  }

  private static func repeated(
    _ left: JinjaValue, _ right: JinjaValue, _ interpreter: JinjaInterpreter
  ) throws -> JinjaValue {
    guard let (value, factor) = right.index.map({ (left, $0) }) ?? left.index.map({ (right, $0) }) else {
      let isSequence: (JinjaValue) -> Bool = { value in
        switch value {
        case .string, .markup, .list, .tuple: true
        default: false
        }
      }
      if isSequence(left) || isSequence(right) {
        let other = isSequence(left) ? right : left
        throw JinjaError.type("can't multiply sequence by non-int of type '\(other.typeName)'")
      }
      throw unsupported(.multiply, left, right)
    }
    let count = max(0, factor)
    switch value {
    case .string(let text): return .string(try interpreter.repeated(text, count))
    case .markup(let text): return .markup(try interpreter.repeated(text, count))
    case .list(let list): return .list(try repeated(list, count, interpreter))
    case .tuple(let list): return .tuple(try repeated(list, count, interpreter))
    default: throw unsupported(.multiply, left, right)
    }
  }

  private static func repeated(_ list: JinjaList, _ count: Int, _ interpreter: JinjaInterpreter) throws -> JinjaList {
    let (total, isTooLarge) = list.elements.count.multipliedReportingOverflow(by: count)
    guard !isTooLarge, total <= JinjaList.longest else {
      throw JinjaError.limit("a list would be longer than the \(JinjaList.longest) elements that it may have")
    }
    try interpreter.charge(total)
    return try JinjaList(Array(repeatElement(list.elements, count: count).joined()))
  }
}

extension JinjaValue {
  var isMarkup: Bool {
    if case .markup = self { true } else { false }
  }
}

extension Double {
  fileprivate init(signOf sign: Double, magnitudeOf magnitude: Double) {
    self = Foundation.copysign(magnitude, sign)
  }
}
