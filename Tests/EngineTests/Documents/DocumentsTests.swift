import Foundation
import Testing

@testable import Engine

/// What becomes of weights and chunks in runs.
@Suite struct DocumentsTests {
  private let fixture: PipelineFixture

  init() throws { fixture = try PipelineFixture() }

  private static let texts = ["The quick brown fox jumps.", "She sells sea shells.", "one two three four five"]

  /// The texts with a weight each, as JSON or nothing.
  private func weighted(_ weights: [String?]) throws -> String {
    let lines = zip(Self.texts, weights).map { text, weight in
      weight.map { #"{"text": "\#(text)", "w": \#($0)}"# } ?? #"{"text": "\#(text)"}"#
    }
    let file = fixture.url("weighted.jsonl")
    try Data(lines.joined(separator: "\n").utf8).write(to: file)
    return file.path
  }

  private func key(_ outcome: RunOutcome) throws -> ArtifactKey {
    try #require(outcome.artifacts.first { $0.kind == "index" }).key
  }

  @Test(arguments: [LossReduction.sum, .mean]) func aWeightMultipliesLossAndGradient(reduction: LossReduction) throws {
    let data = try weighted(["2", "-0.5", "0"])
    func configuration(_ name: String, advantages: Bool) -> IndexConfig {
      fixture.configuration(name) {
        ($0.data.dataset, $0.lossReduction) = (data, reduction)
        if advantages { $0.data.advantageColumn = "w" }
      }
    }
    let plain = try fixture.build(configuration("plain", advantages: false))
    let outcome = try fixture.build(configuration("weighted", advantages: true))
    let (rows, width) = try fixture.rows("plain")
    let (own, _) = try fixture.rows("weighted")
    for (document, weight) in [Float(2), -0.5, 0].enumerated() {
      let range = document * width..<(document + 1) * width
      // Powers of two change no digit.
      #expect(own[range].elementsEqual(rows[range].map { weight * $0 }, by: ==), "document \(document)")
    }
    let columns = try ArrowDataset.read(
      ["loss", "advantage"], from: fixture.url("weighted").appendingPathComponent(ArrowDataset.folderName))
    let losses = try ArrowDataset.read(
      ["loss"], from: fixture.url("plain").appendingPathComponent(ArrowDataset.folderName))
    guard case .float32(let weightedLosses) = columns[0].values, case .float32(let plainLosses) = losses[0].values
    else {
      Issue.record("losses are float32")
      return
    }
    #expect(weightedLosses == zip(plainLosses, [2, -0.5, 0]).map { $0 * $1 })
    #expect(columns[1].values == .float64([2, -0.5, 0]))
    #expect(outcome.warnings.contains { $0.hasPrefix("1 document with a gradient of exactly zero: row 2") })
    #expect(try key(plain) != key(outcome))
    #expect(plain.datasets[0].digest != outcome.datasets[0].digest)
  }

  @Test func weightsOfOneAreAnotherDataSetWithTheSameRows() throws {
    let data = try weighted(["1", "1", "1"])
    try fixture.build(fixture.configuration("plain") { $0.data.dataset = data })
    try fixture.build(fixture.configuration("ones") { ($0.data.dataset, $0.data.advantageColumn) = (data, "w") })
    #expect(try fixture.rows("plain").values == fixture.rows("ones").values)
  }

  @Test func weightsDoNotReachKroneckerFactors() throws {
    let data = try weighted(["2", "-0.5", "0"])
    for (name, column) in [("plain", ""), ("weighed", "w")] {
      let configuration = fixture.configuration(name) {
        ($0.data.dataset, $0.data.advantageColumn, $0.workers) = (data, column, 1)
      }
      var hessian = HessianConfig()
      hessian.useDatasetLabels = true
      _ = try HessianPipeline(configuration, hessian).run(RunContext())
    }
    func factors(_ run: String) throws -> [[Float]] {
      let file = KroneckerFiles(fixture.url(run).appendingPathComponent("kfac")).file(.gradient)
      let tensors = try SafetensorsFile(file)
      return try tensors.names.sorted().map { try tensors.floats($0) }
    }
    let plain = try factors("plain")
    #expect(try factors("weighed") == plain && !plain.isEmpty)
  }

  @Test func documentsWithoutARewardAreLeftOutAndTheOthersKeepTheirNames() throws {
    let data = try weighted([nil, "3", "1"].map { $0 ?? "null" })
    let configuration = fixture.configuration("run") {
      ($0.data.dataset, $0.data.rewardColumn, $0.data.skipNaNRewards) = (data, "w", true)
      ($0.data.promptColumn) = "text"
    }
    let outcome = try fixture.build(configuration)
    // Each text is a prompt of its own, so that every reward is its group's mean.
    #expect(outcome.warnings.contains("1 document without a reward was left out"))
    #expect(outcome.warnings.contains { $0.hasPrefix("2 documents with a gradient of exactly zero: row 1, 2") })
    #expect(outcome.datasets[0].rows == 2)
  }

  @Test func hitsAreShownByTheirOwnTextWhereDocumentsWereLeftOut() throws {
    let data = try weighted(["null", "1", "-2"])
    let configuration = fixture.configuration("run") {
      ($0.data.dataset, $0.data.advantageColumn, $0.data.skipNaNRewards) = (data, "w", true)
    }
    try fixture.build(configuration)
    let session = try QuerySession(
      {
        var query = QueryConfig()
        query.index = configuration.runPath
        return query
      }(), collection: configuration,
      stored: PreprocessConfig())
    let answer = try session.ask(Self.texts[1])
    #expect(answer.top.first?.text == Self.texts[1] && abs((answer.top.first?.score ?? 0) - 1) < 1e-5)
    // Its loss counts negatively, so that it pushes away from its own text.
    #expect(try session.ask(Self.texts[2]).bottom.first?.text == Self.texts[2])
  }

  @Test func chunksAreStoredAndShown() throws {
    let data = try fixture.data(Self.texts + ["  \n", "six seven eight nine ten eleven twelve"])
    let configuration = fixture.configuration("chunks") { ($0.data.dataset, $0.data.chunkLength) = (data, 8) }
    let outcome = try fixture.build(configuration)
    #expect(outcome.warnings.contains("1 document without text is in no chunk"))
    let stored = try Dataset(path: fixture.url("chunks").appendingPathComponent(ArrowDataset.folderName).path)
    let tokenizer = try Tokenizer(directory: URL(fileURLWithPath: FixtureSet.gptNeoX.path("model")))
    let ids = try stored.rows.flatMap {
      try #require($0.columns["input_ids"]?.array).map { Int32(try #require($0.integer)) }
    }
    let text = (Self.texts + ["six seven eight nine ten eleven twelve"]).map { $0 + "<|endoftext|>" }.joined()
    #expect(ids.count % 8 == 0)
    #expect(text.hasPrefix(try tokenizer.decode(ids, skipSpecialTokens: false)))
    let documents = try stored.rows.flatMap { $0.columns["doc_ids"]?.array ?? [] }.map { $0.integer ?? -1 }
    #expect(Set(documents) == [0, 1, 2, 4] && documents == documents.sorted())

    var query = QueryConfig()
    query.index = configuration.runPath
    let hits = try QuerySession(query, collection: configuration, stored: PreprocessConfig()).ask("one two three").top
    #expect(hits.allSatisfy { text.contains($0.text) && !$0.text.isEmpty } && hits.count == 5)
  }

  @Test func chunksAsQueriesAndAsDocumentsAreShownByTheirText() throws {
    let data = try fixture.data(Self.texts)
    let configuration = fixture.configuration("queries") { ($0.data.dataset, $0.data.chunkLength) = (data, 6) }
    try fixture.build(configuration)
    var scored = configuration
    scored.runPath = fixture.url("scores").path
    let outcome = try fixture.score("queries", scored)
    let summary = try #require(outcome.summary)
    let whole = Self.texts.map { $0 + "<|endoftext|>" }.joined()
    #expect(summary.queries.count > 3 && summary.queries.allSatisfy { whole.contains($0.text) })
    #expect(summary.documents.count > 3 && summary.documents.allSatisfy { whole.contains($0.text) })
    scored.runPath = fixture.url("graded").path
    #expect(throws: EvaluationError.chunks) {
      try fixture.score("queries", scored) { $0.supportingColumn = "gold" }
    }
  }

  @Test func limitsCountRowsWhateverTheyAreMadeOf() throws {
    func documents(_ change: (inout IndexConfig) -> Void, limit: Int?) throws -> Documents {
      try CollectionInputs(fixture.configuration("run", change), RunContext(), limit: limit).documents
    }
    let all = try documents({ $0.data.chunkLength = 10 }, limit: nil)
    let some = try documents({ $0.data.chunkLength = 10 }, limit: 3)
    let rows = try all.tokens.rows
    #expect(try some.tokens.rows == Array(rows.prefix(3)))
    #expect(some.chunks == all.chunks.map { Array($0.prefix(3)) })
    let tiled = try documents({ ($0.data.chunkLength, $0.maxTokens) = (10, 45) }, limit: nil)
    #expect(try tiled.tokens.rows == Array(rows.prefix(4)))
    #expect(try tiled.records.rows.map(\.row) == [0, 1, 2, 3])
    let plain = try documents({ _ in }, limit: 2)
    #expect(plain.tokens.count == 2)
    #expect(try plain.records.rows.map(\.row) == [0, 1])
  }
}
