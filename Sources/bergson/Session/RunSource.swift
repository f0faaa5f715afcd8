/// What an earlier run, of this program or of the Python tool, says about how its rows were made.
import Engine
import Foundation

enum RunSource {
  /// The step that made a run directory, read from `config.yaml` or from the flat files of version 0.9.1.
  ///
  /// - Throws: `ConfigurationError`; `RunSourceError` for a directory without a configuration.
  static func step(of directory: String) throws -> RunStep {
    let step = try anyStep(of: directory, as: .build)
    guard step.command == .build || step.command == .reduce else {
      throw RunSourceError.otherCommand(
        directory: directory, command: step.command.rawValue, expected: "'build' or 'reduce'")
    }
    return step
  }

  /// What the configuration of a score run says, and of its queries' run where that is still there. Nil for a directory
  /// without a configuration.
  ///
  /// - Throws: `ConfigurationError`; `RunSourceError` for no directory, or one that another command made.
  static func scoredRun(_ directory: String) throws -> EvaluationPipeline.ScoredRun? {
    let step: RunStep
    do {
      step = try anyStep(of: directory, as: .score)
    } catch RunSourceError.noConfiguration {
      return nil
    }
    guard step.command == .score else {
      throw RunSourceError.otherCommand(
        directory: directory, command: step.command.rawValue, expected: "'score'")
    }
    var queries: ScorePipeline.QueryRun?
    do {
      queries = .init(try self.step(of: step.score.queryPath))
    } catch RunSourceError.missing, RunSourceError.noConfiguration {
      // Scores outlive the gradients that they are of; who needs the queries says that they are missing.
    }
    return .init(score: step.score, index: step.index, preprocess: step.preprocess, queries: queries)
  }

  /// - Parameter command: what wrote the flat files, where there are only those.
  private static func anyStep(of directory: String, as command: RunStep.Command) throws -> RunStep {
    let base = URL(fileURLWithPath: directory)
    let current = base.appendingPathComponent(RunConfiguration.fileName).path
    if FileManager.default.fileExists(atPath: current) {
      // Never empty: a file without steps is not read.
      if let step = try RunConfiguration.read(current).last { return step }
    }
    let flat = base.appendingPathComponent(RunStep.SectionName.index.flatFile).path
    if FileManager.default.fileExists(atPath: flat) { return try RunConfiguration.read(flat, for: command).step }
    guard FileManager.default.fileExists(atPath: base.path) else { throw RunSourceError.missing(directory: directory) }
    throw RunSourceError.noConfiguration(directory: directory)
  }
}

enum RunSourceError: Error, Equatable, CustomStringConvertible {
  case missing(directory: String)
  case noConfiguration(directory: String)
  case otherCommand(directory: String, command: String, expected: String)

  var description: String {
    switch self {
    case .missing(let directory):
      "there is no run at '\(directory)'; make one with 'bergson build', 'reduce' or 'score'"
    case .noConfiguration(let directory):
      "'\(directory)' has no config.yaml, so what its rows are cannot be known; is it a run directory?"
    case .otherCommand(let directory, let command, let expected):
      "'\(directory)' was made by '\(command)', expected a run of \(expected)"
    }
  }
}

extension ScorePipeline.QueryRun {
  /// What the step that collected the queries' gradients says of them.
  init(_ step: RunStep) {
    self.init(preprocess: step.preprocess, data: step.index.data, maxTokens: step.index.maxTokens)
  }
}
