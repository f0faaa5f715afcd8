import Catalog
import Foundation
import Testing

@testable import Reports

/// The repository around this file.
enum Repository {
  static let root = URL(filePath: #filePath).appending(path: "../../..").standardizedFileURL
  static let templates = root.appending(path: "templates")
}

/// A directory that is removed with the last reference to it.
final class TemporaryDirectory: Sendable {
  let url: URL

  init() throws {
    url = URL(filePath: NSTemporaryDirectory()).appending(path: "bergson-reports-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
  }

  deinit {
    // Nothing can be done about a directory that will not go, and no claim of a test depends on it.
    try? FileManager.default.removeItem(at: url)
  }

  @discardableResult
  func write(_ text: String, to path: String) throws -> URL {
    let file = url.appending(path: path)
    try FileManager.default.createDirectory(
      at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
    try text.write(to: file, atomically: true, encoding: .utf8)
    return file
  }
}

/// Runs that never were, in a catalog that vanishes.
struct FabricatedRun {
  var results = RunResults()
  var publication = Publication()
  static let configYAML = """
    steps:
    - score:
        index_cfg:
          projection_dim: 16
        preprocess_cfg:
          unit_normalize: true
          hessian_path: /runs/value/preconditioner
          inversion_cfg:
            inversion: damped_inverse
        score_cfg:
          score: individual
    """
  let catalog: RunCatalog
  let run: RunRecord

  init(
    name: String? = "facts-cosine", command: String = "score", configYAML: String = Self.configYAML
  ) throws {
    catalog = try RunCatalog.inMemory()
    run = try catalog.register(
      RunRegistration(
        command: command, name: name, path: "/runs/facts", configYAML: configYAML,
        commandLine: ["bergson", command, "runs/facts", "--query.dataset", "it's 2 queries.jsonl"],
        workingDirectory: "/work", version: "1.0.0", kernels: "Haswell", processorModel: "Example CPU",
        coreCount: 2))
  }

  /// What the catalog has about the run after it ended.
  func finished() throws -> (RunDetails, Publication) {
    try catalog.publish(publication)
    try catalog.finish(run.id, results: results)
    return (try catalog.details(of: run.id), try catalog.publication(of: run.id))
  }

  func document(options: ReportOptions = ReportOptions()) throws -> ReportDocument {
    let (details, publication) = try finished()
    return try ReportBuilder(details, publication, options: options).document()
  }

  // MARK: - Contents

  /// 64 digits that tell seeds apart.
  static func hexadecimal(_ seed: Int) -> String {
    var state = UInt64(seed + 1)
    let words = (0..<4).map { _ in
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      let digits = String(state, radix: 16)
      return String(repeating: "0", count: 16 - digits.count) + digits
    }
    return words.joined()
  }

  mutating func add(query text: String, loss: Double? = 2.5) -> Int {
    let position = publication.queries.count
    publication.queries.append(
      AttributionQueryRecord(runID: run.id, position: position, text: text, row: position + 100, loss: loss))
    return position
  }

  mutating func add(document text: String, row: Int, excerptLimit: Int = 1_000_000) {
    publication.documents.append(
      DocumentRecord(
        runID: run.id, row: row, fullText: text, digest: Self.hexadecimal(row), excerptLimit: excerptLimit))
  }

  mutating func add(
    hits scores: [(row: Int, score: Double)], _ direction: AttributionHitRecord.Direction, to query: Int
  ) {
    for (offset, hit) in scores.enumerated() {
      publication.hits.append(
        AttributionHitRecord(
          runID: run.id, queryPosition: query, direction: direction, rank: offset + 1, row: hit.row,
          score: hit.score))
    }
  }

  mutating func add(histogram counts: [Int], from lower: Double, to upper: Double) {
    let width = (upper - lower) / Double(counts.count)
    for (bin, count) in counts.enumerated() {
      publication.histograms.append(
        ScoreHistogramRecord(
          runID: run.id, queryPosition: nil, bin: bin, lowerBound: lower + Double(bin) * width,
          upperBound: lower + Double(bin + 1) * width, count: count))
    }
  }

  mutating func add(
    evaluation method: String, metric: String = "meanReciprocalRank", k: Int? = nil, _ value: Double,
    _ bounds: ClosedRange<Double>? = nil, queryCount: Int = 24
  ) {
    publication.evaluations.append(
      EvaluationRecord(
        runID: run.id, method: method, metric: metric, k: k, value: value, lowerBound: bounds?.lowerBound,
        upperBound: bounds?.upperBound, queryCount: queryCount))
  }

  /// A run with something in every section.
  static func complete() throws -> FabricatedRun {
    var run = try FabricatedRun()
    let id = run.run.id
    run.results.models = [
      RunModelRecord(
        runID: id, path: "/models/gpt2", hubRevision: "607a30d783dfa663caf39e06633721c8d4cfcd7e",
        weightsDigest: hexadecimal(1), tokenizerDigest: hexadecimal(2), architecture: "gpt2",
        parameterCount: 124_439_808, attributedParameterCount: 84_934_656, precision: "fp32")
    ]
    run.results.datasets = [
      RunDatasetRecord(
        runID: id, role: .data, path: "/data/facts.jsonl", split: "train", digest: hexadecimal(3),
        rowCount: 10_000, tokenCount: 1_234_567),
      RunDatasetRecord(
        runID: id, role: .query, path: "/data/queries.jsonl", split: "test", digest: hexadecimal(4), rowCount: 24,
        tokenCount: 480),
    ]
    run.results.metrics = [
      MetricRecord(runID: id, name: "tokensPerSecond", value: 15_230.4, unit: "tokens/s"),
      MetricRecord(runID: id, name: "peakMemory", value: 1_610_612_736, unit: "bytes"),
      MetricRecord(runID: id, name: "wallTime", value: 83.2, unit: "s"),
      MetricRecord(runID: id, name: "attributedShare", value: 0.6825, unit: "share"),
      MetricRecord(runID: id, name: "skippedRows", value: 3, unit: "rows"),
    ]
    run.results.produced = [
      NewArtifact(
        kind: "scores", path: "/runs/facts/scores", bytes: 960_000, digest: hexadecimal(5),
        key: .init(digest: hexadecimal(6), ingredients: ["projection_dim": "16"]),
        formatVersion: 1)
    ]
    run.results.warnings = ["3 rows had no tokens and were skipped", "Gradients of 4 documents are zero"]

    let first = run.add(query: "The Eiffel Tower is in the city of", loss: 1.234_56)
    let second = run.add(query: "Who wrote \"Les Misérables\"?", loss: nil)
    _ = run.add(query: "Water boils at")
    run.add(document: "The Eiffel Tower stands on the Champ de Mars in Paris.", row: 17)
    run.add(
      document: String(repeating: "Paris is the capital of France, and its towers are many. ", count: 12), row: 4021,
      excerptLimit: 400)
    run.add(document: "def tower(n):\n\treturn [\"#\" * k for k in range(n)]\n", row: 900)
    run.add(document: "Blackpool Tower is in Lancashire.", row: 5)
    run.add(hits: [(17, 0.412_34), (4021, 0.098_765), (77, 0.001_234_5)], .top, to: first)
    run.add(hits: [(5, -0.301_2), (900, -0.000_012)], .bottom, to: first)
    run.add(hits: [(900, 0.2), (17, 0.1)], .top, to: second)
    run.add(hits: [(5, 0.000_5), (4021, 0.01)], .bottom, to: second)
    run.add(histogram: [1, 0, 12, 340, 21_000, 48_000, 2_500, 120, 8, 1], from: -0.4, to: 0.5)
    run.add(evaluation: "gradients", metric: "recall", k: 1, 0.458_3, 0.291_7...0.666_7)
    run.add(evaluation: "gradients", metric: "recall", k: 10, 0.875, 0.708_3...1)
    run.add(evaluation: "gradients", 0.583_21, 0.42...0.75)
    run.add(evaluation: "bm25", metric: "recall", k: 1, 0.083_3, 0...0.208_3)
    run.add(evaluation: "bm25", metric: "recall", k: 10, 0.333_3, 0.166_7...0.541_7)
    run.add(evaluation: "bm25", 0.161_9, 0.07...0.28)
    run.add(evaluation: "random", metric: "recall", k: 1, 0.000_1)
    run.add(evaluation: "random", metric: "recall", k: 10, 0.001)
    run.add(evaluation: "random", 0.000_978_8)
    return run
  }
}

/// The committed form of a report, compared with what is rendered now.
enum Snapshot {
  /// What differs between runs and machines is named instead.
  static func filtered(_ text: String, of run: RunRecord) -> String {
    var text = text
    for (found, name) in [
      (run.id, "[RUN]"), (run.host, "[HOST]"),
      ("User</bdi></th><td><bdi>\(run.userName)<", "User</bdi></th><td><bdi>[USER]<"),
      ("| User | \(run.userName) |", "| User | [USER] |"),
    ] {
      text = text.replacing(found, with: name)
    }
    text = text.replacing(/\d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC/, with: "[TIME]")
    return text.replacing(Repository.root.path, with: "[PATH]")
  }

  /// Compares, or writes the file when `RECORD_SNAPSHOTS` is set.
  static func check(_ text: String, _ name: String, sourceLocation: SourceLocation = #_sourceLocation) throws {
    let file = Repository.root.appending(path: "Tests/ReportsTests/Snapshots/\(name)")
    if ProcessInfo.processInfo.environment["RECORD_SNAPSHOTS"] != nil {
      try text.write(to: file, atomically: true, encoding: .utf8)
      return
    }
    let recorded = try String(contentsOf: file, encoding: .utf8)
    let lines = (
      recorded.split(separator: "\n", omittingEmptySubsequences: false),
      text.split(separator: "\n", omittingEmptySubsequences: false)
    )
    for (number, (old, new)) in zip(lines.0, lines.1).enumerated() where old != new {
      Issue.record(
        "\(name):\(number + 1): rendered '\(new)', recorded '\(old)'; record with RECORD_SNAPSHOTS=1, read the diff",
        sourceLocation: sourceLocation)
      return
    }
    #expect(lines.0.count == lines.1.count, "\(name) has other lines at its end", sourceLocation: sourceLocation)
  }
}
