/// A run in words.
import Catalog
import Foundation

/// Everything that the catalog knows of a run, in words.
struct RunDescription {
  let lines: [String]

  /// `runs log` has all of it.
  private static let shownLogLines = 5

  init(_ details: RunDetails, _ lineage: RunLineage, log: [String]) throws {
    let run = details.run
    var lines = Self.fields([
      ("run", run.id + (run.name.map { " (\($0))" } ?? "")),
      ("state", try run.state().rawValue + (run.exitCode.map { $0 == 0 ? "" : ", exit code \($0)" } ?? "")),
      ("error", run.error),
      ("removed", run.removedAt.map(Format.time)),
      ("tags", details.tags.isEmpty ? nil : details.tags.joined(separator: " ")),
      ("note", run.note),
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
    let branches = lineage.treeLines.dropFirst().map { String($0.dropFirst(2)) }
    lines += Self.section("lineage", branches)
    lines += Self.section("log", log.suffix(Self.shownLogLines))
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
    case "": Format.count(metric.value)
    default: "\(Format.count(metric.value)) \(metric.unit)"
    }
  }

  private static func artifact(_ artifact: ArtifactRecord) -> String {
    "\(artifact.kind)  \(artifact.path)  \(Format.bytes(Int(artifact.bytes)))  sha256 \(artifact.digest.prefix(12))"
      + (artifact.keyDigest.map { "  key \($0.prefix(12))" } ?? "")
      + (artifact.replacedAt == nil ? "" : "  (replaced since)")
  }
}
