import Testing

@testable import Engine

@Suite struct DocumentWeightsTests {
  private func records(_ rows: [(prompt: String, reward: JSONValue)]) -> [Record] {
    rows.enumerated().map { index, row in
      Record(row: index, file: "d.jsonl", line: index + 1, columns: ["p": .string(row.prompt), "r": row.reward])
    }
  }

  private func weights(
    _ rows: [(prompt: String, reward: JSONValue)], _ change: (inout DataConfig) -> Void = { _ in }
  ) throws -> DocumentWeights? {
    var configuration = DataConfig()
    configuration.promptColumn = "p"
    configuration.rewardColumn = "r"
    change(&configuration)
    return try DocumentWeights(DocumentReader(configuration)) { body in
      for record in records(rows) { try body(record.row, record) }
    }
  }

  @Test func aRewardIsWeighedAgainstTheMeanOfItsPrompt() throws {
    let found = try #require(
      try weights([
        ("a", .integer(1)), ("b", .integer(5)), ("a", .integer(4)), ("c", .integer(-2)), ("a", .number(2.5)),
      ]))
    // Means: a (1 + 4 + 2.5) / 3 = 2.5, b 5, c -2.
    #expect(found.positions == [0, 1, 2, 3, 4] && found.weights == [-1.5, 0, 1.5, 0, 0])
  }

  @Test func promptsAreComparedByTheirBytes() throws {
    // The same letter, once precomposed: different prompts.
    let found = try #require(try weights([("\u{E9}", .integer(1)), ("e\u{301}", .integer(3))]))
    #expect(found.weights == [0, 0])
  }

  @Test func advantagesAreTakenAsTheyAre() throws {
    let found = try #require(
      try weights([("a", .number(0.5)), ("a", .string("-2")), ("a", .integer(0))]) {
        ($0.rewardColumn, $0.advantageColumn) = ("", "r")
      })
    #expect(found.weights == [0.5, -2, 0])
  }

  @Test func withoutAColumnNothingIsWeighed() throws {
    #expect(try weights([("a", .integer(1))]) { $0.rewardColumn = "" } == nil)
  }

  @Test(arguments: [JSONValue.null, .number(.nan), .string(""), .string("nan")]) func missingRewardsAreNamedOrSkipped(
    value: JSONValue
  ) throws {
    let rows: [(prompt: String, reward: JSONValue)] = [("a", .integer(1)), ("a", value), ("a", .integer(3))]
    #expect(throws: TokenizationError.noReward(file: "d.jsonl", line: 2, column: "r")) { try weights(rows) }
    let found = try #require(try weights(rows) { $0.skipNaNRewards = true })
    // The mean is of those that are left.
    #expect(found.positions == [0, 2] && found.weights == [-1, 1])
    #expect(throws: TokenizationError.noRewards(column: "r")) {
      try weights([("a", value)]) { $0.skipNaNRewards = true }
    }
  }

  @Test func whatIsNoFiniteNumberIsAnErrorEvenWhereMissingOnesAreSkipped() {
    #expect(throws: TokenizationError.infiniteReward(file: "d.jsonl", line: 2, column: "r")) {
      try weights([("a", .integer(1)), ("a", .number(-.infinity))]) { $0.skipNaNRewards = true }
    }
    for value in [JSONValue.bool(true), .string("high"), .array([.integer(1)])] {
      #expect(throws: DataError.self) { try weights([("a", value)]) { $0.skipNaNRewards = true } }
    }
    #expect(throws: DataError.self) { try weights([("a", .integer(1))]) { $0.rewardColumn = "score" } }
    #expect(throws: DataError.self) { try weights([("a", .integer(1))]) { $0.promptColumn = "text" } }
  }
}
