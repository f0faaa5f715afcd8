import Foundation
import Testing

@testable import Engine

/// Evaluations of score runs that were really made, and of score files that say what a test needs.
@Suite struct EvaluationPipelineTests {
  private let fixture: PipelineFixture
  private let texts = [
    "The quick brown fox", "A small village by the forest", "Bread needs flour and water", "Two people walked far",
  ]

  init() throws { fixture = try PipelineFixture() }

  /// Rows of a file with scores [documents][queries], as a run would leave them.
  private func write(_ scores: [[Float]], to name: String = "scores") throws {
    let directory = fixture.url(name)
    try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
    let writer = try ScoreFileWriter(in: directory, rowCount: scores.count, queryCount: scores[0].count)
    try writer.write(scores.flatMap(\.self), rows: Array(scores.indices), queries: 0..<scores[0].count)
    try writer.close()
  }

  private func configuration(_ measure: EvaluationMeasure) throws -> EvaluationConfig {
    var configuration = EvaluationConfig()
    configuration.measure = measure
    configuration.scores = fixture.url("scores").path
    if measure == .lds {
      configuration.bank = fixture.url("bank.json").path
      try Data(DatamodelingScoreTests.bankText.utf8).write(to: fixture.url("bank.json"))
    } else {
      configuration.supportingColumn = "gold"
    }
    return configuration
  }

  /// Documents and queries as files that nothing but the evaluation's own settings names.
  private func named(_ configuration: EvaluationConfig, gold: String = "[0]") throws -> EvaluationConfig {
    var configuration = configuration
    configuration.model = FixtureSet.gptNeoX.path("model")
    configuration.data.dataset = try fixture.data(texts)
    let queries = [#"{"text": "brown fox", "gold": \#(gold)}"#, #"{"text": "bread", "gold": [2, 3]}"#]
    try Data(queries.joined(separator: "\n").utf8).write(to: fixture.url("queries.jsonl"))
    configuration.query.dataset = fixture.url("queries.jsonl").path
    return configuration
  }

  private func value(
    _ result: EvaluationPipeline.Result, _ method: String, _ metric: String, _ k: Int? = nil
  ) -> Double? {
    result.outcome.summary?.evaluations.first { $0.method == method && $0.metric == metric && $0.k == k }?.value
  }

  private func methods(_ result: EvaluationPipeline.Result) -> [String] {
    var methods: [String] = []
    for evaluation in result.outcome.summary?.evaluations ?? [] where methods.last != evaluation.method {
      methods.append(evaluation.method)
    }
    return methods
  }

  private func refusal(_ configuration: EvaluationConfig, of run: EvaluationPipeline.ScoredRun? = nil) throws -> String
  {
    let error = #expect(throws: (any Error).self) {
      try EvaluationPipeline(configuration, of: run).evaluate(RunContext())
    }
    return "\(try #require(error))"
  }

  // MARK: Retraining

  /// The scores of `DatamodelingScoreTests`: 1 and 0.
  @Test func aScoreFileAndABankAreEnough() throws {
    try write([[3, 0], [1, 1], [0, 2], [-1, 0]])
    let result = try EvaluationPipeline(configuration(.lds), of: nil).evaluate(RunContext())
    #expect(methods(result) == ["attribution", "random", "ceiling"])
    #expect(try abs(#require(value(result, "attribution", "lds")) - 0.5) < 1e-12)
    #expect(try abs(#require(value(result, "ceiling", "lds")) - 0.75) < 1e-12)
    #expect(value(result, "random", "lds") == 0)
    #expect(result.queryValues["attribution"]?.count == 2)
    #expect(result.outcome.used.map(\.lastPathComponent) == ["scores.bin"])
    #expect(result.outcome.metrics.contains(RunOutcome.Metric("bootstrapSeed", 20_240_229, "")))
    #expect(result.outcome.warnings == [])
  }

  @Test func textSearchStandsBesideWhereTheDataAreKnown() throws {
    try write([[3, 0], [1, 1], [0, 2], [-1, 0]])
    let result = try EvaluationPipeline(named(configuration(.lds)), of: nil).evaluate(RunContext())
    #expect(methods(result) == ["attribution", "bm25", "random", "ceiling"])
    // "brown fox" is in document 0 alone: sums x, 0, 0 have the ranks 3, 1.5, 1.5 beside 3, 2, 1: 1.5 / sqrt(1.5 * 2).
    #expect(try abs(#require(result.queryValues["bm25"])[0] - 0.75.squareRoot()) < 1e-12)
  }

  @Test func rowsAreThoseOfTheFileWhateverSplitWasScored() throws {
    // The split begins with the last document: scores of rows 3, 0, 1, 2.
    try write([[-1, 0], [3, 0], [1, 1], [0, 2]])
    var configuration = try named(configuration(.lds))
    configuration.data.split = "train[3:]+train[:3]"
    configuration.query.split = "train"
    let result = try EvaluationPipeline(configuration, of: nil).evaluate(RunContext())
    #expect(try abs(#require(value(result, "attribution", "lds")) - 0.5) < 1e-12)

    configuration.data.split = "train[:3]"
    try write([[3, 0], [1, 1], [0, 2]], to: "some")
    configuration.scores = fixture.url("some").path
    #expect(try refusal(configuration).contains("subset 2 of the bank keeps row 3, which was not scored"))
  }

