/// Finds a run that differs from another in nothing but the seed of its random projection, or says how to make one.
import Catalog
import Engine
import Foundation
import Reports

struct NoiseCeilingSearch {
  let catalog: RunCatalog

  private static let seed = "projection_seed"
  /// Runs of the catalog that are looked at, the newest.
  private static let depth = 200
  /// Settings that name the runs that a run was made from: these have other places, and their own seeds.
  private static let paths = ["query_path", "preconditioner_path", "hessian_path", "processor_path", "run_path"]

  /// Whether two runs differ in nothing but the seed.
  func isRepeat(_ first: RunDetails, _ second: RunDetails) throws -> Bool {
    let difference = try catalog.difference(between: [first.run.id, second.run.id])
    let names = difference.settings.map { $0.name.split(separator: ".").last.map(String.init) ?? $0.name }
    return names.contains(Self.seed) && names.allSatisfy { $0 == Self.seed || Self.paths.contains($0) }
      && first.models.map(\.weightsDigest) == second.models.map(\.weightsDigest)
      && ScoredRun.dataDigest(of: first) == ScoredRun.dataDigest(of: second)
  }

  /// - Parameters:
  ///   - runs: those that are compared, with the places of those that have scores.
  ///   - agreement: how far two runs agree.
  func ceiling(
    of runs: [RunDetails], scored: [Int: ScoredRun],
    agreement: (ScoredRun, ScoredRun) throws -> ComparedRuns.Agreement
  ) throws -> ComparedRuns.NoiseCeiling {
    for first in runs.indices {
      for second in runs.indices where second > first {
        if scored[first] != nil, scored[second] != nil, try isRepeat(runs[first], runs[second]) {
          return .among(first: first, second: second)
        }
      }
    }
    for (place, run) in scored.sorted(by: { $0.key < $1.key }) {
      let others = try catalog.runs(
        matching: RunFilter(command: run.details.run.command, state: .finished, limit: Self.depth))
      for other in others where !runs.contains(where: { $0.run.id == other.id }) {
        let details = try catalog.details(of: other.id)
        guard try isRepeat(run.details, details) else { continue }
        do {
          let repeated = try ScoredRun(details, catalog.publication(of: other.id))
          return .catalog(subject: place, run: other, agreement: try agreement(run, repeated))
        } catch is ScoredRun.Absence, is ScoreComparison.Refusal {
          // Its scores are gone, or are of something else after all: there may be another.
          continue
        }
      }
    }
    guard let run = runs.first else { return .absent(commands: []) }
    if try !isProjected(run) { return .notProjected }
    return .absent(commands: try commands(for: run))
  }

  private func isProjected(_ details: RunDetails) throws -> Bool {
    let settings = RunSettings.settings(ofYAML: details.run.configYAML)
    let dimensions = settings.filter { $0.key.split(separator: ".").last == "projection_dim" }.map(\.value)
    return dimensions.contains { $0 != .integer(0) }
  }

  /// The command lines of a run and of all that it was made from, sources first, with another seed and other places.
  private func commands(for details: RunDetails) throws -> [String] {
    let lineage = try catalog.lineage(of: details.run.id)
    var order: [RunRecord] = []
    func visit(_ id: String) {
      guard let run = lineage.runs[id], !order.contains(where: { $0.id == id }) else { return }
      for edge in lineage.producers(of: id) where !order.contains(where: { $0.id == edge.producer }) {
        visit(edge.producer)
      }
      if !order.contains(where: { $0.id == id }) { order.append(run) }
    }
    // A circle of two runs over one directory would not end.
    guard lineage.runs.count < 50, !hasCircle(lineage) else { return [] }
    visit(details.run.id)
    let places = Dictionary(
      order.compactMap { run in run.path.map { ($0, $0 + "-seed1") } }, uniquingKeysWith: { first, _ in first })
    return order.map { run in
      var arguments = run.commandLine.map { argument in
        let path = URL(filePath: argument, relativeTo: URL(filePath: run.workingDirectory + "/")).standardizedFileURL
          .path
        return places[path] == nil ? argument : argument + "-seed1"
      }
      if let place = arguments.firstIndex(where: { $0 == "--\(Self.seed)" || $0 == "--projection-seed" }) {
        arguments.removeSubrange(place..<min(place + 2, arguments.count))
      }
      return ShellText.command(arguments + ["--\(Self.seed)", "1"])
    }
  }

  private func hasCircle(_ lineage: RunLineage) -> Bool {
    var open: Set<String> = []
    func visit(_ id: String) -> Bool {
      guard open.insert(id).inserted else { return true }
      defer { open.remove(id) }
      return lineage.producers(of: id).contains { visit($0.producer) }
    }
    return visit(lineage.root)
  }
}
