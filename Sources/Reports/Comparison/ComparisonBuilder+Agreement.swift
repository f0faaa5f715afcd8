/// How far the runs order documents alike: matrices, intervals, the ceiling of noise and the floor of chance.
import Catalog
import Foundation

extension ComparisonBuilder {
  private typealias Measures = any KeyPath<ComparedRuns.Agreement, ComparedRuns.Measure?> & Sendable

  private static let measures: [(title: String, path: Measures)] = [
    ("Spearman", \.spearman), ("Kendall τ-b", \.kendall), ("Top 10", \.topTen), ("Top 100", \.topHundred),
  ]

  private var agreements: [(pair: ComparedRuns.Pair, agreement: ComparedRuns.Agreement)] {
    comparison.pairs.compactMap { pair in pair.outcome.agreement.map { (pair, $0) } }
  }

  func agreementSection() -> ReportSection? {
    guard let largest = agreements.map(\.agreement.documents).max() else { return nil }
    var tables: [ReportTable] = []
    if subjects.count > 2 {
      tables = [
        matrix(
          "agreement-orders", "Spearman's correlation above the diagonal, Kendall's τ-b below it.", \.spearman,
          \.kendall),
        matrix(
          "agreement-tops", "Share of the first 10 documents in common above the diagonal, of the first 100 below it.",
          \.topTen, \.topHundred),
      ]
    }
    tables.append(pairTable())
    var note =
      "Means over queries, with 95 % bootstrap intervals over them. Spearman and Kendall compare whole orders, "
      + "most of which is noise around zero; the top 10 and 100 compare what one reads. Chance is what two random "
      + "orders of \(NumberText.counted(largest, "document", "documents")) would have."
    let partial = agreements.filter { $0.agreement.queries < $0.agreement.commonQueries }
    if let first = partial.first {
      note +=
        " Not all queries were compared: evenly spaced, \(NumberText.count(first.agreement.queries)) of "
        + "\(NumberText.count(first.agreement.commonQueries)), so that the work stays below 20 million scores a pair."
    }
    return ReportSection(
      "agreement", "Do they agree?", sentences: ceilingSentences(), commands: ceilingCommands, tables: tables,
      note: note)
  }

  // MARK: - Tables

  private func matrix(_ name: String, _ caption: String, _ upper: Measures, _ lower: Measures) -> ReportTable {
    let titles = [""] + subjects.indices.map { Self.letter($0) + "#" }
    let rows = subjects.indices.map { row -> (String, [ReportTable.Cell]) in
      let cells = subjects.indices.map { column -> ReportTable.Cell in
        if row == column { return .diagonal }
        let (first, second) = (min(row, column), max(row, column))
        let agreement = comparison.pairs.first { $0.first == first && $0.second == second }?.outcome.agreement
        return agreement?[keyPath: column > row ? upper : lower].map { .figure(.share($0.value)) } ?? .none
      }
      return (title(row), cells)
    }
    return ReportTable(name, caption: caption, columns: titles, rows: rows)
  }

  private func pairTable() -> ReportTable {
    var rows = agreements.map { pair, agreement in
      (isCeiling(pair) ? "\(Self.pairName(pair)) (noise ceiling)" : Self.pairName(pair), Self.cells(agreement))
    }
    if case .catalog(let subject, let run, let agreement) = comparison.ceiling {
      rows.append(("\(Self.letter(subject)) and \(run.name ?? run.id) (noise ceiling)", Self.cells(agreement)))
    }
    if let documents = agreements.map(\.agreement.documents).max() {
      func overlap(_ k: Int) -> ReportTable.Cell { .figure(.share(Double(min(k, documents)) / Double(documents))) }
      rows.append(("Chance", [.figure(.share(0)), .figure(.share(0)), overlap(10), overlap(100), .none]))
    }
    return ReportTable(
      "agreement", caption: "Agreement of every two runs, mean over queries.",
      columns: ["Runs"] + Self.measures.map { $0.title + "#" } + ["Queries#"], rows: rows)
  }