  @Test func queriesAreThoseOfTheFileWhateverSplitWasScored() throws {
    try write([[0], [1], [2], [0]])
    var configuration = try named(configuration(.lds))
    configuration.query.split = "train[1:]"
    let result = try EvaluationPipeline(configuration, of: nil).evaluate(RunContext())
    #expect(try abs(#require(value(result, "attribution", "lds"))) < 1e-12)
    #expect(result.outcome.summary?.evaluations.first?.queries == 1)
  }

  @Test func lossAndGradientNormComeFromAnIndex() throws {
    try fixture.build(fixture.configuration("index") { $0.data.dataset = try! fixture.data(texts) })
    try write([[3, 0], [1, 1], [0, 2], [-1, 0]])
    var configuration = try configuration(.lds)
    configuration.index = fixture.url("index").path
    let result = try EvaluationPipeline(configuration, of: nil).evaluate(RunContext())
    #expect(methods(result) == ["attribution", "loss", "gradientNorm", "random", "ceiling"])
    let (rows, width) = try fixture.rows("index")
    let norms = (0..<4).map { row in
      rows[row * width..<(row + 1) * width].reduce(0.0) { $0 + Double($1) * Double($1) }.squareRoot()
    }
    let bank = try DatamodelingScoreTests.bank()
    for query in 0..<2 {
      let expected = Spearman.correlation(
        bank.subsets.map { $0.reduce(0) { $0 + norms[$1] } }, bank.meanLosses(query: query).map { -$0 })
      #expect(try abs(#require(result.queryValues["gradientNorm"])[query] - #require(expected)) < 1e-12)
    }
    #expect(result.outcome.used.map(\.lastPathComponent) == ["scores.bin", "gradients.bin"])
  }

  @Test func rowsOfLengthOneAreNoNorms() throws {
    var preprocess = PreprocessConfig()
    preprocess.unitNormalize = true
    try fixture.build(fixture.configuration("index") { $0.data.dataset = try! fixture.data(texts) }, preprocess)
    try write([[3, 0], [1, 1], [0, 2], [-1, 0]])
    var configuration = try configuration(.lds)
    configuration.index = fixture.url("index").path
    let result = try EvaluationPipeline(configuration, of: nil).evaluate(RunContext())
    #expect(methods(result) == ["attribution", "loss", "random", "ceiling"])
    #expect(result.outcome.warnings.contains { $0.contains("'gradientNorm' is left out") })
  }

  @Test func anIndexOfOtherDocumentsIsRefused() throws {
    try fixture.build(fixture.configuration("index") { $0.data.split = "train[:3]" })
    try write([[3, 0], [1, 1], [0, 2], [-1, 0]])
    var configuration = try configuration(.lds)
    configuration.index = fixture.url("index").path
    #expect(try refusal(configuration).contains("has 3 documents and 4 were scored"))
  }

  @Test func scoresOfOtherQueriesThanTheBanksAreRefused() throws {
    try write([[3], [1], [0], [-1]])
    #expect(try refusal(configuration(.lds)).contains("the bank has losses of 2 queries, the run has scores for 1"))
  }

  @Test func aScoreThatIsNoNumberIsRefused() throws {
    try write([[3, 0], [1, .nan], [0, 2], [-1, 0]])
    #expect(try refusal(configuration(.lds)).contains("the score of row 1 for query 1 is nan"))
  }

  @Test func scoresOfNothingCountAsZeroAndAreSpokenOf() throws {
    try write([[3, 0], [1, 0], [0, 0], [-1, 0]])
    let result = try EvaluationPipeline(configuration(.lds), of: nil).evaluate(RunContext())
    #expect(try abs(#require(value(result, "attribution", "lds")) - 0.5) < 1e-12)
    #expect(result.outcome.warnings.count == 1 && result.outcome.warnings[0].contains("of 1 queries the scores"))
  }

  // MARK: Recall

  @Test func recallIsWorkedOutForFilesThatFlagsName() throws {
    // Query 0 has its document first; query 1 its documents second and last.
    try write([[3, 5], [1, 2], [0, 3], [-1, 1]])
    let result = try EvaluationPipeline(named(configuration(.recall)), of: nil).evaluate(RunContext())
    #expect(methods(result) == ["attribution", "bm25", "random"])
    #expect(value(result, "attribution", "recall", 1) == 0.5 && value(result, "attribution", "recall", 5) == 1)
    #expect(value(result, "attribution", "found", 1) == 0.5 && value(result, "attribution", "found", 5) == 1)
    #expect(value(result, "attribution", "meanReciprocalRank") == 0.75)
    #expect(value(result, "bm25", "recall", 1) == 1)
    #expect(try abs(#require(value(result, "random", "found", 1)) - 0.25) < 1e-12)
    #expect(value(result, "random", "found", 5) == 1)
  }

