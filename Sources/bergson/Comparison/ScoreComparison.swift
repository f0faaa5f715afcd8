/// Two score files side by side, query by query: measures with intervals, dots for a picture, documents that moved.
import Catalog
import Engine
import Foundation
import Reports

struct ScoreComparison {
  /// Scores of a pair that are looked at, at most: about ten seconds of work.
  private static let budget = 20_000_000
  private static let topPoints = 500
  private static let otherPoints = 1500
  private static let moveCount = 50
  private static let movesPerQuery = 2

  private let first: ScoredRun
  private let second: ScoredRun
  /// Columns of either, of the queries that are compared.
  private let columns: [(Int, Int)]
  private let commonCount: Int

  /// Why two runs cannot be compared.
  struct Refusal: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }
  }

  /// - Throws: `Refusal`.
  init(_ first: ScoredRun, _ second: ScoredRun) throws(Refusal) {
    guard let data = ScoredRun.dataDigest(of: first.details), data == ScoredRun.dataDigest(of: second.details),
      first.scores.documentCount == second.scores.documentCount, first.scores.candidates == second.scores.candidates
    else { throw Refusal("they scored other documents") }
    self.first = first
    self.second = second
    let common = try Self.common(first, second)
    commonCount = common.count
    let most = max(1, Self.budget / max(1, first.scores.documentCount))
    // Evenly spaced, so that no part of the queries is left out.
    columns = most >= common.count ? common : (0..<most).map { common[$0 * common.count / most] }
  }

  private static func common(_ first: ScoredRun, _ second: ScoredRun) throws(Refusal) -> [(Int, Int)] {
    if let names = first.queryNames, let others = second.queryNames {
      let places = Dictionary(zip(others, others.indices), uniquingKeysWith: { earlier, _ in earlier })
      let common = names.indices.compactMap { place in places[names[place]].map { (place, $0) } }
      guard !common.isEmpty else { throw Refusal("they have no query in common") }
      return common
    }
    guard first.scores.queryCount == second.scores.queryCount else {
      throw Refusal("one has \(first.scores.queryCount) columns of scores and the other \(second.scores.queryCount)")
    }
    return (0..<first.scores.queryCount).map { ($0, $0) }
  }

  // MARK: - Over the queries

  /// Sums and samples, query by query.
  private struct Collected {
    var spearman: [Double] = []
    var kendall: [Double] = []
    var topTen: [Double] = []
    var topHundred: [Double] = []
    var top: [ComparedRuns.Point] = []
    var others: [ComparedRuns.Point] = []
    var moves: [ComparedRuns.Move] = []
  }

  /// - Throws: `CancellationError` when the user has interrupted.
  func agreement() throws -> ComparedRuns.Agreement {
    var collected = Collected()
    // As many columns at a time as 64 MB hold of both files.
    let block = max(1, (64 << 20) / max(1, 8 * first.scores.documentCount))
    for start in stride(from: 0, to: columns.count, by: block) {
      try SignalTrap.check()
      let some = columns[start..<min(start + block, columns.count)]
      let x = first.scores.scores(ofQueries: some.map(\.0))
      let y = second.scores.scores(ofQueries: some.map(\.1))
      for (place, query) in some.enumerated() { add(query, x[place], y[place], to: &collected) }
    }
    return ComparedRuns.Agreement(
      documents: first.scores.documentCount, queries: columns.count, commonQueries: commonCount,
      spearman: Self.measure(collected.spearman), kendall: Self.measure(collected.kendall),
      topTen: Self.measure(collected.topTen), topHundred: Self.measure(collected.topHundred),
      points: Self.spaced(collected.others, Self.otherPoints) + Self.spaced(collected.top, Self.topPoints),
      moves: Array(
        collected.moves.sorted { ($1.distance, $0.query, $0.row) < ($0.distance, $1.query, $1.row) }
          .prefix(Self.moveCount)))
  }

  private func add(_ query: (Int, Int), _ x: [Float], _ y: [Float], to collected: inout Collected) {
    let places = x.indices.filter { !x[$0].isNaN && !y[$0].isNaN }
    guard !places.isEmpty else { return }
    let (a, b) = (places.map { Double(x[$0]) }, places.map { Double(y[$0]) })
    let agreement = RankingAgreement(a, b)
    collected.spearman += [agreement.spearman].compactMap(\.self)
    collected.kendall += [agreement.kendall].compactMap(\.self)
    collected.topTen.append(agreement.topTen)
    collected.topHundred.append(agreement.topHundred)
    let heads = agreement.rankings.map { $0.prefix(10) }
    let top = Set(heads.joined())
    func point(_ place: Int, isTop: Bool) -> ComparedRuns.Point? {
      guard a[place].isFinite, b[place].isFinite else { return nil }
      return ComparedRuns.Point(first: a[place], second: b[place], isTop: isTop)
    }
    collected.top += top.sorted().compactMap { point($0, isTop: true) }
    let step = max(1, places.count * columns.count / Self.otherPoints)
    collected.others += stride(from: query.0 % step, to: places.count, by: step)
      .filter { !top.contains($0) }.compactMap { point($0, isTop: false) }
    guard first.rowsArePlaces(query.0, x), second.rowsArePlaces(query.1, y) else { return }
    collected.moves += moves(of: top, agreement.rankings, [a, b]).prefix(Self.movesPerQuery).map { move in
      ComparedRuns.Move(query: query.0, row: places[move.row], ranks: move.ranks, scores: move.scores)
    }
  }

  /// Documents among the first of either by how far they are apart, the farthest first.
  private func moves(of top: Set<Int>, _ rankings: [[Int]], _ scores: [[Double]]) -> [ComparedRuns.Move] {
    let ranks = rankings.map { ranking in
      Dictionary(uniqueKeysWithValues: ranking.enumerated().filter { top.contains($1) }.map { ($1, $0 + 1) })
    }
    return top.compactMap { place -> ComparedRuns.Move? in
      guard let one = ranks[0][place], let other = ranks[1][place], one != other else { return nil }
      return ComparedRuns.Move(query: 0, row: place, ranks: [one, other], scores: scores.map { $0[place] })
    }.sorted { ($1.distance, $0.row) < ($0.distance, $1.row) }
  }

  private static func measure(_ values: [Double]) -> ComparedRuns.Measure? {
    guard !values.isEmpty else { return nil }
    let estimate = Bootstrap.mean(values)
    return ComparedRuns.Measure(value: estimate.value, low: estimate.low, high: estimate.high)
  }

  private static func spaced<Element>(_ all: [Element], _ count: Int) -> [Element] {
    all.count <= count ? all : (0..<count).map { all[$0 * all.count / count] }
  }
}

extension ComparedRuns.Move {
  fileprivate var distance: Int { abs(ranks[0] - ranks[1]) }
}
