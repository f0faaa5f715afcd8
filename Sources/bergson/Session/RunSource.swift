/// What an earlier run, of this program or of the Python tool, says about how its rows were made.
import Engine
import Foundation

enum RunSource {
  /// The step that made a run directory, read from `config.yaml` or from the flat files of version 0.9.1.
  ///
  /// - Throws: `ConfigurationError`; `RunSourceError` for a directory without a configuration.
  static func step(of directory: String) throws -> RunStep {
    let base = URL(fileURLWithPath: directory)
    let current = base.appendingPathComponent(RunConfiguration.fileName).path
    if FileManager.default.fileExists(atPath: current) {
      let steps = try RunConfiguration.read(current)
      guard let step = steps.last, step.command == .build || step.command == .reduce else {
        throw RunSourceError.otherCommand(directory: directory, command: steps.last?.command.rawValue ?? "nothing")
      }
      return step
    }
    let flat = base.appendingPathComponent(RunStep.SectionName.index.flatFile).path
    if FileManager.default.fileExists(atPath: flat) { return try RunConfiguration.read(flat, for: .build).step }
    guard FileManager.default.fileExists(atPath: base.path) else { throw RunSourceError.missing(directory: directory) }
    throw RunSourceError.noConfiguration(directory: directory)
  }
}

enum RunSourceError: Error, Equatable, CustomStringConvertible {
  case missing(directory: String)
  case noConfiguration(directory: String)
  case otherCommand(directory: String, command: String)

  var description: String {
    switch self {
    case .missing(let directory):
      "there is no run at '\(directory)'; make one with 'bergson build' or 'bergson reduce'"
    case .noConfiguration(let directory):
      "'\(directory)' has no config.yaml, so what its rows are cannot be known; is it a run directory?"
    case .otherCommand(let directory, let command):
      "'\(directory)' was made by '\(command)', expected a run of 'build' or 'reduce'"
    }
  }
}
