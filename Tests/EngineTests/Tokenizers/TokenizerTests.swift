import Foundation
import Testing

@testable import Engine

struct TokenizerTests {
  @Test func emptyTextHasNoTokens() throws {
    #expect(try SmallTokenizer().tokenizer().encode("") == Encoding(ids: [], offsets: []))
    #expect(try SmallTokenizer().tokenizer().decode([]) == "")
  }

  @Test func decodingLeavesSpecialTokensOutOnlyWhereAsked() throws {
    var small = SmallTokenizer()
    small.addedTokens = """
      [\(SmallTokenizer.addedToken("<s>", id: 7)), \(SmallTokenizer.addedToken("<n>", id: 8, special: false))]
      """
    small.decoder = #"{"type": "Fuse"}"#
    let tokenizer = try small.tokenizer()
    #expect(try tokenizer.decode([7, 3, 8]) == "ab<n>")
    #expect(try tokenizer.decode([7, 3, 8], skipSpecialTokens: false) == "<s>ab<n>")
  }

  @Test func tokensAreJoinedBySpacesWhereNoDecoderIsGiven() throws {
    #expect(try SmallTokenizer().tokenizer().decode([0, 4]) == "a abc")
  }

  @Test(arguments: [-1, 9, 1 << 30] as [Int32])
  func unknownIdsAreRefused(id: Int32) throws {
    let tokenizer = try SmallTokenizer().tokenizer()
    let error = #expect(throws: TokenizerError.unknownIdentifier(id: id, vocabularySize: 7)) {
      try tokenizer.decode([0, id])
    }
    #expect(error?.description.contains("\(id)") == true)
  }

  /// A regular expression of Oniguruma and all else is shared by the threads.
  @Test func severalThreadsGetWhatOneGets() async throws {
    let folder = TokenizerFixtures.folder
    let tokenizer = try Tokenizer(directory: folder.appending(path: "llama3_style"))
    let strings = try JSONDecoder().decode(
      [String].self, from: Data(contentsOf: folder.appending(path: "strings.json")))
    let expected = try strings.map { try tokenizer.encode($0) }
    try await withThrowingTaskGroup(of: [Encoding].self) { group in
      for _ in 0..<8 {
        group.addTask { try strings.map { try tokenizer.encode($0) } }
      }
      for try await encodings in group { #expect(encodings == expected) }
    }
  }

  /// Text that decodes to itself does so at any length, and tokens cover it from left to right.
  @Test func longTextsComeBack() throws {
    let tokenizer = try Tokenizer(directory: TokenizerFixtures.folder.appending(path: "gpt2_style"))
    var random = SplitMix64(state: 4)
    let pool = Array("the quick brown 語 é\n  .,'s0123".unicodeScalars)
    for length in [1, 100, 10_000] {
      let text = random.text(of: pool, length: length, wild: 50)
      let encoding = try tokenizer.encode(text)
      #expect(try tokenizer.decode(encoding.ids) == text)
      #expect(encoding.offsets.last?.upperBound == length)
      #expect(zip(encoding.offsets, encoding.offsets.dropFirst()).allSatisfy { $0.lowerBound <= $1.lowerBound })
    }
  }
}
