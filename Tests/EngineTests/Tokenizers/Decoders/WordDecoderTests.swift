import Testing

@testable import Engine

/// Expectations after the Rust library's own tests of its WordPiece and CTC decoders.
struct WordDecoderTests {
  @Test func wordPieceJoinsContinuations() throws {
    let decoder = ###"{"type": "WordPiece", "prefix": "##", "cleanup": false}"###
    #expect(
      try TokenizerParts.decode(["##uelo", "Ara", "##új", "##o", "No", "##guera"], decoder)
        == ["##uelo", " Ara", "új", "o", " No", "guera"])
  }

  @Test func wordPieceCleansUpWhereAsked() throws {
    let decoder = ###"{"type": "WordPiece", "prefix": "##", "cleanup": true}"###
    #expect(try TokenizerParts.decode(["a", ".", "n't", "##b ' s"], decoder) == ["a", ".", "n't", "b's"])
  }

  @Test(arguments: [true, false]) func ctcCountsRepetitionsOnce(cleansUp: Bool) throws {
    let decoder = """
      {"type": "CTC", "pad_token": "<pad>", "word_delimiter_token": "|", "cleanup": \(cleansUp)}
      """
    let tokens = "<pad> <pad> h e e l l <pad> l o o o <pad> | <pad> w <pad>".split(separator: " ").map(String.init)
    #expect(
      try TokenizerParts.decode(tokens, decoder) == ["h", "e", "l", "l", "o", cleansUp ? " " : "|", "w"])
  }
}
