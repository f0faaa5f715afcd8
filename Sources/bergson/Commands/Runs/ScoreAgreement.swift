/// How far two runs of `score` rank the same documents alike, query by query.
import Catalog
import Engine
import Foundation

struct ScoreAgreement: Encodable, Equatable {
  /// Ids of the two runs.
  let runs: [String]
  let documents: Int
  let queries: Int
  /// Means over the queries for which they are defined; nil where that is none.
  let spearman: Double?
  let kendall: Double?
  let topOverlap: Double
  let rankBiasedOverlap: Double?
  /// Documents whose mean rank over the queries differs most, the farthest first.
  let moved: [Move]

  struct Move: Encodable, Equatable {
    let row: Int
    /// Mean ranks from 1 in either run.
    let ranks: [Double]
  }

  static let depth = 10
  private static let movedCount = 5

  /// - Returns: Nil unless both runs scored the same documents for the same number of queries.
  /// - Throws: `IndexFileError`, `FileError` for scores that cannot be read.
  init?(_ first: RunDetails, _ second: RunDetails) throws {
    guard let one = ScoredRun.place(of: first), let other = ScoredRun.place(of: second),
      let data = ScoredRun.dataDigest(of: first), data == ScoredRun.dataDigest(of: second)
    else { return nil }
    let (a, b) = (try ScoreFile(opening: one), try ScoreFile(opening: other))
    guard !a.hasTokenRows, !b.hasTokenRows, a.rowCount == b.rowCount, a.queryCount == b.queryCount else { return nil }
    var means = Means()
    // Sums over the queries, by row; rows that one of the runs skipped have no rank.
    var ranks: [Int: [Double]] = [:]
    for query in 0..<a.queryCount {
      let (x, y) = (a.scores(query: query), b.scores(query: query))
      let rows = x.indices.filter {
        a.isWritten(row: $0, query: query) && b.isWritten(row: $0, query: query) && !x[$0].isNaN && !y[$0].isNaN
      }
      guard !rows.isEmpty else { continue }
      for (side, ranking) in means.add(rows.map { Double(x[$0]) }, rows.map { Double(y[$0]) }).enumerated() {
        for (rank, place) in ranking.enumerated() { ranks[rows[place], default: [0, 0]][side] += Double(rank + 1) }
      }
    }
    guard !ranks.isEmpty else { return nil }
    runs = [first.run.id, second.run.id]
    (documents, queries) = (ranks.count, a.queryCount)
    spearman = means.spearman.mean
    kendall = means.kendall.mean
    topOverlap = means.topOverlap.mean ?? 0
    rankBiasedOverlap = means.rankBiasedOverlap.mean
    let count = Double(a.queryCount)
    let moves = ranks.map { row, sums in Move(row: row, ranks: sums.map { $0 / count }) }
    moved = Array(
      moves.filter { $0.distance > 0 }.sorted { ($1.distance, $0.row) < ($0.distance, $1.row) }.prefix(Self.movedCount))
  }

  private struct Means {
    var spearman: [Double] = []
    var kendall: [Double] = []
    var topOverlap: [Double] = []
    var rankBiasedOverlap: [Double] = []

    /// - Returns: Both rankings.
    mutating func add(_ x: [Double], _ y: [Double]) -> [[Int]] {
      let agreement = RankingAgreement(x, y)
      spearman += [agreement.spearman].compactMap(\.self)
      kendall += [agreement.kendall].compactMap(\.self)
      topOverlap.append(agreement.topTen)
      rankBiasedOverlap += [agreement.rankBiasedOverlap].compactMap(\.self)
      return agreement.rankings
    }
  }

  var lines: [String] {
    func words(_ value: Double?) -> String { value.map { String(format: "%.4f", $0) } ?? "-" }
    let rows = [
      ["Spearman", words(spearman)], ["Kendall tau-b", words(kendall)],
      ["overlap of the first \(min(Self.depth, documents))", words(topOverlap)],
      ["rank-biased overlap, p = 0.9", words(rankBiasedOverlap)],
    ]
    let title = "agreement of \(runs[0]) and \(runs[1])"
    let table = TextTable([(title, .left), ("mean of \(queries) queries", .right)], rows: rows).lines
    return table
      + moved.map {
        "row \($0.row) moved from rank \(Format.count($0.ranks[0])) to \(Format.count($0.ranks[1])) on average"
      }
  }
}

extension ScoreAgreement.Move {
  fileprivate var distance: Double { abs(ranks[0] - ranks[1]) }
}

extension [Double] {
  fileprivate var mean: Double? { isEmpty ? nil : reduce(0, +) / Double(count) }
}
