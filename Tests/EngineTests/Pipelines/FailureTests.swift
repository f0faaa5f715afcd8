import Foundation
import Synchronization
import Testing

@testable import Engine

/// What bad input, a signal and a broken disk leave behind: an error that says what to do, and nothing under the path.
@Suite struct FailureTests {
  private let scratch: Scratch
  private let run: URL

  init() throws {
    scratch = try Scratch()
    run = scratch.url.appendingPathComponent("run")
  }

  private func configuration() -> IndexConfig {
    var configuration = IndexConfig()
    configuration.model = FixtureSet.gptNeoX.path("model")
    configuration.data.dataset = FixtureSet.gptNeoX.path("data.jsonl")
    configuration.runPath = run.path
    configuration.projectionDim = 8
    configuration.skipPreconditioners = true
    return configuration
  }

  private func file(_ name: String, _ text: String) throws -> String {
    let url = scratch.url.appendingPathComponent(name)
    try Data(text.utf8).write(to: url)
    return url.path
  }

  /// Runs a build that has to fail, and checks that nothing is left of it.
  private func failure(_ change: (inout IndexConfig) throws -> Void) throws -> String {
    var configuration = configuration()
    try change(&configuration)
    let error = #expect(throws: (any Error).self) {
      try BuildPipeline(configuration, PreprocessConfig()).run(RunContext())
    }
    for left in [run.path, run.path + ".part"] { #expect(!FileManager.default.fileExists(atPath: left), "\(left)") }
    return error.map { "\($0)" } ?? ""
  }

  /// The fixture's model with some files changed; nil removes one.
  private func model(_ changes: [String: Data?]) throws -> String {
    let copy = scratch.url.appendingPathComponent("model-\(UUID().uuidString)")
    try FileManager.default.copyItem(atPath: FixtureSet.gptNeoX.path("model"), toPath: copy.path)
    for (name, data) in changes {
      let url = copy.appendingPathComponent(name)
      try FileManager.default.removeItem(at: url)
      try data?.write(to: url)
    }
    return copy.path
  }

  @Test func modelsThatAreNoneAreNamed() throws {
    #expect(try failure { $0.model = "no/such" }.contains("no model directory at 'no/such'"))
    let unknown = try model(["config.json": Data(#"{"model_type": "mamba"}"#.utf8)])
    let text = try failure { $0.model = unknown }
    #expect(text.contains("mamba") && text.contains("gpt_neox") && text.contains("config.json"))
    let untokenized = try model(["tokenizer.json": nil])
    #expect(try failure { $0.model = untokenized }.contains("tokenizer.json"))
    let weights = try Data(contentsOf: URL(fileURLWithPath: FixtureSet.gptNeoX.path("model/model.safetensors")))
    let truncated = try model(["model.safetensors": weights.prefix(weights.count / 2)])
    #expect(try failure { $0.model = truncated }.contains("model.safetensors"))
  }

  @Test func dataThatCannotBeReadIsNamedWithItsLine() throws {
    let malformed = try file("bad.jsonl", "{\"text\": \"fine, this one\"}\n{\"text\": oops}\n")
    let text = try failure { $0.data.dataset = malformed }
    #expect(text.contains("bad.jsonl") && text.contains("2"))
    let empty = try file("empty.jsonl", "\n")
    #expect(try failure { $0.data.dataset = empty }.contains("empty.jsonl"))
    let missing = try failure { $0.data.promptColumn = "body" }
    #expect(missing.contains("body") && missing.contains("--prompt_column") && missing.contains("text"))
    #expect(try failure { $0.data.dataset = "no/such.jsonl" }.contains("no/such.jsonl"))
  }

  @Test func aDocumentOverTheBudgetIsRefusedWithTheCure() throws {
    let text = try failure { $0.tokenBatchSize = 24 }
    #expect(text.contains("line 1") && text.contains("57 tokens") && text.contains("--truncation"))
  }

  @Test func aProjectionLargerThanAnyMemoryIsRefused() throws {
    let text = try failure { $0.projectionDim = 100_000_000_000 }
    #expect(text.contains("--projection_dim 100000000000"))
  }

  @Test func theFirstDocumentThatFailsIsNamedWhoeverHadIt() throws {
    // Documents 0, 1, 2, ... are all over a budget of 2 tokens.
    for _ in 0..<20 {
      let text = try failure { ($0.tokenBatchSize, $0.workers) = (2, 4) }
      #expect(text.contains("line 1:"))
    }
  }

  @Test func conversationsWithoutAChatTemplateAreRefused() throws {
    let settings = Data(#"{"eos_token": "<|endoftext|>"}"#.utf8)
    let plain = try model(["tokenizer_config.json": settings])
    let text = try failure {
      $0.model = plain
      $0.data.dataset = FixtureSet.gptNeoX.path("conversation.jsonl")
      $0.data.conversationColumn = "messages"
    }
    #expect(text.contains("no chat template to write the conversations of 'messages' with"))
  }

  @Test func chunksThatCannotBeMadeAreRefused() throws {
    #expect(
      try failure { $0.data.chunkLength = 1 }.contains("a chunk has from 2 to 256 tokens, the most that the model"))
    #expect(try failure { $0.data.chunkLength = 257 }.contains("a chunk has from 2 to 256 tokens"))
    let budget = try failure { ($0.data.chunkLength, $0.tokenBatchSize) = (33, 32) }
    #expect(
      budget.contains("--chunk_length 33") && budget.contains("from 2 to 32 tokens, the most that --token_batch_size"))
    let short = try file("short.jsonl", #"{"text": "ok"}"# + "\n" + #"{"text": " "}"#)
    #expect(
      try failure { ($0.data.dataset, $0.data.chunkLength) = (short, 9) }.contains("--chunk_length 9: all documents"))
    let endless = try model(["tokenizer_config.json": Data("{}".utf8)])
    #expect(try failure { ($0.model, $0.data.chunkLength) = (endless, 9) }.contains("add 'eos_token'"))
  }

  @Test func anExistingRunIsKept() throws {
    _ = try BuildPipeline(configuration(), PreprocessConfig()).run(RunContext())
    let before = try Data(contentsOf: run.appendingPathComponent("gradients.bin"))
    #expect(throws: RunDirectoryError.exists(path: run.path)) {
      try BuildPipeline(configuration(), PreprocessConfig()).run(RunContext())
    }
    // A run that would replace it and fails leaves it as it was.
    var replacing = configuration()
    (replacing.overwrite, replacing.tokenBatchSize) = (true, 24)
    #expect(throws: TokenizationError.self) { try BuildPipeline(replacing, PreprocessConfig()).run(RunContext()) }
    #expect(try Data(contentsOf: run.appendingPathComponent("gradients.bin")) == before)
    replacing.tokenBatchSize = 2048
    _ = try BuildPipeline(replacing, PreprocessConfig()).run(RunContext())
  }

  @Test func anotherRecipeIsRefusedWithFieldAndBothValues() throws {
    var queries = configuration()
    queries.data.dataset = FixtureSet.gptNeoX.path("query.jsonl")
    queries.runPath = scratch.url.appendingPathComponent("queries").path
    _ = try BuildPipeline(queries, PreprocessConfig()).run(RunContext())
    var score = ScoreConfig()
    score.queryPath = queries.runPath
    func attempt(_ change: (inout IndexConfig, inout PreprocessConfig) -> Void) -> RecipeMismatch? {
      var (index, preprocess) = (configuration(), PreprocessConfig())
      change(&index, &preprocess)
      return #expect(throws: RecipeMismatch.self) {
        try ScorePipeline(
          score, index, preprocess, queries: .init(preprocess: PreprocessConfig(), data: queries.data)
        ).run(RunContext())
      }
    }
    let dimension = attempt { index, _ in index.projectionDim = 4 }
    #expect(dimension?.field == "projection_dim" && dimension?.here == "4" && dimension?.there == "8")
    #expect(dimension.map { "\($0)".contains(queries.runPath) } == true)
    #expect(attempt { index, _ in index.projectionSeed = 1 }?.field == "projection_seed")
    let hessian = FixtureSet.gptNeoX.path("expected_v2/hessian_autocorrelation_bias")
    #expect(attempt { _, preprocess in preprocess.preconditionerPath = hessian }?.role == "preconditioner")
    #expect(!FileManager.default.fileExists(atPath: run.path))
  }

