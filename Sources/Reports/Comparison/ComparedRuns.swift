/// What a comparison of runs is made from: what the catalog has of each, and what their score files say of each other.
package import Catalog

package struct ComparedRuns: Sendable {
  /// In the order in which they were named; at least two.
  package var subjects: [Subject]
  package var difference: RunDifference
  /// Every two of the subjects.
  package var pairs: [Pair]
  package var ceiling: NoiseCeiling

  package init(subjects: [Subject], difference: RunDifference, pairs: [Pair], ceiling: NoiseCeiling) {
    precondition(subjects.count >= 2, "a comparison of \(subjects.count) runs")
    self.subjects = subjects
    self.difference = difference
    self.pairs = pairs
    self.ceiling = ceiling
  }

  package struct Subject: Sendable {
    package var details: RunDetails
    package var publication: Publication
    /// The run's own, and those of `evaluate` over its scores.
    package var evaluations: [EvaluationRecord]
    /// Wall time in seconds of all runs that it was made from, its own not counted; nil where there are none.
    package var sourceTime: Double?

    package init(
      details: RunDetails, publication: Publication, evaluations: [EvaluationRecord], sourceTime: Double?
    ) {
      self.details = details
      self.publication = publication
      self.evaluations = evaluations
      self.sourceTime = sourceTime
    }
  }

  /// Two subjects by their places.
  package struct Pair: Sendable {
    package var first: Int
    package var second: Int
    package var outcome: Outcome

    package init(first: Int, second: Int, outcome: Outcome) {
      self.first = first
      self.second = second
      self.outcome = outcome
    }
  }

  package enum Outcome: Sendable {
    case agreement(Agreement)
    /// Why their scores cannot be set beside each other.
    case incomparable(String)

    package var agreement: Agreement? {
      if case .agreement(let agreement) = self { agreement } else { nil }
    }
  }

  /// A mean over queries with its 95 % bootstrap interval.
  package struct Measure: Sendable, Equatable {
    package var value: Double
    package var low: Double
    package var high: Double

    package init(value: Double, low: Double, high: Double) {
      self.value = value
      self.low = low
      self.high = high
    }
  }

  /// How far two runs order the same documents alike.
  package struct Agreement: Sendable {
    package var documents: Int
    /// Compared, of `commonQueries` that both runs have.
    package var queries: Int
    package var commonQueries: Int
    /// Nil where no query has one: all scores of a side are equal.
    package var spearman: Measure?
    package var kendall: Measure?
    package var topTen: Measure?
    package var topHundred: Measure?
    /// A part of all pairs of scores, for a picture.
    package var points: [Point]
    /// The farthest first.
    package var moves: [Move]

    package init(
      documents: Int, queries: Int, commonQueries: Int, spearman: Measure?, kendall: Measure?, topTen: Measure?,
      topHundred: Measure?, points: [Point], moves: [Move]
    ) {
      self.documents = documents
      self.queries = queries
      self.commonQueries = commonQueries
      self.spearman = spearman
      self.kendall = kendall
      self.topTen = topTen
      self.topHundred = topHundred
      self.points = points
      self.moves = moves
    }
  }

  /// The scores of a document for a query in either run.
  package struct Point: Sendable, Equatable {
    package var first: Double
    package var second: Double
    /// Whether the document is among the first ten of either.
    package var isTop: Bool

    package init(first: Double, second: Double, isTop: Bool) {
      self.first = first
      self.second = second
      self.isTop = isTop
    }
  }

  /// A document among the first ten of one run that stands elsewhere in the other.
  package struct Move: Sendable, Equatable {
    /// Position of the query in the first run.
    package var query: Int
    /// Row of the document in the data set.
    package var row: Int
    /// Ranks from 1.
    package var ranks: [Int]
    package var scores: [Double]

    package init(query: Int, row: Int, ranks: [Int], scores: [Double]) {
      self.query = query
      self.row = row
      self.ranks = ranks
      self.scores = scores
    }
  }

  /// How far a method agrees with itself under another random projection: no other method can be expected to agree more.
  package enum NoiseCeiling: Sendable {
    /// Two of the subjects differ in nothing else.
    case among(first: Int, second: Int)
    /// A run of the catalog that differs from a subject in nothing else.
    case catalog(subject: Int, run: RunRecord, agreement: Agreement)
    /// No such run; the commands that make one, of the first subject (none where they are not known).
    case absent(commands: [String])
    /// Gradients that are not projected have no noise of this kind.
    case notProjected
  }
}
