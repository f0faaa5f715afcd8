import Foundation
import Testing

@testable import Engine

/// Runs with a row per token: what they share with runs over documents.
struct TokenRowsTests {
  private let fixture: PipelineFixture

  init() throws { fixture = try PipelineFixture() }

  /// Documents of many, one and no tokens.
  private static let texts = [
    "The quick brown fox jumps over the lazy dog.", "x", "She sells sea shells by the sea shore.", "", "one two three",
  ]

  private func configuration(_ run: String, tokens: Bool, _ change: (inout IndexConfig) -> Void = { _ in }) throws
    -> IndexConfig
  {
    let data = try fixture.data(Self.texts)
    return fixture.configuration(run) {
      $0.data.dataset = data
      $0.attributeTokens = tokens
      change(&$0)
    }
  }

  @Test func theAutocorrelationIsDividedByTheNumberOfRows() throws {
    for (run, sample) in [("all", nil), ("some", 3)] as [(String, Int?)] {
      try fixture.build(configuration(run, tokens: true) { $0.statsSampleSize = sample })
      let index = try GradientIndex(opening: fixture.url(run))
      let rows = try #require(try index.tokenOffsets())[sample ?? Self.texts.count]
      #expect(rows > 10 && (sample != nil) == (rows < index.rowCount))
      var values = [Float](repeating: 0, count: rows * index.rowWidth)
      index.readRows(0..<rows, into: &values)
      let hessian = try AutocorrelationHessian(directory: fixture.url(run))
      #expect(hessian.documentCount == rows)
      for block in hessian.blocks {
        let start = try #require(try index.columns(of: [block.name]).first).lowerBound
        let n = block.matrix.order
        // G [rows, n]; H = GᵀG / rows
        let own = DoubleMatrix(rows, n) { Double(values[$0 * index.rowWidth + start + $1]) }
        let expected = (1 / Double(rows)) * (own.transposed * own)
        #expect(relativeDistance(block.matrix.values.map(Float.init), expected.values) < 1e-6, "\(block.name)")
      }
    }
  }

  @Test func workersAndPartsChangeNoByte() throws {
    for workers in [1, 2] { try fixture.build(configuration("run\(workers)", tokens: true) { $0.workers = workers }) }
    for file in ["gradients.bin", "offsets.npy", "hessians.safetensors"] {
      #expect(try fixture.bytes("run1", file) == fixture.bytes("run2", file), "\(file)")
    }
  }

