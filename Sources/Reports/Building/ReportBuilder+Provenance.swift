/// Where everything came from: enough to run it again, and to see whether it was this.
import Catalog
import Foundation

extension ReportBuilder {
  typealias Fact = ReportDocument.Fact

  func provenance(_ state: RunState) -> ReportDocument.Provenance {
    let groups: [(String, [Fact])] = [
      ("Run", runFacts(state)), ("Model", modelFacts()), ("Data", dataFacts()), ("Cost", metricFacts()),
      ("Environment", environmentFacts()),
    ]
    return ReportDocument.Provenance(
      anchor: "provenance", heading: "Provenance",
      groups: groups.filter { !$1.isEmpty }.map { .init(heading: $0, facts: $1) },
      commandLine: Passage(ShellText.command(details.run.commandLine)),
      configuration: Passage(details.run.configYAML), artifacts: artifacts())
  }

  private func runFacts(_ state: RunState) -> [Fact] {
    let run = details.run
    var facts = [Fact(label: "Run", value: run.id)]
    if let name = run.name { facts.append(Fact(label: "Name", value: name)) }
    facts.append(Fact(label: "State", value: state.rawValue))
    if let code = run.exitCode { facts.append(Fact(label: "Exit code", value: Figure(Double(code), String(code)))) }
    facts.append(Fact(label: "Started", value: NumberText.date(run.startedAt)))
    if let finished = run.finishedAt {
      facts.append(Fact(label: "Ended", value: NumberText.date(finished)))
    }
    if let path = run.path { facts.append(Fact(label: "Directory", value: path)) }
    return facts
  }

  private func modelFacts() -> [Fact] {
    guard let model else { return [] }
    var facts = [
      Fact(label: "Path", value: model.path), Fact(label: "Architecture", value: model.architecture),
      Fact(label: "Precision", value: model.precision),
    ]
    if let revision = model.hubRevision { facts.append(Fact(label: "Hub revision", value: revision)) }
    if let rank = model.adapterRank {
      facts.append(Fact(label: "Adapter", value: "\(model.adapterPath ?? "fresh"), rank \(rank)"))
    }
    if let revision = model.adapterHubRevision {
      facts.append(Fact(label: "Adapter: hub revision", value: revision))
    }
    var share = "\(NumberText.count(model.attributedParameterCount)) of \(NumberText.count(model.parameterCount))"
    if model.parameterCount > 0 {
      let attributed = Double(model.attributedParameterCount) / Double(model.parameterCount)
      share += " (\(NumberText.percent(attributed)))"
    }
    facts.append(Fact(label: "Parameters attributed", value: share))
    facts.append(Fact(label: "Weights digest", value: model.weightsDigest))
    facts.append(Fact(label: "Tokenizer digest", value: model.tokenizerDigest))
    return facts
  }

  private func dataFacts() -> [Fact] {
    details.datasets.flatMap { dataset in
      let noun = dataset.role == .data ? "Documents" : "Queries"
      let split = dataset.split.isEmpty ? "" : ", split \(dataset.split)"
      return [
        Fact(label: noun, value: dataset.path + split),
        dataset.hubRevision.map { Fact(label: "\(noun): hub revision", value: $0) },
        Fact(
          label: "\(noun): size",
          value: "\(NumberText.counted(dataset.rowCount, "row", "rows")), "
            + NumberText.counted(dataset.tokenCount, "token", "tokens")),
        Fact(label: "\(noun): digest", value: dataset.digest),
      ].compactMap(\.self)
    }
  }

  private func metricFacts() -> [Fact] {
    let order = Self.metricLabels.map(\.name)
    // The model's facts have the share, with what it is a share of.
    let known = order.filter { model == nil || $0 != "attributedShare" }.compactMap { metric($0) }
    let others = details.metrics.filter { !order.contains($0.name) }
    return (known + others).map { metric in
      let label = Self.metricLabels.first { $0.name == metric.name }?.label ?? metric.name
      return Fact(label: label, value: Figure(metric.value, Self.text(of: metric)))
    }
  }

  private static let metricLabels: [(name: String, label: String)] = [
    ("wallTime", "Wall time"), ("peakMemory", "Peak memory"), ("tokensPerSecond", "Throughput"),
    ("documents", "Documents processed"), ("tokens", "Tokens processed"), ("skippedRows", "Rows skipped"),
    ("attributedShare", "Share of parameters attributed"),
    ("zeroRows", "Rows with a zero gradient"), ("nonFiniteRows", "Rows with a gradient that is not finite"),
    ("queries", "Queries answered"), ("gradientTime", "Time for gradients"), ("summaryTime", "Time for the summary"),
    ("workers", "Workers"), ("forwardPasses", "Batches through the model"),
    ("gradientNormMedian", "Median length of a gradient"), ("gradientNormLargest", "Length of the longest gradient"),
    ("outlierRows", "Rows with a gradient over ten medians long"),
  ]

  private static func text(of metric: MetricRecord) -> String {
    switch (metric.name, metric.unit) {
    case (_, "bytes"): return NumberText.size(bytes: metric.value)
    case (_, "s"): return NumberText.duration(seconds: metric.value)
    case (_, "rows"): return NumberText.counted(Int(metric.value.rounded()), "row", "rows")
    case ("attributedShare", _): return NumberText.percent(metric.value)
    default:
      let isWhole = metric.value == metric.value.rounded() && abs(metric.value) < 1e15
      let number =
        isWhole || abs(metric.value) >= 1e4 && abs(metric.value) < 1e15
        ? NumberText.count(Int(metric.value.rounded())) : NumberText.value(metric.value)
      return metric.unit.isEmpty ? number : "\(number) \(metric.unit)"
    }
  }

  private func environmentFacts() -> [Fact] {
    let run = details.run
    return [
      Fact(label: "bergson", value: run.version), Fact(label: "Host", value: run.host),
      Fact(label: "User", value: run.userName),
      Fact(
        label: "Processor",
        value: "\(run.processorModel), \(NumberText.counted(run.coreCount, "core", "cores"))"),
      Fact(label: "Kernels", value: run.kernels), Fact(label: "Working directory", value: run.workingDirectory),
    ]
  }

  private func artifacts() -> ReportDocument.Provenance.Artifacts? {
    let rows = details.produced.map { Self.artifact($0, "produced") } + details.used.map { Self.artifact($0, "used") }
    return rows.isEmpty ? nil : .init(heading: "Artifacts", rows: rows)
  }

  private static func artifact(_ record: ArtifactRecord, _ role: String) -> ReportDocument.Provenance.Artifact {
    .init(
      kind: record.kind,
      role: record.replacedAt.map { "\(role); replaced since, \(NumberText.date($0))" } ?? role,
      path: record.path, size: .size(Double(record.bytes)),
      digest: NumberText.short(digest: record.digest))
  }
}

/// Command lines as one types them.
package enum ShellText {
  package static func command(_ arguments: [String]) -> String {
    arguments.map(quoted).joined(separator: " ")
  }

  private static func quoted(_ argument: String) -> String {
    let isPlain =
      !argument.isEmpty
      && argument.unicodeScalars.allSatisfy { scalar in
        switch scalar {
        case "a"..."z", "A"..."Z", "0"..."9", "_", "-", ".", "/", "=", ":", ",", "+", "@", "%": true
        default: false
        }
      }
    return isPlain ? argument : "'" + argument.replacing("'", with: "'\\''") + "'"
  }
}