  private static func cells(_ agreement: ComparedRuns.Agreement) -> [ReportTable.Cell] {
    measures.map { measure -> ReportTable.Cell in
      guard let value = agreement[keyPath: measure.path] else { return .none }
      return .figure(.share(value.value), interval: .init(low: .share(value.low), high: .share(value.high)))
    } + [.figure(.count(agreement.queries))]
  }

  private func isCeiling(_ pair: ComparedRuns.Pair) -> Bool {
    if case .among(pair.first, pair.second) = comparison.ceiling { true } else { false }
  }

  // MARK: - In words

  private var ceiling: (words: String, agreement: ComparedRuns.Agreement)? {
    switch comparison.ceiling {
    case .among(let first, let second):
      let found = comparison.pairs.first { $0.first == first && $0.second == second }?.outcome.agreement
      return found.map { ("\(Self.letter(first)) and \(Self.letter(second))", $0) }
    case .catalog(let subject, let run, let agreement):
      return ("\(Self.letter(subject)) and run \(run.name ?? run.id) of the catalog", agreement)
    case .absent, .notProjected: return nil
    }
  }

  func verdict() -> [String] {
    let commands = Set(subjects.map(\.details.run.command)).sorted()
    var sentences = [
      "\(NumberText.count(subjects.count)) runs of \(commands.joined(separator: " and ")) side by side: in what they "
        + "differ, how far they order the same documents alike, and what each costs."
    ]
    let measured = agreements.filter { !isCeiling($0.pair) }.compactMap { pair, agreement in
      agreement.topTen.map { (pair, agreement, $0) }
    }
    let sorted = measured.sorted { $0.2.value > $1.2.value }
    if let most = sorted.first {
      sentences.append(
        "Of the first ten documents, \(Self.pairName(most.0)) have \(NumberText.percent(most.2.value)) in common"
          + (sorted.count > 1
            ? ", the most of any two; \(Self.pairName(sorted[sorted.count - 1].0)) have the least, "
              + "\(NumberText.percent(sorted[sorted.count - 1].2.value))."
            : "."))
    }
    if let ceiling, let noise = ceiling.agreement.topTen, let most = sorted.first {
      let meaning =
        if most.2.high < noise.low {
          "all of these runs differ by more than the chance of the projection."
        } else if most.2.low > noise.high {
          "\(Self.pairName(most.0)) agree more than that method does with itself."
        } else {
          "as far as the intervals tell, \(Self.pairName(most.0)) do not differ by more than that chance."
        }
      sentences.append(
        "The same method under another projection seed keeps \(NumberText.percent(noise.value)) of its first ten: \(meaning)"
      )
    }
    if agreements.isEmpty { sentences.append("No two of them have scores that can be set beside each other.") }
    return sentences
  }

  private var ceilingCommands: Passage? {
    guard case .absent(let commands) = comparison.ceiling, !commands.isEmpty else { return nil }
    return Passage(commands.joined(separator: "\n"))
  }

  private func ceilingSentences() -> [String] {
    switch comparison.ceiling {
    case .among, .catalog:
      guard let ceiling, let top = ceiling.agreement.topTen else { return [] }
      let whole =
        ceiling.agreement.spearman.map { ", and Spearman's correlation is \(NumberText.share($0.value))" } ?? ""
      return [
        "The noise ceiling is the agreement of \(ceiling.words), which differ in nothing but the projection's seed: "
          + "\(NumberText.share(top.value)) of the first ten are the same\(whole). Another projected method cannot be expected "
          + "to agree with it more. One without noise of its own can, in correlation up to about the square root."
      ]
    case .notProjected:
      return [
        "\(title(0)) takes whole gradients, without a random projection: there is no noise of that kind, and its "
          + "agreement with itself is 1."
      ]
    case .absent:
      return [
        "How far a method agrees with itself under another random projection is not known here, so a low agreement may be "
          + "no more than noise. These commands make such a run of \(title(0)), which the next report finds:"
      ]
    }
  }
}
