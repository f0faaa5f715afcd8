/// `bergson runs adopt`: enters run directories that were made elsewhere, as by the Python tool.
import ArgumentParser
import Catalog
import Engine
import Foundation

struct RunsAdopt: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "adopt", abstract: "Enter a run directory that the Python tool made.",
    discussion: """
      Settings are kept as its config.yaml, or the files of version 0.9.1, have them. Indexes and scores are opened, so that \
      a damaged directory is refused; nothing in it is changed.
      """)

  @Argument(help: ArgumentHelp("A run directory.", valueName: "DIR"))
  var directory: String

  @OptionGroup(title: "Catalog and output") var runName: RunNameOptions
  @OptionGroup(title: "Catalog and output") var global: GlobalOptions

  func run() throws {
    let place = URL(fileURLWithPath: directory).standardizedFileURL
    let found = try AdoptedRun(at: place)
    let catalog = try RunCatalog.open(at: global.catalogURL())
    let known = try catalog.list(RunQuery(where: "state = finished", includingRemoved: true)).entries
    if let run = known.first(where: { $0.run.path == place.path })?.run {
      throw RunAlreadyKnown(path: place.path, runID: run.id)
    }
    let run = try catalog.register(
      RunRegistration(
        command: found.command, name: runName.runName, path: place.path, configYAML: found.settings,
        commandLine: CommandLine.arguments, workingDirectory: URL.currentDirectory().path, version: found.version,
        kernels: BLAS.kernels, processorModel: Host.processorModel, coreCount: Host.coreCount))
    do {
      var results = RunResults()
      results.metrics =
        found.documents.map {
          [MetricRecord(runID: run.id, name: "documents", value: Double($0), unit: "")]
        } ?? []
      results.produced = try found.artifacts.map { file in
        NewArtifact(
          kind: file.kind, path: place.path + "/" + file.name,
          bytes: try ArtifactCheck.size(of: place.path + "/" + file.name) ?? 0,
          digest: try Digest.sha256(of: place.appending(path: file.name)).hex, key: nil, formatVersion: 1)
      }
      results.warnings = ["adopted: when, where and on what it ran is not known"]
      try catalog.finish(run.id, results: results)
    } catch {
      try catalog.fail(run.id, error: "\(error)", exitCode: ExitStatus.failed.rawValue)
      throw error
    }
    try Console(verbosity: global.verbosity).result(run.id)
  }
}

/// What a directory says of the run that made it.
private struct AdoptedRun {
  let command: String
  /// YAML with the sections of the newest release.
  let settings: String
  let version: String
  /// Rows of the index or the scores.
  let documents: Int?
  let artifacts: [(kind: String, name: String)]

  init(at place: URL) throws {
    let manager = FileManager.default
    func has(_ name: String) -> Bool { manager.fileExists(atPath: place.appending(path: name).path) }
    guard manager.fileExists(atPath: place.path) else { throw RunSourceError.missing(directory: place.path) }
    func parse(_ name: String) throws -> (text: String, yaml: YAMLValue) {
      let file = place.appending(path: name)
      let text = try String(contentsOf: file, encoding: .utf8)
      return (text, try YAMLValue(parsing: text, file: file.path))
    }
    if has(RunConfiguration.fileName) {
      let (text, yaml) = try parse(RunConfiguration.fileName)
      guard case .list(let steps)? = yaml["steps"]?.kind, let step = steps.last?.entries.first else {
        throw RunSourceError.noConfiguration(directory: place.path)
      }
      command = step.key
      settings = text
      if case .string(let words)? = yaml["metadata"]?["bergson_version"]?.kind {
        version = words
      } else {
        version = "unknown"
      }
    } else {
      let flat = RunStep.SectionName.allCases.filter { has($0.flatFile) }
      guard !flat.isEmpty else { throw RunSourceError.noConfiguration(directory: place.path) }
      command = (flat.contains(.score) ? RunStep.Command.score : .build).rawValue
      let sections = try flat.map { ($0.rawValue, try parse($0.flatFile).yaml) }
      settings = try YAMLValue.mapping([
        ("steps", YAMLValue(.list([.mapping([(command, .mapping(sections))])])))
      ]).text()
      version = "0.9.1 or earlier"
    }
    var rows: Int?
    var files: [(kind: String, name: String)] = []
    if has("scores.bin") {
      rows = try ScoreFile(opening: place).documentCount
      files.append(("scores", "scores.bin"))
    } else if has("gradients.bin") {
      rows = try GradientIndex(opening: place).documentCount
      files.append(("index", "gradients.bin"))
    }
    documents = rows
    let weights = try manager.subpathsOfDirectory(atPath: place.path)
      .filter { $0.hasSuffix(".safetensors") || $0.hasSuffix(".pth") }.sorted()
    artifacts = files + weights.map { ("preconditioner", $0) }
  }
}

struct RunAlreadyKnown: Error, Equatable, CustomStringConvertible {
  let path: String
  let runID: String

  var description: String { "'\(path)' is the directory of run \(runID) already" }
}
