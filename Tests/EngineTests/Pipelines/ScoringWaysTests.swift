import Foundation
import Synchronization
import Testing

@testable import Engine

/// Scores of whole gradients, formed and not formed.
struct ScoringWaysTests {
  private let fixture: PipelineFixture

  init() throws { fixture = try PipelineFixture() }

  /// What may be asked of such scores.
  enum Asked: CaseIterable {
    case documents, tokens, unitNorm, unitNormOfTokens, bias, heads, nearest, smoothedMean

    func apply(to index: inout IndexConfig, _ preprocess: inout PreprocessConfig, _ score: inout ScoreConfig) {
      switch self {
      case .documents: break
      case .tokens: index.attributeTokens = true
      case .unitNorm: preprocess.unitNormalize = true
      case .unitNormOfTokens:
        index.attributeTokens = true
        preprocess.unitNormalize = true
      case .bias: index.includeBias = true
      case .heads:
        index.splitAttentionModules = ["layers.0.attention.dense", "layers.1.attention.dense"]
      case .nearest: score.score = .nearest
      case .smoothedMean:
        index.lossReduction = .mean
        index.labelSmoothing = 0.1
      }
    }
  }

  private struct Result {
    var scores: [[Float]]
    var summary: BatchPass.Summary
    var told: [String]
  }

  private func scores(_ asked: Asked, by way: ScoreStage.Way?, projection: Int = 0, workers: Int = 2) throws
    -> Result
  {
    var preprocess = PreprocessConfig()
    var score = ScoreConfig()
    let configuration = fixture.configuration("documents") {
      $0.projectionDim = projection
      $0.workers = workers
      asked.apply(to: &$0, &preprocess, &score)
    }
    if !FileManager.default.fileExists(atPath: fixture.url("queries").path) {
      var own = configuration
      own.runPath = fixture.url("queries").path
      own.attributeTokens = false
      own.skipPreconditioners = true
      own.data.dataset = try fixture.data(["The quick brown fox.", "She sells sea shells by the sea shore."])
      try fixture.build(own)
    }
    let told = Mutex<[String]>([])
    let context = RunContext(tell: { line in told.withLock { $0.append(line) } })
    let stage = try ScoreStage(
      inputs: CollectionInputs(configuration, context), gradients: GradientIndex(opening: fixture.url("queries")),
      queries: ScorePipeline.QueryRun(preprocess: PreprocessConfig(), data: configuration.data),
      preprocess: preprocess, score: score, context)
    let folder = fixture.url("scores-\(way.map { "\($0)" } ?? "chosen")")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    let written = try stage.write(to: folder, by: way, context)
    let file = try ScoreFile(opening: folder)
    return Result(
      scores: (0..<file.queryCount).map { Array(file.scores(query: $0)) }, summary: written.summary,
      told: told.withLock { $0 }.filter { $0.contains("formed") })
  }

  @Test(arguments: Asked.allCases) func bothWaysGiveTheSameScoresLossesAndLengths(_ asked: Asked) throws {
    let formed = try scores(asked, by: .formed)
    let products = try scores(asked, by: .products)
    #expect(formed.scores.count == (asked == .nearest ? 1 : 2))
    // Both add some 1e4 float32 products in different orders; scores are relative to the largest of their query.
    for (one, other) in zip(formed.scores, products.scores) {
      #expect(relativeDistance(other, one.map(Double.init)) < 1e-5)
    }
    #expect(formed.summary.losses == products.summary.losses)
    #expect(formed.summary.norms.count == products.summary.norms.count)
    for (one, other) in zip(formed.summary.norms, products.summary.norms) { #expect(abs(one - other) <= 1e-5 * one) }
  }

  @Test func workersChangeNoProduct() throws {
    #expect(try scores(.documents, by: .products, workers: 1).scores == scores(.documents, by: .products).scores)
  }

  @Test func theLogSaysWhichWayWasTakenAndWhy() throws {
    let chosen = try scores(.tokens, by: nil)
    #expect(chosen.told.count == 1)
    #expect(chosen.told[0].hasPrefix("gradients are not formed: products of positions would take "))
    #expect(try scores(.tokens, by: .formed).told[0].hasPrefix("gradients are formed: "))
  }

  @Test func thereIsNoChoiceWhereGradientsAreSketched() throws {
    #expect(try scores(.documents, by: nil, projection: 4).told.isEmpty)
  }

  /// Few queries and short documents are for products, many queries for formed gradients.
  @Test func theCostsCross() throws {
    let recipe = try CollectionInputs(fixture.configuration("run") { $0.projectionDim = 0 }, RunContext()).recipe
    func products(_ queries: Int, lengths: [Int32] = [40, 40], ofTokens: Bool = false) -> Bool {
      let cost = recipe.scoringCost(lengths: lengths, queries: queries, ofTokens: ofTokens)
      return cost.products < cost.formed
    }
    #expect(products(1) && !products(16))
    #expect(!products(4) && products(4, lengths: [10, 10]))
    #expect(products(16, ofTokens: true))
  }
}
