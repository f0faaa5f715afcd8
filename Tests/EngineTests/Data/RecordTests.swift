import Testing

@testable import Engine

struct RecordTests {
  private let record = Record(
    row: 4, file: "data.csv", line: 6,
    columns: [
      "text": .string("a"), "reward": .string("-1.5"), "nan": .string("nan"), "empty": .string(""), "none": .null,
      "count": .integer(3), "flag": .bool(true),
    ])

  @Test func aMissingColumnSaysWhatThereIsAndWhichFlagChooses() {
    let error = #expect(throws: DataError.self) { try record.string("prompt", flag: "--prompt_column") }
    #expect(
      error?.description == "data.csv:6: no column 'prompt'; there are 'count', 'empty', 'flag', 'nan', 'none',"
        + " 'reward', 'text': choose one with --prompt_column")
  }

  @Test func numbersMayBeText() throws {
    #expect(try record.number("reward", flag: "-") == -1.5)
    #expect(try record.number("count", flag: "-") == 3)
    #expect(try record.number("nan", flag: "-")?.isNaN == true)
    #expect(try record.number("empty", flag: "-") == nil)
    #expect(try record.number("none", flag: "-") == nil)
  }

  @Test func valuesOfAnotherKindAreErrors() {
    func wrong(_ column: String, _ found: String, _ expected: String) -> DataError {
      .wrongColumnType(file: "data.csv", line: 6, column: column, found: found, expected: expected)
    }
    #expect(throws: wrong("count", "an integer", "a string")) { try record.string("count", flag: "-") }
    #expect(throws: wrong("none", "null", "a string")) { try record.string("none", flag: "-") }
    #expect(throws: wrong("text", "a string", "a number")) { try record.number("text", flag: "-") }
    #expect(throws: wrong("flag", "a boolean", "a number")) { try record.number("flag", flag: "-") }
  }
}
