import Foundation
import Testing

@testable import Engine

struct DatamodelingScoreTests {
  static let bankText = """
    {"subsets": [[0, 1], [2, 1], [2, 3]], "base_losses": [1, 1],
     "losses": [[[1, 1], [2, 2], [3, 0]], [[1.0, 3], [2, 2], [3, 0.0]]]}
    """

  static func bank(_ text: String = bankText) throws -> RetrainingBank {
    var text = text
    let json = try text.withUTF8 { try JSONParser.parse(UnsafeRawBufferPointer($0)) }
    return try RetrainingBank(json, path: "bank.json")
  }

  /// Query 0: sums 4, 1, -1 beside losses 1, 2, 3: the same order, 1. Query 1: sums 1, 3, 2 have the ranks 1, 3, 2, and
  /// minus the mean losses 2, 2, 0 the ranks 1.5, 1.5, 3: (-1)(-1/2) + 1(-1/2) + 0 = 0.
  @Test func aBankOfThreeSubsetsWorkedOutByHand() throws {
    let lds = try DatamodelingScore(Self.bank(), rows: [0, 1, 2, 3], queries: [0, 1])
    #expect(lds.answerable == [0, 1])
    #expect(abs(try #require(lds.correlation(of: [3, 1, 0, -1], query: 0)) - 1) < 1e-12)
    #expect(abs(try #require(lds.correlation(of: [0, 1, 2, 0], query: 1))) < 1e-12)
  }

  /// Repeats of query 1: ranks 2, 3, 1 and 3, 2, 1, centred 0, 1, -1 and 1, 0, -1: 1 / 2.
  @Test func repeatsAgreeAsFarAsTheirOrdersDo() throws {
    let lds = try DatamodelingScore(Self.bank(), rows: [0, 1, 2, 3], queries: [0, 1])
    let agreement = try #require(lds.agreement())
    #expect(abs(agreement[0] - 1) < 1e-12 && abs(agreement[1] - 0.5) < 1e-12)
  }

  @Test func rowsAreFoundWhereverTheyStand() throws {
    let lds = try DatamodelingScore(Self.bank(), rows: [7, 3, 1, 0, 2], queries: [1, 0])
    // The scores of the first test, and one of a row that no subset keeps.
    #expect(abs(try #require(lds.correlation(of: [99, -1, 1, 3, 0], query: 1)) - 1) < 1e-12)
    #expect(abs(try #require(lds.correlation(of: [99, 0, 1, 0, 2], query: 0))) < 1e-12)
  }

  @Test func scoresThatPredictTheSameForEverySubsetPredictNothing() throws {
    let lds = try DatamodelingScore(Self.bank(), rows: [0, 1, 2, 3], queries: [0, 1])
    #expect(lds.correlation(of: [1, 1, 1, 1], query: 0) == nil)
    #expect(lds.correlations(ofAll: [0, 0, 0, 0]) == [nil, nil])
  }

  @Test func aQueryWhoseLossesAreTheSameIsNotAnswerable() throws {
    let bank = try Self.bank(
      #"{"subsets": [[0], [1], [2]], "losses": [[[1, 5], [2, 5], [3, 5]]]}"#)
    let lds = try DatamodelingScore(bank, rows: [0, 1, 2], queries: [0, 1])
    #expect(lds.answerable == [0])
    #expect(lds.correlation(of: [1, 2, 3], query: 1) == nil)
    #expect(lds.agreement() == nil)
    #expect(throws: RetrainingBankError.noVariation) { try DatamodelingScore(bank, rows: [0, 1, 2], queries: [1]) }
  }

  @Test func rowsThatTheBankKeepsMustHaveOneScore() throws {
    #expect(throws: RetrainingBankError.unscoredRow(row: 3, subset: 2)) {
      try DatamodelingScore(Self.bank(), rows: [0, 1, 2], queries: [0])
    }
    #expect(throws: RetrainingBankError.scoredTwice(row: 1)) {
      try DatamodelingScore(Self.bank(), rows: [0, 1, 2, 3, 1], queries: [0])
    }
  }

  /// 12 queries of 30 subsets: the standard deviation of one correlation is 1 / sqrt(29), of the mean 0.0536.
  @Test func randomScoresHaveTheIntervalOfIndependentOrders() throws {
    var generator = SplitMix64(state: 3)
    let subsets = (0..<30).map { _ in
      "["
        + (0..<40).filter { _ in Double.random(in: 0..<1, using: &generator) < 0.5 }.map(String.init).joined(
          separator: ",") + "]"
    }
    let losses = (0..<30).map { _ in
      "[" + (0..<12).map { _ in "\(Double.random(in: 0..<1, using: &generator))" }.joined(separator: ",") + "]"
    }
    let bank = try Self.bank(
      "{\"subsets\": [\(subsets.joined(separator: ","))], \"losses\": [[\(losses.joined(separator: ","))]]}")
    let lds = try DatamodelingScore(bank, rows: Array(0..<40), queries: Array(0..<12))
    let random = lds.random()
    #expect(random.value == 0 && random == lds.random())
    #expect(abs(random.high - 1.96 * 0.0536) < 0.03 && abs(random.low + 1.96 * 0.0536) < 0.03)
  }
}
