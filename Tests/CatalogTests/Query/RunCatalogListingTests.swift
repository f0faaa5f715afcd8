import Foundation
import GRDB
import Testing

@testable import Catalog

/// Conditions and orders over a catalog of five runs, by the names of the runs that they give.
struct RunCatalogListingTests {
  private let catalog: RunCatalog

  /// `a` and `b` are builds, `c` a score; `d` failed and has no settings but one; `e` is running.
  init() throws {
    catalog = try RunCatalog.inMemory()
    func register(_ name: String, _ command: String, _ settings: String) throws -> RunRecord {
      var registration = RunRegistration.sample(command: command, name: name, path: "/runs/\(name)")
      registration.configYAML = "steps: [{\(command): {index_cfg: {run_path: /runs/\(name), \(settings)}}}]"
      return try catalog.register(registration)
    }
    func results(_ run: RunRecord, tokens: Double?, bytes: Int64) -> RunResults {
      var results = RunResults()
      results.metrics = tokens.map { [MetricRecord(runID: run.id, name: "tokens", value: $0, unit: "")] } ?? []
      results.produced = [
        NewArtifact(kind: "index", path: "/runs/\(run.id)/x", bytes: bytes, digest: "aa", key: nil, formatVersion: 1)
      ]
      return results
    }
    let a = try register("a", "build", "projection_dim: 16, model: pythia-14m, data: {split: train}, precision: fp32")
    try catalog.finish(a.id, results: results(a, tokens: 1000, bytes: 10))
    let b = try register("b", "build", "projection_dim: 8, model: pythia-70m, data: {split: '2024'}, precision: fp32")
    try catalog.finish(b.id, results: results(b, tokens: 50, bytes: 30))
    let c = try register("c", "score", "projection_dim: 16, model: gpt2, precision: fp32, label_smoothing: 0.5")
    var read = results(c, tokens: 200, bytes: 20)
    read.datasets = [
      RunDatasetRecord(
        runID: c.id, role: .query, path: "/data/q.jsonl", split: "train", digest: "aa", rowCount: 1, tokenCount: 2)
    ]
    try catalog.finish(c.id, results: read)
    let d = try register("d", "build", "projection_dim: none")
    try catalog.fail(d.id, error: "no model", exitCode: 1)
    _ = try register("e", "hessian", "precision: bf16, score_cfg: {precision: fp16}")
    try catalog.write { db in
      try RunTagRecord(runID: a.id, tag: "paper").insert(db)
      try RunTagRecord(runID: a.id, tag: "best").insert(db)
      try RunTagRecord(runID: c.id, tag: "draft").insert(db)
      try db.execute(sql: "UPDATE run SET startedAt = '2026-11-01 12:00:00.000' WHERE name = 'a'")
      try db.execute(sql: "UPDATE run SET finishedAt = '2026-11-01 12:01:00.500' WHERE name = 'a'")
    }
  }

  private func names(_ condition: String?, sortedBy order: String = "name", limit: Int? = nil) throws -> String {
    try catalog.list(RunQuery(where: condition, sortedBy: order, limit: limit)).entries
      .map { $0.run.name ?? "" }.joined()
  }

  @Test(arguments: [
    ("config.projection_dim > 8", "ac"),
    ("config.projection_dim >= 8", "abc"),
    ("config.projection_dim < 16", "b"),
    ("config.projection-dim = 16 and metrics.tokens >= 1000", "a"),
    ("config.projection_dim = 16 or command = hessian", "ace"),
    ("not config.projection_dim = 16", "bde"),
    ("config.projection_dim != 16", "bd"),
    ("config.projection_dim is null", "e"),
    ("config.projection_dim is not null", "abcd"),
    ("config.projection_dim in (8, none)", "bd"),
    ("config.projection_dim not in (8, none)", "ac"),
    ("config.projection_dim > a", "d"),
    ("config.projection_dim < z", "d"),
    ("config.model ~ pythia", "ab"),
    ("config.model ~ 'pythia-1*'", "a"),
    ("config.model !~ pythia", "c"),
    ("config.split = 2024", "b"),
    ("config.data.split = train", "a"),
    ("config.index_cfg.data.split > 1", ""),
    ("config.label_smoothing = 0.5", "c"),
    ("config.index_cfg.precision = fp32 and not (command = score or metrics.tokens < 100)", "a"),
    ("metrics.tokens in (50, 200)", "bc"),
    ("metrics.tokens is null", "de"),
    ("metrics.tokens ~ 00", "ac"),
    ("state = running", "e"),
    ("state in (failed, running)", "de"),
    ("state != finished", "de"),
    ("tag = paper and tag = best", "a"),
    ("tag != paper", "c"),
    ("tag is null", "bde"),
    ("query ~ q.jsonl", "c"),
    ("data is null", "abcde"),
    ("error ~ model", "d"),
    ("error != 'no model'", ""),
    ("exit_code = 0", "abc"),
    ("size > 10 and size <= 30", "bc"),
    ("took = 60.5", "a"),
    ("started < 2026-11-02", "a"),
    ("started <= '2026-11-01 23:59'", "a"),
    ("finished > 2026-11-02 or finished is null", "bcde"),
    ("note is null and path ~ /runs/*", "abcde"),
    ("version = 1.0", "abcde"),
  ])
  func conditionsFindRuns(condition: String, expected: String) throws {
    #expect(try names(condition) == expected)
    // Also where the order is by what the condition is about.
    for order in ["config.projection_dim", "metrics.tokens desc"] {
      #expect(String(try names(condition, sortedBy: order).sorted()) == expected, "\(order)")
    }
  }

