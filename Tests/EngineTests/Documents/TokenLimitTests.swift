import Testing

@testable import Engine

@Suite struct TokenLimitTests {
  @Test(arguments: [
    (3, [0]), (5, [0, 1]), (6, [0, 1]), (9, [0, 1, 2]),
    (11, [0, 1, 2]), (12, [0, 1, 2, 0]), (18, [0, 1, 2, 0, 1, 2]), (23, [0, 1, 2, 0, 1, 2, 0, 1]),
  ])
  func aPrefixWorthTheTokensIsKeptAndRepeats(limit: Int, expected: [Int]) throws {
    #expect(try TokenLimit.positions(lengths: [3, 2, 4], limit: limit) == expected)
  }

  @Test func theFirstRowThatDoesNotFitEndsThePrefix() throws {
    #expect(try TokenLimit.positions(lengths: [2, 9, 1], limit: 4) == [0])
  }

  @Test func rowsWithoutTokensFollowTheReference() throws {
    #expect(try TokenLimit.positions(lengths: [0, 2, 0], limit: 2) == [0, 1, 2])
    #expect(try TokenLimit.positions(lengths: [0, 2, 0], limit: 4) == [0, 1, 2, 0, 1, 2, 0])
  }

  @Test func aLimitThatKeepsNothingOrTooMuchIsAnError() {
    #expect(throws: TokenLimitError.firstRowTooLong(limit: 2, tokens: 3)) {
      try TokenLimit.positions(lengths: [3, 1], limit: 2)
    }
    #expect(throws: TokenLimitError.noTokens(limit: 5)) { try TokenLimit.positions(lengths: [], limit: 5) }
    #expect(throws: TokenLimitError.noTokens(limit: 5)) { try TokenLimit.positions(lengths: [0, 0], limit: 5) }
    #expect(throws: TokenLimitError.tooManyRows(limit: .max, tokens: 1)) {
      try TokenLimit.positions(lengths: [1], limit: .max)
    }
  }
}
