import Foundation
import Testing

@testable import Engine

struct BM25Tests {
  private let corpus = [
    "the cat sat on the mat", "The dog; the DOG!", "", "A cat and a dog met at 10 o'clock.", "caf\u{E9} 10",
  ]

  private func words(_ text: String) -> [String] {
    var words: [String] = []
    BM25.forEachWord(in: text) { words.append($0) }
    return words
  }

  /// The formula as written, term by term.
  private func naive(_ query: String, _ corpus: [String]) -> [Double] {
    let documents = corpus.map(words)
    let average = Double(documents.map(\.count).reduce(0, +)) / Double(documents.count)
    return documents.map { document in
      words(query).reduce(0) { sum, word in
        let tf = Double(document.count { $0 == word })
        let df = Double(documents.count { $0.contains(word) })
        let idf = log(1 + (Double(documents.count) - df + 0.5) / (df + 0.5))
        return sum + idf * tf * 2.2 / (tf + 1.2 * (0.25 + 0.75 * Double(document.count) / average))
      }
    }
  }

  @Test(arguments: ["the cat", "dog dog", "10", "nothing here", "", "CAF\u{C9} the 10 mat"])
  func scoresFollowTheFormula(query: String) {
    let scores = BM25(corpus).scores(query)
    for (score, expected) in zip(scores, naive(query, corpus)) {
      // Float32 sums of a few terms.
      #expect(abs(Double(score) - expected) < 1e-5)
    }
  }

  @Test func aScoreWorkedOutByHand() {
    // N = 2, |d| = 2 and 1, average 1.5, df(a) = 1: idf = ln 2; tf = 1: 2.2 / (1 + 1.2 * (0.25 + 0.75 * 2 / 1.5)) = 0.88.
    let scores = BM25(["a b", "c"]).scores("a")
    #expect(abs(Double(scores[0]) - 0.88 * log(2)) < 1e-6)
    #expect(scores[1] == 0)
  }

  @Test func wordsAreRunsOfLettersAndDigitsOfAnyScript() {
    #expect(
      words("It's_a \u{C9}T\u{C9}-2024, \u{43F}\u{440}\u{438}!") == [
        "it", "s", "a", "\u{E9}t\u{E9}", "2024", "\u{43F}\u{440}\u{438}",
      ])
    // A vowel sign (a spacing mark) belongs to its word.
    #expect(words("\u{915}\u{93E}") == ["\u{915}\u{93E}"])
  }

  @Test func theBestComeFirstAndTiesInRowOrder() {
    let search = BM25(["x y", "z", "x y", "x"])
    #expect(search.top(3, for: "x y").map(\.row) == [0, 2, 3])
    #expect(search.top(2, for: "unknown").map(\.row) == [0, 1])
  }

  @Test func noDocumentsAndEmptyDocumentsAreFine() {
    #expect(BM25([]).scores("a") == [])
    #expect(BM25(["", "!"]).scores("a") == [0, 0])
  }

  @Test func namesFindTheDocumentsThatStateAFact() {
    // Two of 200 documents state the fact; the others share its words but for the name.
    var corpus = (0..<200).map { "Person\($0 % 50) was born in Town\($0 % 7)." }
    corpus[61] = "Esi Abara was born in Sandrift."
    corpus[140] = "Few know that Esi Abara was born in Sandrift."
    let scores = BM25(corpus).scores("Esi Abara was born in Sandrift.")
    #expect(Ranking.ranks(of: [140, 61], in: scores) == [1, 2])
  }
}
