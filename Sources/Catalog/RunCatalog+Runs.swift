package import Foundation
import GRDB

/// Which runs to list.
package struct RunFilter: Sendable, Equatable {
  package var command: String?
  package var state: RunState?
  /// Most runs; none for all.
  package var limit: Int?

  package init(command: String? = nil, state: RunState? = nil, limit: Int? = nil) {
    self.command = command
    self.state = state
    self.limit = limit
  }
}

/// The life of a run, and finding it again.
extension RunCatalog {
  /// Enters a run that begins now, in this process.
  ///
  /// - Throws: `RunCatalogError.nameTaken`, `.unusableName`.
  package func register(_ registration: RunRegistration) throws -> RunRecord {
    if let name = registration.name { try Self.checkName(name) }
    let process = try ProcessIdentity.current()
    let now = Date.now
    let run = RunRecord(
      id: Self.randomRunID(), name: registration.name, command: registration.command, status: .running,
      path: registration.path.map { Self.absolutePath($0, from: registration.workingDirectory) },
      configYAML: registration.configYAML, commandLine: registration.commandLine,
      workingDirectory: registration.workingDirectory, host: process.host, userName: NSUserName(),
      pid: process.pid, pidNamespace: process.pidNamespace, bootID: process.bootID,
      processStart: process.processStart, version: registration.version, kernels: registration.kernels,
      processorModel: registration.processorModel, coreCount: registration.coreCount, createdAt: now,
      startedAt: now)
    return try write { db in
      if let name = run.name, let owner = try RunRecord.all().named(name).fetchOne(db) {
        throw RunCatalogError.nameTaken(name: name, runID: owner.id)
      }
      // As stored: dates have milliseconds there.
      let stored = try run.insertAndFetch(db)
      try RunSettings.insert(of: stored, db)
      return stored
    }
  }

  /// Adds results to a run that goes on. Metrics, models and data sets of the same name or role are replaced.
  ///
  /// - Throws: `RunCatalogError.noSuchRun`, `.runNotRunning`, `.noSuchArtifact`, `.notFinite`.
  package func record(_ results: RunResults, for runID: String) throws {
    try write { db in
      _ = try Self.runningRun(runID, db)
      try Self.insert(results, of: runID, db)
    }
  }

  /// Ends a run that did what it was asked to, and records what came out, in one transaction.
  @discardableResult
  package func finish(_ runID: String, results: RunResults = RunResults()) throws -> RunRecord {
    try end(runID, as: .finished, exitCode: 0, error: nil, results: results)
  }

  /// Ends a run that could not go on; the exit code is not 0.
  @discardableResult
  package func fail(
    _ runID: String, error: String, exitCode: Int32, results: RunResults = RunResults()
  ) throws -> RunRecord {
    try end(runID, as: .failed, exitCode: exitCode, error: error, results: results)
  }

  /// Ends a run that its user stopped.
  @discardableResult
  package func cancel(
    _ runID: String, exitCode: Int32? = nil, results: RunResults = RunResults()
  ) throws -> RunRecord {
    try end(runID, as: .cancelled, exitCode: exitCode, error: nil, results: results)
  }

  /// Runs, newest first.
  package func runs(matching filter: RunFilter = RunFilter()) throws -> [RunRecord] {
    try read { db in
      var request = RunRecord.all().newestFirst()
      if let command = filter.command { request = request.command(command) }
      if let state = filter.state { request = request.status(state.status) }
      // Whether a run has crashed is not in its row, so the limit counts what is left after asking.
      var runs: [RunRecord] = []
      let cursor = try request.fetchCursor(db)
      while runs.count < filter.limit ?? Int.max, let run = try cursor.next() {
        if let state = filter.state, try run.state() != state { continue }
        runs.append(run)
      }
      return runs
    }
  }

