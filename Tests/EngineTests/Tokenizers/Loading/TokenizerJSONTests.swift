import Testing

@testable import Engine

struct TokenizerJSONTests {
  private func parse(_ json: String) throws -> TokenizerJSON {
    try TokenizerJSON(parsing: Array(json.utf8), file: "x.json")
  }

  @Test(arguments: [
    ("null", TokenizerJSON.null), (" true\n", .bool(true)), ("-1.5e3", .number(-1500)), ("0", .number(0)),
    (#""a\"\\\/\b\f\n\r\té""#, .string(ByteString("a\"\\/\u{8}\u{C}\n\r\té"))),
    (#""\u00e9\ud83d\ude80""#, .string(ByteString("é🚀"))), ("[]", .array([])), ("{}", .object([])),
    ("[1, [2]]", .array([.number(1), .array([.number(2)])])),
    // Keys that are canonically equivalent are two keys.
    (
      #"{"é": 1, "e\u0301": 2}"#,
      .object([.init(key: ByteString("é"), value: .number(1)), .init(key: ByteString("e\u{301}"), value: .number(2))])
    ),
    ("\u{FEFF}1", .number(1)),
  ])
  func readsEveryKindOfValue(json: String, value: TokenizerJSON) throws {
    #expect(try parse(json) == value)
  }

  @Test(arguments: [
    "", "nul", "tru e", "+1", ".5", "1.", "--1", "-", "01", "1.e5", "1 2", "[1,]", "[1", "{\"a\"}", "{\"a\": 1,}",
    "{a: 1}", "\"a",
    "\"\n\"",
    #""\x""#, #""\u12"#, #""\u+123""#, #""\ud83d""#, #""\ud83dx""#, #""\ud83d\u0041""#, #""\ude80""#, "]", "NaN",
    String(repeating: "[", count: 200),
  ])
  func refusesWhatIsNotJSON(json: String) {
    #expect(throws: TokenizerError.self) { try parse(json) }
  }

  @Test func refusesStringsThatAreNotUTF8() {
    #expect(throws: TokenizerError.malformedJSON(file: "x.json", byte: 4, problem: "a string is not UTF-8")) {
      try TokenizerJSON(parsing: [0x22, 0xC3, 0x28, 0x22], file: "x.json")
    }
  }
}
