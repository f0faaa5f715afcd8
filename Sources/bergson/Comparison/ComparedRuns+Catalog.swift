/// A comparison of runs from the catalog and their score files.
import Catalog
import Engine
import Foundation
import Reports

extension ComparedRuns {
  /// - Throws: `RunCatalogError`; `CancellationError` when the user has interrupted.
  init(of runs: [RunRecord], in catalog: RunCatalog) throws {
    let subjects = try runs.map { try Self.subject($0, in: catalog) }
    var scored: [Int: ScoredRun] = [:]
    var absences: [Int: String] = [:]
    for (place, subject) in subjects.enumerated() {
      do {
        scored[place] = try ScoredRun(subject.details, subject.publication)
      } catch {
        absences[place] = error.description
      }
    }
    func outcome(_ first: Int, _ second: Int) throws -> Outcome {
      guard let one = scored[first], let other = scored[second] else {
        let place = scored[first] == nil ? first : second
        let run = subjects[place].details.run
        return .incomparable("of \(run.name ?? run.id), \(absences[place] ?? "nothing is known")")
      }
      do {
        return .agreement(try ScoreComparison(one, other).agreement())
      } catch let refusal as ScoreComparison.Refusal {
        return .incomparable(refusal.description)
      }
    }
    var pairs: [Pair] = []
    for first in subjects.indices {
      for second in subjects.indices where second > first {
        pairs.append(Pair(first: first, second: second, outcome: try outcome(first, second)))
      }
    }
    let ceiling = try NoiseCeilingSearch(catalog: catalog).ceiling(of: subjects.map(\.details), scored: scored) {
      try ScoreComparison($0, $1).agreement()
    }
    self.init(
      subjects: subjects, difference: try catalog.difference(between: runs.map(\.id)), pairs: pairs, ceiling: ceiling)
  }

  private static func subject(_ run: RunRecord, in catalog: RunCatalog) throws -> Subject {
    let publication = try catalog.publication(of: run.id)
    let lineage = try catalog.lineage(of: run.id)
    // Evaluations of its scores are runs of their own.
    let evaluations = try lineage.consumers(of: run.id).map(\.consumer)
      .filter { lineage.runs[$0]?.command == "evaluate" && lineage.runs[$0]?.status == .finished }
      .flatMap { try catalog.publication(of: $0).evaluations }
    return Subject(
      details: try catalog.details(of: run.id), publication: publication,
      evaluations: publication.evaluations + evaluations, sourceTime: try sourceTime(of: run, lineage, catalog))
  }

  private static func sourceTime(of run: RunRecord, _ lineage: RunLineage, _ catalog: RunCatalog) throws -> Double? {
    var sources: Set<String> = []
    var waiting = [run.id]
    while let next = waiting.popLast() {
      for edge in lineage.producers(of: next) where edge.producer != run.id && sources.insert(edge.producer).inserted {
        waiting.append(edge.producer)
      }
    }
    let times = try sources.compactMap { id in
      try catalog.details(of: id).metrics.first { $0.name == "wallTime" }?.value
    }
    return times.isEmpty ? nil : times.reduce(0, +)
  }
}
