/// Reads conditions and orders:
///
///     condition   = conjunction { "or" conjunction }
///     conjunction = negation { "and" negation }
///     negation    = "not" negation | "(" condition ")" | comparison
///     comparison  = field operator value | field ["not"] "in" "(" value { "," value } ")" | field "is" ["not"] "null"
///     operator    = "=" | "==" | "!=" | "<>" | "<" | "<=" | ">" | ">=" | "~" | "!~"
///     order       = field ["asc" | "desc"] { "," field ["asc" | "desc"] }
///
/// Keywords may be written in capitals. Bounds on length, depth and number keep the SQL that comes of it small.
struct RunExpressionParser {
  typealias Token = RunExpressionLexer.Token

  static let depthLimit = 50
  static let comparisonLimit = 200
  private static let comparison = "a comparison (=, !=, <, <=, >, >=, ~, !~, in, is null)"

  private let text: String
  private let tokens: [Token]
  private var position = 0
  private var values = 0

  private init(_ text: String) throws {
    self.text = text
    tokens = try RunExpressionLexer.tokens(of: text)
  }

  /// - Throws: `RunQueryError`.
  static func condition(_ text: String) throws -> RunExpression {
    var parser = try Self(text)
    let expression = try parser.disjunction(depth: 0)
    try parser.expectEnd("'and', 'or' or the end")
    return expression
  }

  /// - Throws: `RunQueryError`.
  static func order(_ text: String) throws -> [RunOrder] {
    var parser = try Self(text)
    var order: [RunOrder] = []
    repeat {
      let field = try parser.field()
      var isDescending = false
      if !parser.accept("asc") { isDescending = parser.accept("desc") }
      order.append(RunOrder(field: field, isDescending: isDescending))
      try parser.count()
    } while parser.acceptSymbol(",")
    try parser.expectEnd("'asc', 'desc', a comma or the end")
    return order
  }

  /// A list of fields with commas between.
  ///
  /// - Throws: `RunQueryError`.
  static func fields(_ text: String) throws -> [RunFieldName] {
    var parser = try Self(text)
    var fields: [RunFieldName] = []
    repeat {
      fields.append(try parser.field())
      try parser.count()
    } while parser.acceptSymbol(",")
    try parser.expectEnd("a comma or the end")
    return fields
  }

  // MARK: - Grammar

  private mutating func disjunction(depth: Int) throws -> RunExpression {
    var terms = [try conjunction(depth: depth)]
    while accept("or") { terms.append(try conjunction(depth: depth)) }
    return terms.count == 1 ? terms[0] : .any(terms)
  }

  private mutating func conjunction(depth: Int) throws -> RunExpression {
    var terms = [try negation(depth: depth)]
    while accept("and") { terms.append(try negation(depth: depth)) }
    return terms.count == 1 ? terms[0] : .all(terms)
  }

  private mutating func negation(depth: Int) throws -> RunExpression {
    guard depth < Self.depthLimit else { throw failure(.tooDeep(limit: Self.depthLimit)) }
    if accept("not") { return .not(try negation(depth: depth + 1)) }
    guard acceptSymbol("(") else { return try comparison() }
    let expression = try disjunction(depth: depth + 1)
    guard acceptSymbol(")") else { throw unexpected("'and', 'or' or ')'") }
    return expression
  }

  private mutating func comparison() throws -> RunExpression {
    let field = try field()
    if accept("is") {
      let isNegated = accept("not")
      guard accept("null") else { throw unexpected(isNegated ? "'null'" : "'null' or 'not null'") }
      try count()
      let comparison = RunExpression.comparison(RunComparison(field: field, test: .isNull))
      return isNegated ? .not(comparison) : comparison
    }
    if accept("not") {
      guard accept("in") else { throw unexpected("'in'") }
      return made(field, .isIn(try list()), true)
    }
    if accept("in") { return made(field, .isIn(try list()), false) }
    let token = tokens[position]
    guard token.kind == .symbol, !["(", ")", ","].contains(token.value) else { throw unexpected(Self.comparison) }
    position += 1
    let literal = try literal()
    switch token.value {
    case "~": return made(field, .matches(literal), false)
    case "!~": return made(field, .matches(literal), true)
    case "!=", "<>": return made(field, .compares(.equal, literal), true)
    case "==": return made(field, .compares(.equal, literal), false)
    default:
      guard let comparison = RunComparison.Operator(rawValue: token.value) else {
        preconditionFailure("the lexer knows the operator \(token.value), the parser does not")
      }
      return made(field, .compares(comparison, literal), false)
    }
  }

  /// A negated operator asks for a value that is another.
  private func made(_ field: RunFieldName, _ test: RunComparison.Test, _ isNegated: Bool) -> RunExpression {
    let comparison = RunExpression.comparison(RunComparison(field: field, test: test))
    guard isNegated else { return comparison }
    return .all([.not(comparison), .not(.comparison(RunComparison(field: field, test: .isNull)))])
  }

  private mutating func field() throws -> RunFieldName {
    let token = tokens[position]
    guard token.kind == .word else { throw unexpected("a field, as in command, config.projection_dim, metrics.tokens") }
    position += 1
    return RunFieldName(name: token.value, column: token.column)
  }

  private mutating func list() throws -> [RunLiteral] {
    guard acceptSymbol("(") else { throw unexpected("'('") }
    var literals = [try literal()]
    while acceptSymbol(",") { literals.append(try literal()) }
    guard acceptSymbol(")") else { throw unexpected("',' or ')'") }
    return literals
  }

  private mutating func literal() throws -> RunLiteral {
    let token = tokens[position]
    guard token.kind == .word || token.kind == .text else { throw unexpected("a value") }
    try count()
    position += 1
    return RunLiteral(
      text: token.value, number: token.kind == .word ? Self.number(token.value) : nil, column: token.column)
  }

  private static func number(_ text: String) -> RunValue? {
    if let integer = Int64(text) { return .integer(integer) }
    guard text.utf8.allSatisfy({ "0123456789+-.eE".utf8.contains($0) }), let real = Double(text), real.isFinite else {
      return nil
    }
    return .real(real)
  }

  // MARK: - Tokens

  private mutating func accept(_ keyword: String) -> Bool {
    guard tokens[position].isWord(keyword) else { return false }
    position += 1
    return true
  }

  private mutating func acceptSymbol(_ symbol: String) -> Bool {
    guard tokens[position].kind == .symbol, tokens[position].value == symbol else { return false }
    position += 1
    return true
  }

  private mutating func count() throws {
    values += 1
    if values > Self.comparisonLimit { throw failure(.tooMany(limit: Self.comparisonLimit)) }
  }

  private func expectEnd(_ expected: String) throws {
    if tokens[position].kind != .end { throw unexpected(expected) }
  }

  private func unexpected(_ expected: String) -> RunQueryError {
    failure(.unexpected(found: tokens[position].description, expected: expected))
  }

  private func failure(_ reason: RunQueryError.Reason) -> RunQueryError {
    RunQueryError(text: text, column: tokens[position].column, reason: reason)
  }
}
