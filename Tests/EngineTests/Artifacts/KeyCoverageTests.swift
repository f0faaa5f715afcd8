import Foundation
import Testing

@testable import Engine

/// A setting changes an artifact's key if and only if it changes its bytes: what is missing from a key would be reused
/// where it must not be, and what is too much would be computed twice.
@Suite struct KeyCoverageTests {
  private let fixture: PipelineFixture

  init() throws { fixture = try PipelineFixture() }

  private struct Made: Equatable {
    let key: String
    let bytes: Digest
  }

  private func build(
    _ name: String, _ change: (inout IndexConfig, inout PreprocessConfig) -> Void
  ) throws -> Made {
    var (configuration, preprocess) = (fixture.configuration(name), PreprocessConfig())
    configuration.skipPreconditioners = true
    configuration.data.truncation = true
    change(&configuration, &preprocess)
    let outcome = try BuildPipeline(configuration, preprocess).run(RunContext())
    let index = try #require(outcome.artifacts.first)
    return Made(
      key: index.key.digest.hex,
      bytes: try Digest.sha256(of: fixture.url(name).appendingPathComponent(index.path)))
  }

  /// Each with a value at which the fixture's rows are other ones.
  private static let changing: [(String, @Sendable (inout IndexConfig, inout PreprocessConfig) -> Void)] = [
    ("projection_dim", { index, _ in index.projectionDim = 5 }),
    ("projection_dim 0", { index, _ in index.projectionDim = 0 }),
    ("include_bias", { index, _ in index.includeBias = true }),
    ("projection_type", { index, _ in index.projectionType = .normal }),
    ("projection_scale", { index, _ in index.projectionScale = .rowNorm }),
    ("projection_target", { index, _ in index.projectionTarget = .global }),
    ("projection_seed", { index, _ in index.projectionSeed = 0 }),
    ("projection_version", { index, _ in index.projectionVersion = 1 }),
    ("reshape_to_square", { index, _ in index.reshapeToSquare = true }),
    ("loss_fn", { index, _ in index.lossFunction = .logOdds }),
    ("loss_reduction", { index, _ in index.lossReduction = .mean }),
    ("label_smoothing", { index, _ in index.labelSmoothing = 0.1 }),
    ("logit_scale", { index, _ in index.logitScale = 0.5 }),
    ("filter_modules", { index, _ in index.filterModules = "*.mlp.*" }),
    ("modules", { index, _ in index.modules = ["layers.0.attention.dense"] }),
    (
      "split_attention_modules",
      { index, _ in
        index.splitAttentionModules = ["layers.0.attention.dense"]
        index.attention.numHeads = 2
      }
    ),
    ("attribute_tokens", { index, _ in index.attributeTokens = true }),
    ("normalizer", { index, _ in index.normalizer = .adam }),
    ("max_tokens", { index, _ in index.maxTokens = 200 }),
    ("precision", { index, _ in index.precision = .bf16 }),
    ("data.split", { index, _ in index.data.split = "train[:5]" }),
    ("data.dataset", { index, _ in index.data.dataset = FixtureSet.gptNeoX.path("query.jsonl") }),
    ("data.chunk_length", { index, _ in (index.data.truncation, index.data.chunkLength) = (false, 16) }),
    ("unit_normalize", { _, preprocess in preprocess.unitNormalize = true }),
    ("aggregation", { _, preprocess in preprocess.aggregation = .mean }),
    (
      "normalize_aggregated_grad",
      { _, preprocess in (preprocess.aggregation, preprocess.normalizeAggregatedGradient) = (.sum, true) }
    ),
  ]

  @Test func whatChangesBytesChangesTheKey() throws {
    let plain = try build("plain") { _, _ in }
    var seen = [plain.key: "plain"]
    for (number, (name, change)) in Self.changing.enumerated() {
      let made = try build("run\(number)", change)
      #expect(made.bytes != plain.bytes, "\(name) changes nothing here, so that its test proves nothing")
      #expect(made.key != plain.key, "\(name) is not in the key")
      #expect(seen.updateValue(name, forKey: made.key) == nil, "\(name) has the key of another setting")
    }
  }

  /// Each at another value than its default. A worker alone and batches of one document add in another order, which is why
  /// these are no ingredients and rows may differ in their last bits.
  private static let indifferent: [(String, @Sendable (inout IndexConfig, inout PreprocessConfig) -> Void)] = [
    ("workers", { index, _ in index.workers = 1 }),
    ("debug", { index, _ in index.debug = true }),
    ("drop_columns", { index, _ in index.dropColumns = false }),
    ("skip_preconditioners", { index, _ in index.skipPreconditioners = false }),
    ("stats_sample_size", { index, _ in index.statsSampleSize = 3 }),
    ("overwrite", { index, _ in index.overwrite = true }),
    ("data.truncation", { index, _ in index.data.truncation = false }),
    ("damping_factor", { _, preprocess in preprocess.inversionConfig.dampingFactor = 0.5 }),
    ("inversion", { _, preprocess in preprocess.inversionConfig.inversion = .pseudoinverse }),
    ("a path that is spelled otherwise", { index, _ in index.model += "/." }),
  ]

  @Test func whatChangesNoByteChangesNoKey() throws {
    let plain = try build("plain") { _, _ in }
    for (number, (name, change)) in Self.indifferent.enumerated() {
      let made = try build("run\(number)", change)
      #expect(made == plain, "\(name)")
    }
    #expect(try build("batches") { index, _ in index.tokenBatchSize = 512 }.key == plain.key)
    #expect(try build("single") { index, _ in index.maxBatchSize = 1 }.key == plain.key)
  }

  /// Settings that have no place in the tables above, and why.
  private static let elsewhere: Set<String> = [
    // Places, which keys know by their content.
    "run_path", "model", "revision", "tokenizer", "data", "optimizer_state", "processor_path", "peft_init_kwargs",
    // Leaves nothing to compare.
    "skip_index",
    // Of the sample that normalizers are fitted on: in the key by their digest.
    "stats_seed",
    // With their modules above, and without a meaning alone.
    "attention", "token_batch_size", "max_batch_size",
  ]

  @Test func noSettingIsForgotten() {
    let told = (Self.changing + Self.indifferent).map { $0.0.split(separator: " ")[0] }.map(String.init)
    for key in IndexConfig.CodingKeys.allCases.map(\.rawValue) {
      #expect(told.contains(key) != Self.elsewhere.contains(key), "\(key)")
    }
  }
}
