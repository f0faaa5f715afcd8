import Testing

@testable import Catalog

struct RunExpressionParserTests {
  private static func comparison(_ name: String, _ column: Int, _ test: RunComparison.Test) -> RunExpression {
    .comparison(RunComparison(field: RunFieldName(name: name, column: column), test: test))
  }

  private static func literal(_ text: String, _ column: Int, _ number: RunValue? = nil) -> RunLiteral {
    RunLiteral(text: text, number: number, column: column)
  }

  @Test func andBindsMoreThanOrAndNotMost() throws {
    let a = Self.comparison("a", 1, .compares(.equal, Self.literal("1", 3, .integer(1))))
    let b = Self.comparison("b", 12, .compares(.greater, Self.literal("2.5", 14, .real(2.5))))
    let c = Self.comparison("c", 22, .matches(Self.literal("x*", 24)))
    #expect(try RunExpressionParser.condition("a=1 or not b>2.5 and c~x*") == .any([a, .all([.not(b), c])]))
    #expect(
      try RunExpressionParser.condition("(a=1 OR NOT b>2.5 )AND c~x*")
        == .all([
          .any([
            Self.comparison("a", 2, .compares(.equal, Self.literal("1", 4, .integer(1)))),
            .not(Self.comparison("b", 13, .compares(.greater, Self.literal("2.5", 15, .real(2.5))))),
          ]),
          Self.comparison("c", 24, .matches(Self.literal("x*", 26))),
        ]))
  }

  @Test func quotedTextsAreNeitherNumbersNorKeywords() throws {
    #expect(
      try RunExpressionParser.condition(#"a = 'it''s 1 and 2' and b = "7""#)
        == .all([
          Self.comparison("a", 1, .compares(.equal, Self.literal("it's 1 and 2", 5))),
          Self.comparison("b", 25, .compares(.equal, Self.literal("7", 29))),
        ]))
  }

  @Test func negatedOperatorsAskForAnotherValue() throws {
    let isNull = Self.comparison("a", 1, .isNull)
    let one = Self.literal("1", 6, .integer(1))
    #expect(
      try RunExpressionParser.condition("a != 1")
        == .all([.not(Self.comparison("a", 1, .compares(.equal, one))), .not(isNull)]))
    #expect(
      try RunExpressionParser.condition("a !~ 1") == .all([.not(Self.comparison("a", 1, .matches(one))), .not(isNull)]))
    #expect(
      try RunExpressionParser.condition("a not in (x,y)")
        == .all([
          .not(Self.comparison("a", 1, .isIn([Self.literal("x", 11), Self.literal("y", 13)]))), .not(isNull),
        ]))
    #expect(try RunExpressionParser.condition("a is null") == isNull)
    #expect(try RunExpressionParser.condition("a IS NOT NULL") == .not(isNull))
  }

  @Test func ordersHaveKeysAndDirections() throws {
    #expect(
      try RunExpressionParser.order("metrics.tokens desc, started ASC,id") == [
        RunOrder(field: RunFieldName(name: "metrics.tokens", column: 1), isDescending: true),
        RunOrder(field: RunFieldName(name: "started", column: 22), isDescending: false),
        RunOrder(field: RunFieldName(name: "id", column: 34), isDescending: false),
      ])
  }

  @Test(arguments: [
    ("", 1, "found the end, expected a field"),
    ("   ", 4, "found the end, expected a field"),
    ("a", 2, "found the end, expected a comparison"),
    ("a =", 4, "found the end, expected a value"),
    ("a = ,", 5, "found ',', expected a value"),
    ("= 1", 1, "found '=', expected a field"),
    ("'a' = 1", 1, "found the text 'a', expected a field"),
    ("a ( 1", 3, "found '(', expected a comparison"),
    ("a 1", 3, "found '1', expected a comparison"),
    ("a = 1 b = 2", 7, "found 'b', expected 'and', 'or' or the end"),
    ("a = 1)", 6, "found ')', expected 'and', 'or' or the end"),
    ("(a = 1", 7, "found the end, expected 'and', 'or' or ')'"),
    ("a = 1 and", 10, "found the end, expected a field"),
    ("a = 'x", 5, "a quoted text begins here and does not end"),
    ("a = \"x'", 5, "a quoted text begins here and does not end"),
    ("a ! 1", 3, "found '!', expected '!=', '!~' or 'not'"),
    ("a is 7", 6, "found '7', expected 'null' or 'not null'"),
    ("a is not 7", 10, "found '7', expected 'null'"),
    ("a in 7", 6, "found '7', expected '('"),
    ("a in ()", 7, "found ')', expected a value"),
    ("a in (1", 8, "found the end, expected ',' or ')'"),
    ("a in (1,)", 9, "found ')', expected a value"),
    ("a not 7", 7, "found '7', expected 'in'"),
    ("a = = 1", 5, "found '=', expected a value"),
    ("not", 4, "found the end, expected a field"),
    ("日本 = 1 é", 8, "found 'é', expected 'and'"),
  ])
  func malformedConditionsPointAtTheMistake(text: String, column: Int, words: String) throws {
    let error = #expect(throws: RunQueryError.self) { try RunExpressionParser.condition(text) }
    #expect(error?.column == column)
    #expect(error?.description.contains(words) == true, "\(error?.description ?? "")")
  }

  @Test(arguments: [("", 1), ("a up", 3), ("a,", 3), ("a desc desc", 8), (", a", 1), ("a = 1", 3)])
  func malformedOrdersPointAtTheMistake(text: String, column: Int) throws {
    #expect(#expect(throws: RunQueryError.self) { try RunExpressionParser.order(text) }?.column == column)
  }

  @Test func depthNumberAndLengthAreBounded() throws {
    func reason(_ text: String) -> RunQueryError.Reason? {
      #expect(throws: RunQueryError.self) { try RunExpressionParser.condition(text) }?.reason
    }
    #expect(reason(String(repeating: "(", count: 60_000)) == .tooDeep(limit: 50))
    #expect(reason(String(repeating: "not ", count: 16_000)) == .tooDeep(limit: 50))
    #expect(
      reason((0..<201).map { _ in "a = 1" }.joined(separator: " and ")) == .tooMany(limit: 200))
    #expect(reason("a in (\((0..<201).map(String.init).joined(separator: ",")))") == .tooMany(limit: 200))
    #expect(reason("a = " + String(repeating: "x", count: 65_536)) == .tooLong(limit: 65_536))
    let nested = String(repeating: "(", count: 49) + "a = 1" + String(repeating: ")", count: 49)
    #expect(throws: Never.self) { try RunExpressionParser.condition(nested) }
  }
}
