import Foundation
import Testing

@testable import Engine

/// What must not change a number: company, order, threads.
struct InvarianceTests {
  private let fixture: PipelineFixture

  init() throws { fixture = try PipelineFixture() }

  // Products of other shapes round in another order: a few ulp over two layers.
  private static let tolerance = 1e-6

  @Test func aDocumentsRowIsTheSameAloneAndInAnyBatch() throws {
    let reference = fixture.configuration("one") { $0.maxBatchSize = 1 }
    try fixture.build(reference)
    let alone = try fixture.rows("one")
    for (name, budget, workers) in [("small", 64, 1), ("large", 2048, 1), ("both", 96, 2)] {
      try fixture.build(
        fixture.configuration(name) {
          $0.tokenBatchSize = budget
          $0.workers = workers
        })
      let rows = try fixture.rows(name)
      #expect(rows.width == alone.width && rows.values.count == alone.values.count)
      for start in stride(from: 0, to: rows.values.count, by: rows.width) {
        let expected = alone.values[start..<start + rows.width].map(Double.init)
        #expect(relativeDistance(rows.values[start..<start + rows.width], expected) < Self.tolerance, "\(name)")
      }
    }
  }

  @Test(arguments: [Aggregation.none, .mean, .sum]) func oneWorkerAndTwoWriteTheSameBytes(aggregation: Aggregation)
    throws
  {
    var preprocess = PreprocessConfig()
    preprocess.aggregation = aggregation
    for workers in [1, 2] {
      try fixture.build(fixture.configuration("workers\(workers)") { $0.workers = workers }, preprocess)
    }
    for file in ["gradients.bin", "hessians.safetensors", "hessians_eigen.safetensors", "info.json"] {
      #expect(try fixture.bytes("workers1", file) == fixture.bytes("workers2", file), "\(file)")
    }
  }

  @Test func theOrderOfDocumentsPermutesRowsAndNothingElse() throws {
    let texts = ["one two three four", "a", "The quick brown fox.", "", "She sells sea shells by the sea shore."]
    for (name, order) in [("forwards", texts), ("backwards", texts.reversed())] {
      let path = try fixture.data(order, "\(name).jsonl")
      try fixture.build(fixture.configuration(name) { $0.data.dataset = path })
    }
    let (one, other) = (try fixture.rows("forwards"), try fixture.rows("backwards"))
    for row in texts.indices {
      let expected = one.values[row * one.width..<(row + 1) * one.width].map(Double.init)
      let mirrored = texts.count - 1 - row
      let own = other.values[mirrored * one.width..<(mirrored + 1) * one.width]
      #expect(relativeDistance(own, expected) < Self.tolerance, "row \(row)")
    }
  }

  @Test func documentsUnderTwoTokensHaveRowsOfZerosThatNothingMakesNaN() throws {
    let path = try fixture.data(["a", "", "The quick brown fox.", "one two three four five"])
    func configuration(_ run: String) -> IndexConfig { fixture.configuration(run) { $0.data.dataset = path } }
    let outcome = try fixture.build(configuration("plain"))
    #expect(outcome.warnings.contains { $0.contains("2 documents under two tokens, which have no gradient: row 0, 1") })
    #expect(outcome.metrics.first { $0.name == "skippedRows" }?.value == 2)
    for unit in [false, true] {
      for aggregation in Aggregation.allCases {
        var preprocess = PreprocessConfig()
        preprocess.unitNormalize = unit
        preprocess.preconditionerPath = fixture.url("plain").path
        preprocess.aggregation = aggregation
        let name = "treated-\(unit)-\(aggregation.rawValue)"
        try fixture.build(configuration(name), preprocess)
        let rows = try fixture.rows(name)
        #expect(rows.values.allSatisfy { $0.isFinite } && rows.values.contains { $0 != 0 })
        if aggregation == .none { #expect(rows.values[..<(2 * rows.width)].allSatisfy { $0 == 0 }) }
      }
    }
    // The mean is over the two documents that have a gradient.
    var mean = PreprocessConfig()
    mean.aggregation = .mean
    try fixture.build(configuration("mean"), mean)
    let (all, own) = (try fixture.rows("plain"), try fixture.rows("mean"))
    let expected = (0..<all.width).map {
      (Double(all.values[2 * all.width + $0]) + Double(all.values[3 * all.width + $0])) / 2
    }
    #expect(relativeDistance(own.values, expected) < Self.tolerance)
  }
}
