import Catalog
import Testing

@testable import Reports

struct EvaluationSectionTests {
  private func section(_ add: (inout FabricatedRun) -> Void) throws -> ReportDocument.Evaluation {
    var run = try FabricatedRun()
    add(&run)
    return try #require(try run.document().evaluation)
  }

  @Test func aRunAheadBeyondTheIntervalsIsSaidToFindMoreThanWords() throws {
    let section = try section {
      $0.add(evaluation: "gradients", 0.6, 0.5...0.7)
      $0.add(evaluation: "bm25", 0.3, 0.2...0.4)
    }
    #expect(
      section.sentences == [
        "This run is ahead of text search (BM25): mean reciprocal rank 0.600 against 0.300; the intervals do not overlap.",
        "The gradients find supporting documents that the query's words alone do not lead to.",
      ])
  }

  @Test func aTextSearchThatWinsMeansThatWordsAreRepeated() throws {
    let section = try section {
      $0.add(evaluation: "gradients", 0.3, 0.2...0.4)
      $0.add(evaluation: "bm25", 0.6, 0.5...0.7)
    }
    #expect(section.sentences[0].hasPrefix("Text search (BM25) is ahead of this run: "))
    #expect(section.sentences[1].hasPrefix("The supporting documents repeat the query's words"))
  }

  @Test func overlappingIntervalsDecideNothing() throws {
    let section = try section {
      $0.add(evaluation: "gradients", 0.3, 0.2...0.5)
      $0.add(evaluation: "bm25", 0.6, 0.4...0.7)
    }
    #expect(
      section.sentences == [
        "Text search (BM25) is ahead of this run: mean reciprocal rank 0.600 against 0.300, but the intervals overlap: "
          + "24 queries are too few to call either better."
      ])
  }

  @Test func equalMethodsAreLevel() throws {
    let section = try section {
      $0.add(evaluation: "gradients", 0.3)
      $0.add(evaluation: "bm25", 0.3)
    }
    #expect(
      section.sentences == ["This run and text search (BM25) are level: both have a mean reciprocal rank of 0.300."])
  }

  @Test func aRunNoBetterThanChanceIsNotToBeTrusted() throws {
    let worse = try section {
      $0.add(evaluation: "gradients", 0.01, 0...0.02)
      $0.add(evaluation: "random", 0.012)
    }
    #expect(worse.sentences[0] == "This run does no better than a random order (0.012): do not trust its ranking.")
    let close = try section {
      $0.add(evaluation: "gradients", 0.02, 0.01...0.03)
      $0.add(evaluation: "random", 0.012)
    }
    #expect(close.sentences[0] == "This run cannot be told from a random order (0.012) with so few queries.")
  }

  @Test func withoutATextSearchTheComparisonIsMissed() throws {
    let section = try section { $0.add(evaluation: "gradients", 0.6) }
    #expect(section.sentences.count == 1)
    #expect(section.sentences[0].hasPrefix("No text search was run beside it"))
  }

  @Test func baselinesAloneAreSaidToBeAlone() throws {
    let section = try section { $0.add(evaluation: "bm25", metric: "recall", k: 5, 0.6) }
    #expect(section.sentences == ["The run itself has no recall at 5; only baselines were recorded."])
  }

  @Test func columnsAscendAndMissingNumbersStayMissing() throws {
    let section = try section {
      $0.add(evaluation: "random", metric: "recall", k: 10, 0.1)
      $0.add(evaluation: "gradients", metric: "recall", k: 10, 0.5)
      $0.add(evaluation: "gradients", metric: "recall", k: 1, 0.2)
    }
    #expect(section.columns == ["Recall at 1", "Recall at 10"])
    #expect(section.methods.map(\.name) == ["This run", "Random order"])
    #expect(section.methods[1].cells[0] == .init(value: nil, interval: nil, isBest: false))
    #expect(section.methods[0].cells.map(\.isBest) == [true, true])
  }

  @Test func methodsAreNamedWhereARunHasSeveral() throws {
    let section = try section {
      $0.add(evaluation: "attribution", 0.6)
      $0.add(evaluation: "sketch", 0.7)
      $0.add(evaluation: "bm25", 0.3)
    }
    #expect(section.methods.map(\.name) == ["attribution", "sketch", "Text search (BM25)"])
    #expect(section.sentences[0].hasPrefix("sketch is ahead of text search (BM25)"))
  }
}
