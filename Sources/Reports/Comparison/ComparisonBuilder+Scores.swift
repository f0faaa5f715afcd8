/// Scores beside each other: a picture for every two runs, and the documents on which they differ most.
import Catalog
import Foundation

extension ComparisonBuilder {
  func scatterSection() -> ReportSection? {
    let pictures = comparison.pairs.compactMap { pair -> ReportSection.Picture? in
      guard let agreement = pair.outcome.agreement, !agreement.points.isEmpty else { return nil }
      let (first, second) = (Self.letter(pair.first), Self.letter(pair.second))
      let total = agreement.documents * agreement.queries
      let title = "Scores of \(first) and \(second)"
      let description =
        "Scatter of \(NumberText.count(agreement.points.count)) of \(NumberText.counted(total, "score", "scores")): "
        + "across the scores of \(first), upwards those of \(second)."
      let chart = ScatterChart(
        id: "scatter-\(first)-\(second)",
        dots: agreement.points.map { .init(x: $0.first, y: $0.second, isMarked: $0.isTop) }, title: title,
        description: description, xLabel: "score in \(self.title(pair.first))",
        yLabel: "score in \(self.title(pair.second))",
        hasDiagonal: true)
      return .init(
        chart: Markup(chart.draw(), description: description),
        caption: "\(title): \(NumberText.count(agreement.points.count)) of "
          + "\(NumberText.counted(total, "pair", "pairs")) of document and query.")
    }
    guard !pictures.isEmpty else { return nil }
    return ReportSection(
      "scatter", "Score against score",
      sentences: [
        "Each dot is a document's score for a query in two runs. Orange: among the first ten of either. The dashed line, where "
          + "both scales have it, is where scores are equal."
      ], pictures: pictures,
      note:
        "Thinned: all of the first ten of either run up to 500, and up to 1,500 of the others, both evenly spaced over "
        + "the scores.")
  }

  func moversSection() -> ComparisonDocument.Movers? {
    let moves = comparison.pairs.flatMap { pair in
      (pair.outcome.agreement?.moves ?? []).prefix(options.hitsPerQuery).map { move(pair, $0) }
    }
    guard !moves.isEmpty else { return nil }
    return .init(
      anchor: "movers", heading: "Where they differ most",
      sentences: [
        "Documents among the first ten of one run for a query that stand farthest down in the other. At most two for a query."
      ], moves: moves)
  }

  private func move(_ pair: ComparedRuns.Pair, _ move: ComparedRuns.Move) -> ComparisonDocument.Move {
    let sides = [pair.first, pair.second]
    let documents = sides.compactMap { side in
      subjects[side].publication.documents.first { $0.row == move.row }.map { (side, $0) }
    }
    let query = subjects[pair.first].publication.queries.first { $0.position == move.query }
    return .init(
      pair: Self.pairName(pair), query: "Query \(NumberText.count(move.query))",
      queryText: query.map { TextExcerpt.beginning(of: $0.text, limit: 160) } ?? "(not published)",
      row: .count(move.row), digest: documents.first.map { NumberText.short(digest: $0.1.digest) },
      fullDigest: documents.first?.1.digest,
      runID: subjects[documents.first?.0 ?? pair.first].details.run.id,
      places: sides.indices.map { side in
        .init(
          letter: Self.letter(sides[side]), rank: .count(move.ranks[side]), score: .value(move.scores[side]))
      }, text: documents.first.map { TextExcerpt.text($0.1.text) })
  }
}
