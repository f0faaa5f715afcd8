import Testing

@testable import Engine

struct PostProcessorTests {
  private func encode(_ text: String, _ postProcessor: String, addSpecialTokens: Bool = true) throws -> Encoding {
    var tokenizer = SmallTokenizer()
    tokenizer.preTokenizer = #"{"type": "ByteLevel", "add_prefix_space": true, "use_regex": true}"#
    tokenizer.postProcessor = postProcessor
    tokenizer.model = #"{"type": "BPE", "vocab": {"a": 0, "Ġ": 1, "Ġa": 2, "ĠĠ": 3}, "merges": ["Ġ a", "Ġ Ġ"]}"#
    return try tokenizer.tokenizer().encode(text, addSpecialTokens: addSpecialTokens)
  }

  @Test func offsetsLoseTheirSpacesWhereTheyAreTrimmed() throws {
    // The first "Ġ" was put in front, so that there is nothing to trim; the others are in the text.
    #expect(
      try encode("a a   a", #"{"type": "ByteLevel", "trim_offsets": true, "add_prefix_space": true}"#)
        == Encoding(ids: [2, 2, 3, 2], offsets: [0..<1, 2..<3, 5..<5, 6..<7]))
    #expect(
      try encode("a a   a", #"{"type": "ByteLevel", "trim_offsets": false, "add_prefix_space": true}"#)
        == Encoding(ids: [2, 2, 3, 2], offsets: [0..<1, 1..<3, 3..<5, 5..<7]))
    #expect(
      try encode("a", #"{"type": "ByteLevel", "trim_offsets": true, "add_prefix_space": false}"#).offsets == [1..<1])
  }

  @Test(arguments: ["BertProcessing", "RobertaProcessing"])
  func framesPutOneTokenOnEachSide(kind: String) throws {
    let json = #"{"type": "\#(kind)", "cls": ["<s>", 10], "sep": ["</s>", 11], "trim_offsets": true}"#
    #expect(
      try encode("a a", json)
        == Encoding(ids: [10, 2, 2, 11], offsets: [0..<0, 0..<1, (kind == "BertProcessing" ? 1 : 2)..<3, 0..<0]))
    #expect(try encode("a a", json, addSpecialTokens: false).ids == [2, 2])
  }

  @Test func templatesPutTheirTokensAroundTheText() throws {
    let json = """
      {"type": "Sequence", "processors": [{"type": "TemplateProcessing", "pair": [],
       "single": [{"SpecialToken": {"id": "<s>", "type_id": 0}}, {"Sequence": {"id": "A", "type_id": 0}},
                  {"SpecialToken": {"id": "end", "type_id": 0}}],
       "special_tokens": {"<s>": {"id": "<s>", "ids": [7], "tokens": ["<s>"]},
                          "end": {"id": "end", "ids": [8, 9], "tokens": ["</s>", "."]}}}]}
      """
    #expect(try encode("a", json) == Encoding(ids: [7, 2, 8, 9], offsets: [0..<0, 0..<1, 0..<0, 0..<0]))
    #expect(try encode("", json).ids == [7, 8, 9])
    #expect(try encode("a", json, addSpecialTokens: false).ids == [2])
  }
}