  @Test func recallIsThatOfTheScoreRunItself() throws {
    let configuration = try named(configuration(.recall))
    let documents = fixture.configuration("scores") { $0.data = configuration.data }
    let queries = fixture.configuration("queries") { $0.data = configuration.query }
    try fixture.build(queries)
    let scored = try fixture.score("queries", documents, queryData: configuration.query.dataset) {
      $0.supportingColumn = "gold"
    }
    var score = ScoreConfig()
    score.queryPath = queries.runPath
    var plain = configuration
    (plain.data, plain.query, plain.model) = (.unknown, .unknown, "")
    let run = EvaluationPipeline.ScoredRun(
      score: score, index: documents, preprocess: PreprocessConfig(),
      queries: .init(preprocess: PreprocessConfig(), data: queries.data))
    let result = try EvaluationPipeline(plain, of: run).evaluate(RunContext())
    let evaluations = try #require(result.outcome.summary?.evaluations)
    let expected = try #require(scored.summary?.evaluations)
    #expect(expected.count == 3 * 5)
    for evaluation in expected { #expect(evaluations.contains(evaluation), "\(evaluation)") }
  }

  @Test func aQueryWithNothingToFindDoesNotCount() throws {
    try write([[3, 5], [1, 2], [0, 3], [-1, 1]])
    let result = try EvaluationPipeline(named(configuration(.recall), gold: "[8]"), of: nil).evaluate(RunContext())
    #expect(result.outcome.summary?.evaluations.allSatisfy { $0.queries == 1 } == true)
    #expect(result.outcome.warnings.contains { $0.hasPrefix("1 of 2 queries have no supporting document") })
  }

  @Test func candidatesAreTheRowsThatTheyWere() throws {
    try write([[3, 1], [1, 5]])
    try NumPyArray<Int64>(shape: [2], values: [0, 3])
      .write(to: fixture.url("scores").appendingPathComponent("candidates.npy"))
    let result = try EvaluationPipeline(named(configuration(.recall)), of: nil).evaluate(RunContext())
    // Of query 1's documents 2 and 3 only 3 was scored, and it is first.
    #expect(value(result, "attribution", "meanReciprocalRank") == 1)

    let beyond = fixture.url("scores").appendingPathComponent("candidates.npy")
    try FileManager.default.removeItem(at: beyond)
    try NumPyArray<Int64>(shape: [2], values: [0, 4]).write(to: beyond)
    #expect(try refusal(named(configuration(.recall))).contains("the run scored row 4"))
  }

  @Test func notANumberIsRankedLastAndSpokenOf() throws {
    try write([[.nan, 5], [1, 2], [0, 3], [-1, 1]])
    let result = try EvaluationPipeline(named(configuration(.recall)), of: nil).evaluate(RunContext())
    #expect(value(result, "attribution", "meanReciprocalRank") == (0.25 + 0.5) / 2)
    #expect(result.outcome.warnings.contains { $0.hasPrefix("1 scores are NaN") })
  }

  @Test func dataThatHaveOtherRowsAreRefused() throws {
    try write([[3, 5], [1, 2], [0, 3]])
    #expect(try refusal(named(configuration(.recall))).contains("has 4 rows and there are 3 scores"))
    try write([[3], [1], [0], [2]], to: "scores4")
    var configuration = try named(configuration(.recall))
    configuration.scores = fixture.url("scores4").path
    #expect(try refusal(configuration).contains("needs a score for every query, this run has 1"))
  }

  @Test func whatNobodySaysIsAskedForByItsFlag() throws {
    try write([[3, 5], [1, 2], [0, 3], [-1, 1]])
    var configuration = try named(configuration(.recall))
    configuration.query = .unknown
    #expect(try refusal(configuration).contains("--query.dataset"))
    configuration.data = .unknown
    #expect(try refusal(configuration).contains("--data.dataset"))
    configuration.model = ""
    #expect(try refusal(configuration).contains("--model"))
  }

  @Test func aggregatesAreRefused() throws {
    try write([[3, 5], [1, 2], [0, 3], [-1, 1]])
    var run = EvaluationPipeline.ScoredRun(
      score: ScoreConfig(), index: fixture.configuration("x"), preprocess: PreprocessConfig(), queries: nil)
    run.score.score = .nearest
    #expect(try refusal(configuration(.lds), of: run).contains("of the nearest query"))
    run.score.score = .individual
    run.preprocess.aggregation = .mean
    #expect(try refusal(configuration(.lds), of: run).contains("of an aggregate"))
    run.preprocess.aggregation = .none
    var queries = ScorePipeline.QueryRun(preprocess: PreprocessConfig(), data: DataConfig())
    queries.preprocess.aggregation = .sum
    run.queries = queries
    #expect(try refusal(configuration(.recall), of: run).contains("of an aggregate"))
  }
}
