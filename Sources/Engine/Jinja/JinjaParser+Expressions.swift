/// Expressions, from the loosest operator to the tightest.
extension JinjaParser {
  private typealias Expression = JinjaExpression

  func isTupleEnd(_ end: String? = nil) -> Bool {
    switch current.kind {
    case .variableEnd, .blockEnd, .symbol(.rightParenthesis): true
    case .name(let name): name == end
    default: false
    }
  }

  /// One expression, or several with commas between them, which make a tuple.
  mutating func expressionOrTuple(
    withConditional: Bool = true, endingWith end: String? = nil, isParenthesized: Bool = false
  ) throws -> JinjaExpression {
    let line = line
    var elements: [JinjaExpression] = []
    var isTuple = false
    while true {
      if !elements.isEmpty { try expect(.comma) }
      if isTupleEnd(end) { break }
      elements.append(withConditional ? try expression() : try nested { try $0.or() })
      guard isSymbol(.comma) else { break }
      isTuple = true
    }
    if !isTuple {
      if let only = elements.first { return only }
      guard isParenthesized else {
        throw error("Expected an expression, got \(PythonText.representation(of: current.kind.description))")
      }
    }
    return Expression(line: line, kind: .tuple(elements))
  }

  mutating func expression() throws -> JinjaExpression {
    try nested { try $0.conditional() }
  }

  private mutating func conditional() throws -> JinjaExpression {
    var line = line
    var value = try or()
    while skip(name: "if") {
      let test = try or()
      let otherwise = skip(name: "else") ? try expression() : nil
      value = Expression(line: line, kind: .conditional(test: test, then: value, otherwise: otherwise))
      line = self.line
    }
    return value
  }

  /// Operands with the same operators between them, the left ones first.
  private mutating func chain(
    of operand: (inout JinjaParser) throws -> JinjaExpression,
    by combine: (inout JinjaParser) -> ((JinjaExpression, JinjaExpression) -> JinjaExpression.Kind)?
  ) throws -> JinjaExpression {
    var line = line
    var left = try operand(&self)
    var links = 0
    while let kind = combine(&self) {
      links += 1
      // Each link is one level of the tree, which is evaluated and released by recursion.
      guard links <= Self.longestChain else {
        throw JinjaError(.limit, "more than \(Self.longestChain) operators follow each other", line: line)
      }
      left = Expression(line: line, kind: kind(left, try operand(&self)))
      line = self.line
    }
    return left
  }

  static let longestChain = 200

  private mutating func or() throws -> JinjaExpression {
    try chain(of: { try $0.and() }, by: { parser in parser.skip(name: "or") ? { .or($0, $1) } : nil })
  }

  private mutating func and() throws -> JinjaExpression {
    try chain(of: { try $0.not() }, by: { parser in parser.skip(name: "and") ? { .and($0, $1) } : nil })
  }

  private mutating func not() throws -> JinjaExpression {
    let line = line
    guard skip(name: "not") else { return try comparison() }
    return Expression(line: line, kind: .not(try nested { try $0.not() }))
  }

  private mutating func comparison() throws -> JinjaExpression {
    let line = line
    let first = try sum()
    var others: [(JinjaExpression.Comparison, JinjaExpression)] = []
    while let comparison = comparisonOperator() {
      others.append((comparison, try sum()))
    }
    return others.isEmpty ? first : Expression(line: line, kind: .compare(first, others))
  }

  private mutating func comparisonOperator() -> JinjaExpression.Comparison? {
    if case .symbol(let symbol) = current.kind, let comparison = Expression.Comparison(rawValue: symbol.rawValue) {
      skip()
      return comparison
    }
    if skip(name: "in") { return .isIn }
    guard isName("not"), next.kind == .name("in") else { return nil }
    skip(2)
    return .isNotIn
  }