  @Test func documentsAreRankedByTheSumsOfTheirTokensScores() throws {
    try fixture.build(configuration("queries", tokens: false))
    let documents = try fixture.score("queries", configuration("documents", tokens: false))
    let tokens = try fixture.score("queries", configuration("tokens", tokens: true))
    let (one, other) = (try #require(documents.summary), try #require(tokens.summary))
    #expect(one.top.count == Self.texts.count && one.top[0].count == 3)
    for (hits, own) in zip(one.top + one.bottom, other.top + other.bottom) {
      #expect(hits.map(\.row) == own.map(\.row))
      for (hit, ownHit) in zip(hits, own) { #expect(abs(hit.score - ownHit.score) < 1e-4 * max(1, abs(hit.score))) }
    }
    #expect(one.histogram?.counts.reduce(0, +) == other.histogram?.counts.reduce(0, +))
    let file = try ScoreFile(opening: fixture.url("tokens"))
    let rows = try file.documentRows()
    #expect(rows.count == Self.texts.count && rows[1].isEmpty && rows[3].isEmpty)
    let sums = file.documentScores(rows, query: 2)
    #expect(sums[1] == 0 && sums[2] > 0)
    file.forEachDocument(rows) { document, values in
      #expect(values.map { $0[2] } == (rows[document].isEmpty ? nil : sums[document]))
    }
  }

  @Test func candidatesOfTokenScoresAreDocuments() throws {
    try fixture.build(configuration("queries", tokens: false))
    _ = try fixture.score("queries", configuration("tokens", tokens: true))
    let first = fixture.url("tokens").path
    _ = try fixture.score("queries", configuration("candidates", tokens: true)) {
      $0.candidates.scores = first
      $0.candidates.topK = 1
    }
    let candidates = try NumPyArray<Int64>(
      contentsOf: fixture.url("candidates").appendingPathComponent("candidates.npy"))
    let (all, some) = (try ScoreFile(opening: fixture.url("tokens")), try ScoreFile(opening: fixture.url("candidates")))
    let (allRows, someRows) = (try all.documentRows(), try some.documentRows())
    #expect(someRows.count == candidates.values.count && someRows.count < allRows.count)
    for (position, document) in candidates.values.map(Int.init).enumerated() {
      #expect(someRows[position].count == allRows[document].count)
      for (row, original) in zip(someRows[position], allRows[document]) {
        #expect(abs(some.scores(query: 0)[row] - all.scores(query: 0)[original]) < 1e-3)
      }
    }
  }

  /// A document's gradient is the sum of its tokens', so both indexes give the same answer.
  @Test(arguments: [true, false]) func aTokenIndexAnswersAsOneOfDocuments(unitNorm: Bool) throws {
    let answers = try [false, true].map { tokens -> QuerySession.Answer in
      let collection = try configuration("index\(tokens)", tokens: tokens)
      try fixture.build(collection)
      var query = QueryConfig()
      query.index = collection.runPath
      query.unitNorm = unitNorm
      return try QuerySession(query, collection: collection, stored: PreprocessConfig()).ask(Self.texts[2])
    }
    #expect(answers[0].top.count == 3)
    for (hit, own) in zip(answers[0].top + answers[0].bottom, answers[1].top + answers[1].bottom) {
      #expect(hit.row == own.row && hit.text == own.text)
      #expect(abs(hit.score - own.score) < 1e-4 * max(1, abs(hit.score)))
      let tokens = try #require(own.tokens)
      #expect(hit.tokens == nil)
      // All tokens but the last, which predicts nothing.
      #expect(own.text.hasPrefix(tokens.map(\.token).joined()) && tokens.count > 3)
      let sum = tokens.reduce(0) { $0 + $1.score }
      #expect(abs(sum - own.score) < 1e-4 * max(1, abs(own.score)))
    }
  }

  /// Also with a preconditioner on both sides, and where the rows that are stored are cosines already.
  @Test(arguments: [true, false]) func tokensSumToTheirDocuments(stored: Bool) throws {
    var preprocess = PreprocessConfig()
    preprocess.unitNormalize = stored
    let collection = try configuration("index", tokens: true)
    try fixture.build(collection, preprocess)
    var query = QueryConfig()
    query.index = collection.runPath
    query.preconditionerPath = stored ? nil : collection.runPath
    let answer = try QuerySession(query, collection: collection, stored: preprocess).ask(Self.texts[0])
    for hit in answer.top {
      let sum = try #require(hit.tokens).reduce(0) { $0 + $1.score }
      #expect(abs(sum - hit.score) < 1e-4 * max(1, abs(hit.score)))
    }
    #expect(answer.top[0].row == 0)
  }

  @Test func aDocumentThatHasChangedIsNamed() throws {
    let collection = try configuration("index", tokens: true)
    try fixture.build(collection)
    var texts = Self.texts
    texts[0] += " More."
    _ = try fixture.data(texts)
    var query = QueryConfig()
    query.index = collection.runPath
    let session = try QuerySession(query, collection: collection, stored: PreprocessConfig())
    let error = try #require(throws: QueryError.self) { try session.ask(Self.texts[0]) }
    #expect("\(error)".hasPrefix("row 0 of the data has "))
  }

  @Test func aTokenIsNoQuery() throws {
    try fixture.build(configuration("queries", tokens: true))
    #expect(throws: QueryGradientsError.tokenRows(path: fixture.url("queries").path)) {
      try fixture.score("queries", configuration("scores", tokens: true))
    }
    #expect(fixture.isGone("scores"))
  }
}
