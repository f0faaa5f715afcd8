import Catalog

@testable import Reports

/// Three runs that never were: a method, the same under another seed, and another method.
enum FabricatedComparison {
  static func three() throws -> ComparedRuns {
    var subjects: [ComparedRuns.Subject] = []
    for (place, name) in ["seed 0", "seed 1", "whole"].enumerated() {
      var run = try FabricatedRun(name: name)
      run.results.metrics = [
        MetricRecord(runID: run.run.id, name: "wallTime", value: 10.5 * Double(place + 1), unit: "s"),
        MetricRecord(runID: run.run.id, name: "peakMemory", value: 200_000_000, unit: "bytes"),
        MetricRecord(runID: run.run.id, name: "forwardPasses", value: 40, unit: "batches"),
      ]
      _ = run.add(query: "The Eiffel Tower is in the city of", loss: 1.25)
      run.add(document: "The Eiffel Tower stands on the Champ de Mars in <Paris>.", row: 17)
      run.add(evaluation: "attribution", 0.4 + 0.1 * Double(place), 0.3...0.8)
      run.add(evaluation: "bm25", 0.2, 0.1...0.3)
      let (details, publication) = try run.finished()
      subjects.append(
        .init(
          details: details, publication: publication, evaluations: publication.evaluations,
          sourceTime: place == 0 ? nil : 3.25))
    }
    let difference = RunDifference(
      settings: [
        .init(name: "index_cfg.projection_dim", values: [.integer(16), .integer(16), .integer(0)]),
        .init(name: "index_cfg.projection_seed", values: [nil, .integer(1), nil]),
      ])
    return ComparedRuns(
      subjects: subjects, difference: difference,
      pairs: [
        .init(first: 0, second: 1, outcome: .agreement(agreement(0.71, 0.52, 0.62, 0.8))),
        .init(first: 0, second: 2, outcome: .agreement(agreement(0.4, 0.3, 0.3, 0.5))),
        .init(first: 1, second: 2, outcome: .agreement(agreement(0.2, 0.1, 0.1, 0.4))),
      ], ceiling: .among(first: 0, second: 1))
  }

  private static func agreement(
    _ spearman: Double, _ kendall: Double, _ topTen: Double, _ topHundred: Double
  ) -> ComparedRuns.Agreement {
    func measure(_ value: Double) -> ComparedRuns.Measure {
      .init(value: value, low: max(0, value - 0.07), high: min(1, value + 0.08))
    }
    return .init(
      documents: 200, queries: 24, commonQueries: 24, spearman: measure(spearman), kendall: measure(kendall),
      topTen: measure(topTen), topHundred: measure(topHundred),
      points: (0..<5).map { .init(first: Double($0) * 0.1, second: Double($0 * $0) * 0.05, isTop: $0 == 4) },
      moves: [
        .init(query: 0, row: 17, ranks: [1, 150], scores: [0.5, -0.2]),
        .init(query: 0, row: 99, ranks: [180, 2], scores: [-0.1, 0.4]),
      ])
  }
}
