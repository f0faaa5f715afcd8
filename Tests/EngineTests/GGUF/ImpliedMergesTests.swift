import Testing

@testable import Engine

struct ImpliedMergesTests {
  /// The order of transformers 5.23: `generate_merges(vocab, scores)` with the same tokens and scores.
  @Test func orderIsThatOfTheReference() {
    let tokens = ["a", "b", "é", "aa", "ab", "aab", "aaa", "éa", "aéa", "aaaa"]
    let scores = [-1.0, -2, -3, -5, -4, -4, -6, -6, -4, -6]
    let merges = ImpliedMerges.of(tokens.map { ByteString($0) }, scores: scores)
    #expect(
      merges.map { "\($0.left.string) \($0.right.string)" } == [
        "aa b", "a ab", "a éa", "a b", "a a", "aaa a", "aa aa", "aa a", "a aaa", "a aa", "é a",
      ])
  }
}
