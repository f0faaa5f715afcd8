/// The exit codes, and the one table from errors to code and words.
import ArgumentParser
import Catalog
import Engine
import Foundation

enum ExitStatus: Int32, CaseIterable, Sendable {
  case done = 0
  case failed = 1
  case noCatalog = 10
  case locked = 11
  case runPathExists = 12
  case usage = 64
  case interrupted = 130

  var meaning: String {
    switch self {
    case .done: "done"
    case .failed: "failed"
    case .noCatalog: "there is no catalog"
    case .locked: "another process holds what the command needs"
    case .runPathExists: "the run path exists; pass --overwrite to replace it"
    case .usage: "the command line or a configuration file is wrong"
    case .interrupted: "interrupted"
    }
  }

  /// What a failed command leaves behind: a code and what it prints.
  struct Outcome: Equatable, Sendable {
    let status: ExitStatus
    let message: String
    /// Help and version are results, not errors.
    let isResult: Bool
  }

  /// The table. Errors of pipelines describe themselves (thing, expectation, cure); only their code is decided here.
  static func outcome(of error: any Error, in command: any ParsableCommand.Type) -> Outcome {
    switch error {
    case is ConfigurationError, is DatasetArgumentsError, is ArgumentNormalizer.Problem, is RunQueryProblem:
      Outcome(status: .usage, message: "error: \(error)", isResult: false)
    case let error as RunDirectoryError:
      Outcome(status: error.exitStatus, message: "error: \(error)", isResult: false)
    case let error as RunPlaceError:
      Outcome(status: error.exitStatus, message: "error: \(error)", isResult: false)
    case let error as RunCatalogError:
      Outcome(status: error.exitStatus, message: "error: \(error)", isResult: false)
    case is Interrupted:
      Outcome(status: .interrupted, message: "error: \(error)", isResult: false)
    default:
      parserOutcome(of: error, in: command)
    }
  }

  /// Errors of ArgumentParser, and errors that are none of the above: the parser tells them apart and words its own.
  private static func parserOutcome(of error: any Error, in command: any ParsableCommand.Type) -> Outcome {
    let code = command.exitCode(for: error).rawValue
    let full = command.fullMessage(for: error)
    let isHelp = code == 0 && full.contains("USAGE: ")
    let message =
      full.hasPrefix("Error: ") ? "error: " + full.dropFirst("Error: ".count) : full + (isHelp ? "\n" + help : "")
    return Outcome(status: ExitStatus(rawValue: code) ?? .failed, message: message, isResult: code == 0)
  }

  /// The end of every command's `--help`.
  static let help =
    "EXIT STATUS:\n"
    + allCases.map { status in
      let code = String(status.rawValue)
      return "  " + code + String(repeating: " ", count: 5 - code.count) + status.meaning
    }.joined(separator: "\n")
}

extension RunDirectoryError {
  fileprivate var exitStatus: ExitStatus {
    switch self {
    case .exists, .notADirectory, .complete: .runPathExists
    case .inUse: .locked
    case .taken: .failed
    }
  }
}

extension RunPlaceError {
  fileprivate var exitStatus: ExitStatus {
    switch self {
    case .input: .usage
    case .notARun: .runPathExists
    }
  }
}

extension RunCatalogError {
  fileprivate var exitStatus: ExitStatus {
    switch self {
    case .noCatalog: .noCatalog
    case .locked: .locked
    default: .failed
    }
  }
}