  @Test func preconditionedQueriesInBlocksAreRefused() throws {
    var score = ScoreConfig()
    score.queryPath = FixtureSet.gptNeoX.path("expected_v2/query_p_small")
    score.queryBatchSize = 3
    var preprocess = PreprocessConfig()
    preprocess.preconditionerPath = FixtureSet.gptNeoX.path("expected_v2/hessian_autocorrelation")
    #expect(throws: QueryGradientsError.preconditionedInBlocks(queries: 4, blockSize: 3)) {
      try ScorePipeline(
        score, configuration(), preprocess, queries: .init(preprocess: PreprocessConfig(), data: DataConfig())
      ).run(RunContext())
    }
  }

  @Test func aCancelledRunLeavesNothing() throws {
    var configuration = configuration()
    configuration.maxBatchSize = 1
    let batches = Atomic(0)
    let context = RunContext(
      progress: { _ in batches.add(1, ordering: .relaxed) },
      isCancelled: { batches.load(ordering: .relaxed) >= 3 })
    #expect(throws: CancellationError.self) {
      try BuildPipeline(configuration, PreprocessConfig()).run(context)
    }
    #expect(batches.load(ordering: .relaxed) < 16)
    for left in [run.path, run.path + ".part"] { #expect(!FileManager.default.fileExists(atPath: left)) }
  }

  private struct Broken: Error {}

  /// Waits for its turn like a sum does, and fails at one batch.
  private final class BrokenSink: GradientSink {
    let turn = Turnstile()

    func consume(_ batch: GradientBatch) throws {
      if batch.index == 3 { throw Broken() }
      try turn.perform(batch.index) {}
    }

    func abandon() { turn.abandon() }
  }

  @Test func aSinkThatFailsEndsThePassWithItsError() throws {
    var configuration = configuration()
    (configuration.maxBatchSize, configuration.workers) = (1, 4)
    let inputs = try CollectionInputs(configuration, RunContext())
    #expect(throws: Broken.self) {
      try inputs.pass().run(RunContext(), stage: "test", sinks: [BrokenSink()])
    }
  }
}
