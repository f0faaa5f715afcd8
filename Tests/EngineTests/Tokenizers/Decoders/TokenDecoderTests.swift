import Testing

@testable import Engine

/// Expected texts are those of the Rust library's own tests.
struct TokenDecoderTests {
  @Test(arguments: [
    (#"{"type": "ByteLevel"}"#, ["Hello", "Ġmy", "Ã©", "a b"], ["Hello myéa b"]),
    // A maximal start of a character becomes one U+FFFD, stray bytes one each.
    (#"{"type": "ByteLevel"}"#, ["ðŁ", "a", "ĢĢ"], ["\u{FFFD}a\u{FFFD}\u{FFFD}"]),
    (#"{"type": "ByteFallback"}"#, ["<0xE5>", "<0x8f>", "<0xab>", "a"], ["叫", "a"]),
    (#"{"type": "ByteFallback"}"#, ["<0xE5>", "<0x8f>", "a", "<0x61>"], ["\u{FFFD}", "\u{FFFD}", "a", "a"]),
    (#"{"type": "ByteFallback"}"#, ["<0x6>", "<0xZZ>"], ["<0x6>", "<0xZZ>"]),
    (#"{"type": "Fuse"}"#, ["a", "b"], ["ab"]),
    (
      #"{"type": "Strip", "content": "H", "start": 1, "stop": 0}"#, ["Hey", " friend!", "HHH"],
      ["ey", " friend!", "HH"]
    ),
    (#"{"type": "Strip", "content": "y", "start": 0, "stop": 1}"#, ["Hey", "y y"], ["He", "y "]),
    (#"{"type": "Replace", "pattern": {"String": "_"}, "content": " "}"#, ["_a_", "b"], [" a ", "b"]),
    (#"{"type": "Replace", "pattern": {"Regex": "[0-9]+"}, "content": "%"}"#, ["a12", "3b"], ["a%", "%b"]),
    (#"{"type": "Metaspace", "replacement": "▁"}"#, ["▁Hey", "▁friend!"], ["Hey", " friend!"]),
    (#"{"type": "Metaspace", "replacement": "▁", "prepend_scheme": "never"}"#, ["▁Hey", "▁you"], [" Hey", " you"]),
    (#"{"type": "BPEDecoder", "suffix": "</w>"}"#, ["a", "b</w>", "c</w>"], ["a", "b ", "c"]),
    (
      #"{"type": "Sequence", "decoders": [{"type": "Fuse"}, {"type": "Strip", "content": " ", "start": 1, "stop": 0}]}"#,
      [" a", " b"], ["a b"]
    ),
  ])
  func decodesAsTheReferenceDoes(json: String, tokens: [String], expected: [String]) throws {
    #expect(try TokenizerParts.decode(tokens, json) == expected)
  }
}
