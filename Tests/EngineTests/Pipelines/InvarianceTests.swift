import Foundation
import Testing

@testable import Engine

/// What must not change a document's row: its neighbours, its batch, the number of workers.
@Suite struct InvarianceTests {
  private func configuration(_ run: URL) -> IndexConfig {
    var configuration = IndexConfig()
    configuration.model = FixtureSet.gptNeoX.path("model")
    configuration.data.dataset = FixtureSet.gptNeoX.path("data.jsonl")
    configuration.runPath = run.path
    configuration.projectionDim = 8
    return configuration
  }

  private func build(
    _ scratch: Scratch, _ name: String, _ preprocess: PreprocessConfig = PreprocessConfig(),
    _ change: (inout IndexConfig) -> Void
  ) throws -> URL {
    let run = scratch.url.appendingPathComponent(name)
    var configuration = configuration(run)
    change(&configuration)
    _ = try BuildPipeline(configuration, preprocess).run(RunContext())
    return run
  }

  /// Products of another number of rows take other kernels: a few units in the last place.
  private static let tolerance = 1e-6

  @Test func aRowIsTheSameAloneAndInAnyBatch() throws {
    let scratch = try Scratch()
    func rows(_ name: String, tokens: Int, documents: Int?) throws -> (rows: [Float], width: Int) {
      let run = try build(scratch, name) {
        $0.tokenBatchSize = tokens
        $0.maxBatchSize = documents
        $0.skipPreconditioners = true
      }
      let index = try GradientIndex(opening: run)
      return (index.allRows(), index.rowWidth)
    }
    let alone = try rows("alone", tokens: 256, documents: 1)
    for (name, tokens, documents) in [("pairs", 256, 2), ("tight", 64, nil), ("all", 4096, nil)] {
      let other = try rows(name, tokens: tokens, documents: documents)
      #expect(Distance(other.rows, alone.rows, columns: alone.width).rowRelative < Self.tolerance, "\(name)")
    }
  }

  @Test func workersChangeNoByte() throws {
    let scratch = try Scratch()
    let files = ["gradients.bin", "hessians.safetensors", "hessians_eigen.safetensors"]
    let runs = try [1, 2, 3].map { workers in
      try build(scratch, "workers\(workers)") {
        $0.tokenBatchSize = 64
        $0.workers = workers
      }
    }
    var aggregated = PreprocessConfig()
    aggregated.aggregation = .mean
    let means = try [1, 2].map { workers in
      try build(scratch, "mean\(workers)", aggregated) {
        $0.tokenBatchSize = 64
        $0.workers = workers
        $0.skipPreconditioners = true
      }
    }
    for run in runs.dropFirst() {
      for file in files {
        #expect(try Data(contentsOf: run.appending(path: file)) == Data(contentsOf: runs[0].appending(path: file)))
      }
    }
    #expect(
      try Data(contentsOf: means[0].appending(path: files[0])) == Data(contentsOf: means[1].appending(path: files[0])))
  }

  @Test func theOrderOfDocumentsPermutesRowsAndNothingElse() throws {
    let scratch = try Scratch()
    let texts = ["one two three four", "a", "The quick brown fox.", "", "She sells sea shells by the sea shore."]
    func rows(_ name: String, _ texts: [String]) throws -> (rows: [Float], width: Int) {
      let data = scratch.url.appendingPathComponent("\(name).jsonl")
      try Data(texts.map { "{\"text\": \"\($0)\"}\n" }.joined().utf8).write(to: data)
      let index = try GradientIndex(opening: build(scratch, name) { $0.data.dataset = data.path })
      return (index.allRows(), index.rowWidth)
    }
    let (one, other) = (try rows("forwards", texts), try rows("backwards", texts.reversed()))
    let mirrored = texts.indices.reversed().flatMap { other.rows[$0 * other.width..<($0 + 1) * other.width] }
    #expect(Distance(mirrored, one.rows, columns: one.width).rowRelative < Self.tolerance)
  }

  @Test func documentsWithoutAGradientStayZeroThroughEverything() throws {
    let scratch = try Scratch()
    let hessian = try build(scratch, "hessian") { $0.skipIndex = true }
    var preprocess = PreprocessConfig()
    preprocess.unitNormalize = true
    preprocess.preconditionerPath = hessian.path
    let run = try build(scratch, "edge", preprocess) {
      $0.data.dataset = FixtureSet.gptNeoX.path("edge.jsonl")
      $0.skipPreconditioners = true
    }
    let index = try GradientIndex(opening: run)
    let rows = index.allRows()
    #expect(rows.allSatisfy { $0.isFinite })
    for (document, length) in [0, 1, 24, 1, 33].enumerated() {
      let norm = rows[document * index.rowWidth..<(document + 1) * index.rowWidth].reduce(0) { $0 + $1 * $1 }
      #expect(abs(norm - (length < 2 ? 0 : 1)) < 1e-5, "document \(document)")
    }
  }

  @Test func aMeanIsOverDocumentsThatHaveAGradient() throws {
    let scratch = try Scratch()
    func aggregate(_ name: String, _ aggregation: Aggregation) throws -> [Float] {
      var preprocess = PreprocessConfig()
      preprocess.aggregation = aggregation
      let run = try build(scratch, name, preprocess) {
        $0.data.dataset = FixtureSet.gptNeoX.path("edge.jsonl")
        $0.skipPreconditioners = true
      }
      return try GradientIndex(opening: run).allRows()
    }
    let (mean, sum) = (try aggregate("mean", .mean), try aggregate("sum", .sum))
    // Two of the five have one.
    for (m, s) in zip(mean, sum) { #expect(abs(2 * m - s) <= 1e-6 * abs(s)) }
  }

  @Test func includedBiasIsOneMoreInput() throws {
    let scratch = try Scratch()
    func index(_ name: String, bias: Bool) throws -> GradientIndex {
      try GradientIndex(
        opening: build(scratch, name) {
          $0.projectionDim = 0
          $0.includeBias = bias
          $0.skipPreconditioners = true
          $0.modules = ["layers.1.attention.dense"]
        })
    }
    let (plain, biased) = (try index("plain", bias: false), try index("biased", bias: true))
    #expect(plain.rowWidth == 32 * 32 && biased.rowWidth == 32 * 33)
    let (a, b) = (plain.allRows(), biased.allRows())
    for document in 0..<plain.rowCount {
      for output in 0..<32 {
        let own = Array(b[(document * 32 + output) * 33..<(document * 32 + output) * 33 + 32])
        #expect(own == Array(a[(document * 32 + output) * 32..<(document * 32 + output + 1) * 32]))
      }
    }
  }
}
