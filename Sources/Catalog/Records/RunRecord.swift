package import Foundation
package import GRDB

/// A row of `run`: one invocation of a command.
package struct RunRecord: Codable, Sendable, Equatable, Identifiable, FetchableRecord, PersistableRecord {
  package static let databaseTableName = "run"

  /// How a run ended, as its own process recorded it. A process that was killed could not: see `state()`.
  package enum Status: String, Codable, Sendable, CaseIterable, DatabaseValueConvertible {
    case running, finished, failed, cancelled
  }

  /// 12 random lowercase hexadecimal digits.
  package var id: String
  package var name: String?
  /// The subcommand, as in `build`.
  package var command: String
  package var status: Status
  /// Absolute path of the run directory.
  package var path: String?
  /// The resolved configuration; replays the run.
  package var configYAML: String
  package var commandLine: [String]
  package var workingDirectory: String
  package var host: String
  package var userName: String
  package var pid: Int32
  package var pidNamespace: String
  package var bootID: String
  /// Clock ticks from boot to the start of the process.
  package var processStart: Int64
  /// Version of bergson.
  package var version: String
  /// Kernels that the BLAS library chose for the processor.
  package var kernels: String
  package var processorModel: String
  package var coreCount: Int
  package var createdAt: Date
  package var startedAt: Date
  package var finishedAt: Date?
  package var exitCode: Int32?
  package var error: String?
  /// What people say about it.
  package var note: String?
  /// When somebody noticed that the process had gone without a word; only of runs whose status says `running`.
  package var crashedAt: Date?
  /// When it was removed from listings; its row stays until garbage is collected.
  package var removedAt: Date?

  /// The columns that runs are found by.
  package enum Columns {
    package static let id = Column(CodingKeys.id)
    package static let name = Column(CodingKeys.name)
    package static let command = Column(CodingKeys.command)
    package static let status = Column(CodingKeys.status)
    package static let path = Column(CodingKeys.path)
    package static let createdAt = Column(CodingKeys.createdAt)
  }

  package var process: ProcessIdentity {
    ProcessIdentity(
      host: host, pid: pid, pidNamespace: pidNamespace, bootID: bootID, processStart: processStart)
  }

  /// What the run is now: the recorded status, except that a run said to be running whose process is gone has crashed.
  ///
  /// Runs of other hosts and containers cannot be judged and are believed.
  package func state() throws -> RunState {
    switch status {
    case .running: try crashedAt != nil || process.isAlive() == false ? .crashed : .running
    case .finished: .finished
    case .failed: .failed
    case .cancelled: .cancelled
    }
  }
}

/// What a run is, as presented: a status or `crashed`, which no row holds.
package enum RunState: String, Codable, Sendable, CaseIterable {
  case running, finished, failed, cancelled, crashed

  /// The status of rows that may be in this state.
  var status: RunRecord.Status {
    switch self {
    case .running, .crashed: .running
    case .finished: .finished
    case .failed: .failed
    case .cancelled: .cancelled
    }
  }
}
