/// `runs list` and `runs show`, as tables for people and as JSON for programs.
import ArgumentParser
import Catalog
import Foundation

extension RunsList {
  func run() throws {
    let catalog = try RunCatalog.openExisting(at: global.catalogURL())
    let console = Console(verbosity: global.verbosity)
    let runs = try catalog.runs()
    if json { return try console.result(JSONText.of(runs.map { try ListedRun($0) })) }
    guard !runs.isEmpty else { return console.story("the catalog '\(catalog.path)' has no runs yet") }
    let rows = try runs.map { run in
      [
        run.id, try run.state().rawValue, run.command, Format.time(run.startedAt),
        run.finishedAt.map { Format.duration($0.timeIntervalSince(run.startedAt)) } ?? "", run.name ?? "",
        run.path ?? "",
      ]
    }
    let table = TextTable(
      [
        ("id", .left), ("state", .left), ("command", .left), ("started", .left), ("took", .right), ("name", .left),
        ("path", .left),
      ], rows: rows)
    for line in table.lines { try console.result(line) }
  }
}

/// A run with its state as presented, which is not in its row.
private struct ListedRun: Encodable {
  let run: RunRecord
  let state: RunState

  init(_ run: RunRecord) throws {
    self.run = run
    state = try run.state()
  }

  private enum Key: String, CodingKey { case state }

  func encode(to encoder: any Encoder) throws {
    try run.encode(to: encoder)
    var container = encoder.container(keyedBy: Key.self)
    try container.encode(state, forKey: .state)
  }
}

extension RunsShow {
  func run() throws {
    let workingDirectory = URL(fileURLWithPath: FileManager.default.currentDirectoryPath)
    let catalog = try RunCatalog.openExisting(at: global.catalogURL(in: workingDirectory))
    let console = Console(verbosity: global.verbosity)
    let record = try catalog.run(matching: wanted, workingDirectory: workingDirectory)
    let details = try catalog.details(of: record.id)
    if json { return try console.result(JSONText.of(details)) }
    for line in try RunDescription(details).lines { try console.result(line) }
  }
}

enum JSONText {
  static func of(_ value: some Encodable) throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    encoder.dateEncodingStrategy = .iso8601
    return String(decoding: try encoder.encode(value), as: UTF8.self)
  }
}

/// Everything that the catalog knows of a run, in words.
private struct RunDescription {
  let lines: [String]

  init(_ details: RunDetails) throws {
    let run = details.run
    var lines = Self.fields([
      ("run", run.id + (run.name.map { " (\($0))" } ?? "")),
      ("state", try run.state().rawValue + (run.exitCode.map { $0 == 0 ? "" : ", exit code \($0)" } ?? "")),
      ("error", run.error),
      ("command", run.commandLine.joined(separator: " ")),
      ("directory", run.workingDirectory),
      ("path", run.path),
      ("started", Format.time(run.startedAt)),
      ("finished", run.finishedAt.map(Format.time)),
      ("host", "\(run.host), \(run.processorModel), \(run.coreCount) cores, \(run.kernels) kernels"),
      ("version", run.version),
    ])
    for model in details.models {
      lines += Self.fields([
        ("model", model.path),
        ("", "\(model.architecture), \(model.precision), weights \(model.weightsDigest.prefix(12))"),
        ("", model.adapterRank.map { "adapter \(model.adapterPath ?? "made fresh"), rank \($0)" }),
        ("", "\(model.attributedParameterCount) of \(model.parameterCount) parameters attributed"),
      ])
    }
    for dataset in details.datasets {
      lines += Self.fields([
        (dataset.role.rawValue, "\(dataset.path) [\(dataset.split)]"),
        ("", "\(dataset.rowCount) rows, \(dataset.tokenCount) tokens, digest \(dataset.digest.prefix(12))"),
      ])
    }
    lines += Self.section("warnings", details.warnings)
    lines += Self.section("metrics", details.metrics.map { "\($0.name)  \(Self.measure($0))" })
    lines += Self.section("produced", details.produced.map(Self.artifact))
    lines += Self.section("used", details.used.map(Self.artifact))
    lines += Self.section("configuration", run.configYAML.split(separator: "\n").map(String.init))
    self.lines = lines
  }

  private static func fields(_ fields: [(name: String, value: String?)]) -> [String] {
    fields.compactMap { name, value in
      value.map { name + String(repeating: " ", count: max(1, 11 - name.count)) + $0 }
    }
  }

  private static func section(_ title: String, _ lines: [String]) -> [String] {
    lines.isEmpty ? [] : ["", title] + lines.map { "  " + $0 }
  }

  private static func measure(_ metric: MetricRecord) -> String {
    switch metric.unit {
    case "bytes": Format.bytes(Int(metric.value))
    case "s": Format.duration(metric.value)
    case "share": String(format: "%.1f %%", 100 * metric.value)
    default: "\(Format.count(metric.value)) \(metric.unit)"
    }
  }

  private static func artifact(_ artifact: ArtifactRecord) -> String {
    "\(artifact.kind)  \(artifact.path)  \(Format.bytes(Int(artifact.bytes)))  sha256 \(artifact.digest.prefix(12))"
      + (artifact.keyDigest.map { "  key \($0.prefix(12))" } ?? "")
      + (artifact.replacedAt == nil ? "" : "  (replaced since)")
  }
}