  @Test func aDayIsASpanOfTime() throws {
    // 12:00 UTC is within the first of November in every time zone but the outermost.
    #expect(try names("started = 2026-11-01 and started != '2026-11-01 12:34'") == "a")
    #expect(try names("started > 2026-11-01") == "bcde")
    #expect(try names("started in (2026-11-01, 2020-01-01)") == "a")
  }

  @Test(arguments: [
    ("metrics.tokens", "bcaed"), ("metrics.tokens desc", "acbed"), ("config.model", "cabed"),
    ("config.projection_dim desc, metrics.tokens", "dcab" + "e"), ("command, metrics.tokens desc", "abdec"),
    ("state, name desc", "dcbae"), ("size desc, id", "bca"), ("took desc", "a"), ("name desc", "edcba"),
    ("exit_code desc, name", "dabce"),
  ])
  func ordersPutRunsWithoutAValueLast(order: String, expected: String) throws {
    #expect(try names(nil, sortedBy: order).hasPrefix(expected))
    for limit in 1...5 {
      #expect(try names(nil, sortedBy: order, limit: limit) == names(nil, sortedBy: order).prefix(limit))
    }
  }

  @Test func newestAreFirstWithoutAnOrder() throws {
    #expect(try catalog.list(RunQuery(limit: 2)).entries.map(\.run.name) == ["e", "d"])
  }

  @Test func columnsAreTheSettingsInWhichRunsOfACommandDiffer() throws {
    let list = try catalog.list(RunQuery(where: "name in (a, b, c)", sortedBy: "name"))
    #expect(list.columns.map(\.title) == ["config.split", "config.model", "config.projection_dim"])
    #expect(list.entries.map { list.columns[2].values[$0.run.id] } == [.integer(16), .integer(8), .integer(16)])
    #expect(list.entries.map(\.bytes) == [10, 30, 20])
    #expect(list.entries.map(\.tags) == [["best", "paper"], [], ["draft"]])
    #expect(try catalog.list(RunQuery(where: "name = a")).columns.isEmpty)
  }

  @Test func columnsMayBeNamed() throws {
    let list = try catalog.list(
      RunQuery(where: "name = a"), columns: .named("tag, host, metrics.tokens, config.split, took, state"))
    let id = try #require(list.entries.first).run.id
    #expect(
      list.columns.map { $0.values[id]?.description } == [
        "best paper", try ProcessIdentity.current().host, "1000.0", "train", "60.5", "finished",
      ])
  }

  @Test func removedRunsAreLeftOutUnlessAskedFor() throws {
    try catalog.write { try $0.execute(sql: "UPDATE run SET removedAt = createdAt WHERE name = 'a'") }
    #expect(try names(nil) == "bcde")
    let all = try RunQuery(where: "removed is not null", includingRemoved: true)
    #expect(try catalog.list(all).entries.map(\.run.name) == ["a"])
  }

  @Test(arguments: [
    ("comand = build", 1, RunQueryError.Reason.unknownField("comand", known: [])),
    ("id = 1 and config.projection_dims = 1", 12, .noRunHas("config.projection_dims", known: [])),
    ("metrics.token > 1", 1, .noRunHas("metrics.token", known: [])),
    ("config.precision = fp32", 1, .ambiguousSetting("config.precision", choices: [])),
    ("metrics.tokens > many", 18, .notANumber(field: "metrics.tokens", found: "many")),
    ("took = '5'", 8, .notANumber(field: "took", found: "5")),
    ("started > yesterday", 11, .notADate(field: "started", found: "yesterday")),
    ("started > 2026-02-30", 11, .notADate(field: "started", found: "2026-02-30")),
    ("state = crash", 9, .unknownState("crash", known: [])),
  ])
  func namesAndValuesThatMeanNothingArePointedAt(
    condition: String, column: Int, reason: RunQueryError.Reason
  ) throws {
    let error = try #require(#expect(throws: RunQueryError.self) { try names(condition) })
    #expect(error.column == column && error.text == condition)
    switch (error.reason, reason) {
    case (.unknownField(let name, let known), .unknownField(let wanted, _)):
      #expect(name == wanted && known.contains("command") && known.contains("config.projection_dim"))
    case (.noRunHas(let name, let known), .noRunHas(let wanted, _)): #expect(name == wanted && !known.isEmpty)
    case (.ambiguousSetting(let name, let choices), .ambiguousSetting(let wanted, _)):
      #expect(name == wanted)
      #expect(choices == ["config.index_cfg.precision", "config.index_cfg.score_cfg.precision"])
    case (.unknownState(let found, let known), .unknownState(let wanted, _)):
      #expect(found == wanted && known.contains("crashed"))
    case (let found, let expected): #expect(found == expected)
    }
  }

  @Test func fieldsOfSeveralValuesGiveNoOrder() {
    #expect(#expect(throws: RunQueryError.self) { try names(nil, sortedBy: "tag") }?.reason == .noOrder(field: "tag"))
  }

  /// Whatever is written as a value stays a value.
  @Test(arguments: ["'; DROP TABLE run; --", "x' OR '1'='1", "%", "\\", "日本語", "\u{1F600}"])
  func valuesAreNeverSQL(value: String) throws {
    let quoted = "'" + value.replacing("'", with: "''") + "'"
    for field in ["name", "config.model", "tag", "path"] {
      #expect(try names("\(field) = \(quoted) or \(field) in (\(quoted)) or \(field) ~ \(quoted)") == "")
    }
    #expect(try names(nil) == "abcde")
  }
}
