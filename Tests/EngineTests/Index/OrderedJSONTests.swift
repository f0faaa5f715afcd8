import Foundation
import Testing

@testable import Engine

struct OrderedJSONTests {
  private func parse(_ text: String) throws -> OrderedJSON {
    var parser = OrderedJSONParser(path: "x.json", bytes: Array(text.utf8))
    return try parser.document()
  }

  @Test func membersKeepTheirOrder() throws {
    let json = try parse(#"{"z": 1, "a": {"y": [], "b": {}}, "m": [true, false, null, -1.5e+3]}"#)
    #expect(json.object?.map(\.key) == ["z", "a", "m"])
    #expect(json["a"]?.object?.map(\.key) == ["y", "b"])
    #expect(json["m"]?.array == [.bool(true), .bool(false), .null, .number("-1.5e+3")])
  }

  @Test func stringsSurviveEscapingBothWays() throws {
    let text = "q\" b\\ /\n\r\t\u{8}\u{C}\u{7F} \u{E9}\u{20AC}\u{1F600}"
    let json = OrderedJSON.members(["k": .string(text)])
    #expect(json.text.utf8.allSatisfy { $0 < 0x7F })
    #expect(try parse(json.text) == json)
    #expect(try parse("\"\u{E9}\\u00e9\\/\\ud83d\\ude00\\b\\f\"").string == "\u{E9}\u{E9}/\u{1F600}\u{8}\u{C}")
  }

  @Test func largeIntegersKeepAllDigits() throws {
    #expect(try parse("9007199254740993").integer == 9_007_199_254_740_993)
    #expect(try parse("1.0").integer == nil)
  }

  @Test(arguments: [
    ("", 0), ("{", 1), ("{\"a\" 1}", 5), ("{\"a\": 1,}", 8), ("[1, 2", 5), ("[1,]", 3), ("nul", 0), ("01", 1),
    ("-", 1), ("1.", 2), ("1e", 2), ("\"a", 2), ("\"\\x\"", 3), ("\"\\u12\"", 3), ("\"\\ud800\"", 7), ("{} {}", 3),
    ("\"\u{1}\"", 2), ("{a: 1}", 1), ("+1", 0),
  ])
  func faultsAreReportedWhereTheyAre(text: String, offset: Int) {
    let error = #expect(throws: IndexFileError.self) { try parse(text) }
    #expect(error?.description.hasSuffix("at byte \(offset)") == true, "\(error?.description ?? "no error")")
  }

  @Test func invalidUTF8AndEndlessNestingAreErrors() {
    #expect(throws: IndexFileError.self) {
      var parser = OrderedJSONParser(path: "x", bytes: [0x22, 0xFF, 0x22])
      _ = try parser.document()
    }
    #expect(throws: IndexFileError.self) { try parse(String(repeating: "[", count: 100_000)) }
  }
}