  /// The run that a user means: by id, by name, by the beginning of an id, or by its run directory (the newest run
  /// there), in this order. Relative paths of run directories start at `workingDirectory`.
  ///
  /// - Throws: `RunCatalogError.noSuchRun`, `.ambiguousRun`.
  package func run(matching text: String, workingDirectory: URL) throws -> RunRecord {
    try read { db in
      if let run = try RunRecord.fetchOne(db, key: text) { return run }
      if let run = try RunRecord.all().named(text).fetchOne(db) { return run }
      if !text.isEmpty, text.allSatisfy({ $0.isASCII && $0.isHexDigit && !$0.isUppercase }) {
        let candidates = try RunRecord.all().identified(byPrefix: text).newestFirst().fetchAll(db)
        if candidates.count > 1 {
          throw RunCatalogError.ambiguousRun(text, candidates: candidates.map(\.id))
        }
        if let run = candidates.first { return run }
      }
      let path = Self.absolutePath(text, from: workingDirectory.path)
      if !text.isEmpty, let run = try RunRecord.all().directory(path).newestFirst().fetchOne(db) { return run }
      throw RunCatalogError.noSuchRun(text)
    }
  }

  /// A run with everything that belongs to it.
  ///
  /// - Throws: `RunCatalogError.noSuchRun`.
  package func details(of runID: String) throws -> RunDetails {
    try read { try Self.details(of: runID, $0) }
  }

  // MARK: - In a transaction

  static func details(of runID: String, _ db: Database) throws -> RunDetails {
    guard let run = try RunRecord.fetchOne(db, key: runID) else { throw RunCatalogError.noSuchRun(runID) }
    let warnings = try WarningRecord.ofRun(runID).order(Column("position")).fetchAll(db)
    return RunDetails(
      run: run,
      tags: try RunTagRecord.ofRun(runID).order(Column("tag")).fetchAll(db).map(\.tag),
      models: try RunModelRecord.ofRun(runID).fetchAll(db),
      datasets: try RunDatasetRecord.ofRun(runID).order(Column("role")).fetchAll(db),
      metrics: try MetricRecord.ofRun(runID).order(Column("name")).fetchAll(db),
      produced: try Self.artifacts(.produced, by: runID, db),
      used: try Self.artifacts(.used, by: runID, db),
      warnings: warnings.map(\.message))
  }

  private func end(
    _ runID: String, as status: RunRecord.Status, exitCode: Int32?, error: String?, results: RunResults
  ) throws -> RunRecord {
    try write { db in
      var run = try Self.runningRun(runID, db)
      try Self.insert(results, of: runID, db)
      run.status = status
      run.finishedAt = Date.now
      run.exitCode = exitCode
      run.error = error
      // Whoever noted a crash was mistaken.
      run.crashedAt = nil
      return try run.updateAndFetch(db)
    }
  }

  static func runningRun(_ runID: String, _ db: Database) throws -> RunRecord {
    guard let run = try RunRecord.fetchOne(db, key: runID) else { throw RunCatalogError.noSuchRun(runID) }
    guard run.status == .running else {
      throw RunCatalogError.runNotRunning(runID: runID, status: run.status.rawValue)
    }
    return run
  }

  private static func insert(_ results: RunResults, of runID: String, _ db: Database) throws {
    for model in results.models {
      precondition(model.runID == runID, "a model of run \(model.runID) among the results of \(runID)")
      try model.save(db)
    }
    for dataset in results.datasets {
      precondition(dataset.runID == runID, "a data set of run \(dataset.runID) among the results of \(runID)")
      try dataset.save(db)
    }
    for metric in results.metrics {
      precondition(metric.runID == runID, "a metric of run \(metric.runID) among the results of \(runID)")
      guard metric.value.isFinite else {
        throw RunCatalogError.notFinite(column: "value", of: "metric '\(metric.name)'")
      }
      try metric.save(db)
    }
    for artifact in results.produced {
      try insert(artifact, producedBy: runID, db)
    }
    if let directory = results.replacedDirectory {
      try replaceArtifacts(in: directory, notProducedBy: runID, db)
    }
    for artifactID in results.used {
      try insertUse(of: artifactID, by: runID, db)
    }
    let written = try WarningRecord.ofRun(runID).fetchCount(db)
    for (offset, message) in results.warnings.enumerated() {
      try WarningRecord(runID: runID, position: written + offset, message: message).insert(db)
    }
  }

  private static func randomRunID() -> String {
    let digits = String(UInt64.random(in: 0..<1 << 48), radix: 16)
    return String(repeating: "0", count: 12 - digits.count) + digits
  }
}