  private mutating func arithmeticOperator(_ symbols: JinjaToken.Symbol...) -> JinjaExpression.Arithmetic? {
    guard case .symbol(let symbol) = current.kind, symbols.contains(symbol) else { return nil }
    skip()
    return switch symbol {
    case .add: .add
    case .subtract: .subtract
    case .multiply: .multiply
    case .divide: .divide
    case .floorDivide: .floorDivide
    case .modulo: .modulo
    default: .power
    }
  }

  private mutating func sum() throws -> JinjaExpression {
    try chain(
      of: { try $0.concatenation() },
      by: { parser in
        parser.arithmeticOperator(.add, .subtract).map { kind in { .arithmetic(kind, $0, $1) } }
      })
  }

  private mutating func concatenation() throws -> JinjaExpression {
    let line = line
    var operands = [try product()]
    while skip(.tilde) { operands.append(try product()) }
    return operands.count == 1 ? operands[0] : Expression(line: line, kind: .concatenate(operands))
  }

  private mutating func product() throws -> JinjaExpression {
    try chain(
      of: { try $0.power() },
      by: { parser in
        parser.arithmeticOperator(.multiply, .divide, .floorDivide, .modulo).map { kind in { .arithmetic(kind, $0, $1) }
        }
      })
  }

  /// Jinja groups powers from the left, where Python groups them from the right.
  private mutating func power() throws -> JinjaExpression {
    try chain(
      of: { try $0.unary() },
      by: { parser in
        parser.arithmeticOperator(.power).map { kind in { .arithmetic(kind, $0, $1) } }
      })
  }

  private mutating func unary(withFilters: Bool = true) throws -> JinjaExpression {
    let line = line
    var value: JinjaExpression
    if skip(.subtract) {
      value = Expression(line: line, kind: .negate(try nested { try $0.unary(withFilters: false) }))
    } else if skip(.add) {
      value = Expression(line: line, kind: .plus(try nested { try $0.unary(withFilters: false) }))
    } else {
      value = try primary()
    }
    value = try postfix(of: value)
    return withFilters ? try filtersAndTests(of: value) : value
  }

  mutating func primary() throws -> JinjaExpression {
    let token = current
    func make(_ kind: Expression.Kind) -> JinjaExpression { Expression(line: token.line, kind: kind) }
    switch token.kind {
    case .name(let name):
      skip()
      return switch name {
      case "true", "True": make(.literal(.bool(true)))
      case "false", "False": make(.literal(.bool(false)))
      case "none", "None": make(.literal(.null))
      default: make(.name(number(of: name)))
      }
    case .string(var text):
      skip()
      while case .string(let more) = current.kind {
        text += more
        skip()
      }
      return make(.literal(.string(text)))
    case .integer(let value):
      skip()
      return make(.literal(.integer(value)))
    case .float(let value):
      skip()
      return make(.literal(.number(value)))
    case .symbol(.leftParenthesis):
      skip()
      let value = try expressionOrTuple(isParenthesized: true)
      try expect(.rightParenthesis)
      return value
    case .symbol(.leftBracket):
      skip()
      return make(.list(try elements(until: .rightBracket) { try $0.expression() }))
    case .symbol(.leftBrace):
      skip()
      let members = try elements(until: .rightBrace) { parser in
        let key = try parser.expression()
        try parser.expect(.colon)
        return (key: key, value: try parser.expression())
      }
      return make(.dictionary(members))
    default:
      throw error("unexpected \(PythonText.representation(of: token.kind.description))")
    }
  }

  /// Elements with commas between them, and maybe one behind the last, up to the bracket that closes them.
  private mutating func elements<Element>(
    until closing: JinjaToken.Symbol, _ element: (inout JinjaParser) throws -> Element
  ) throws -> [Element] {
    var elements: [Element] = []
    while !isSymbol(closing) {
      if !elements.isEmpty { try expect(.comma) }
      if isSymbol(closing) { break }
      elements.append(try element(&self))
    }
    try expect(closing)
    return elements
  }
}
