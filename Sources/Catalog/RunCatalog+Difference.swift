import GRDB

/// In what runs differ, section by section.
package struct RunDifference: Codable, Sendable, Equatable {
  package struct Row: Codable, Sendable, Equatable {
    package var name: String
    /// One for each run, in their order; none where the run has no such thing.
    package var values: [RunValue?]

    package init(name: String, values: [RunValue?]) {
      self.name = name
      self.values = values
    }
  }

  /// By name.
  package var settings: [Row] = []
  /// Command, model, data and the machine.
  package var circumstances: [Row] = []
  /// By name.
  package var metrics: [Row] = []

  package init(settings: [Row] = [], circumstances: [Row] = [], metrics: [Row] = []) {
    self.settings = settings
    self.circumstances = circumstances
    self.metrics = metrics
  }

  package var isEmpty: Bool { settings.isEmpty && circumstances.isEmpty && metrics.isEmpty }
}

extension RunCatalog {
  /// What is not the same in all of the runs; where they were written to is not compared.
  ///
  /// - Throws: `RunCatalogError.noSuchRun`.
  package func difference(between runIDs: [String]) throws -> RunDifference {
    let (settings, details) = try read { db in
      (try runIDs.map { try Self.settings(of: $0, db) }, try runIDs.map { try Self.details(of: $0, db) })
    }
    return RunDifference(
      settings: Self.rows(settings), circumstances: Self.rows(details.map(\.circumstances)),
      metrics: Self.rows(
        details.map { Dictionary(uniqueKeysWithValues: $0.metrics.map { ($0.name, .real($0.value)) }) }))
  }

  private static func rows(_ columns: [[String: RunValue]]) -> [RunDifference.Row] {
    Set(columns.flatMap(\.keys)).sorted().compactMap { name in
      let values = columns.map { $0[name] }
      return values.allSatisfy { $0 == values.first } ? nil : RunDifference.Row(name: name, values: values)
    }
  }

  private static func settings(of runID: String, _ db: Database) throws -> [String: RunValue] {
    let rows = try Row.fetchAll(
      db,
      sql: """
        SELECT setting.name, setting.value FROM runSetting JOIN setting ON setting.id = settingID JOIN run ON run.id = runID
        WHERE runID = ? AND setting.value IS NOT run.path
        """, arguments: [runID])
    return Dictionary(
      uniqueKeysWithValues: rows.compactMap { row in
        RunValue.fromDatabaseValue(row["value"]).map { (row["name"] as String, $0) }
      })
  }
}

extension RunDetails {
  /// What may make the numbers of two runs with the same settings differ.
  fileprivate var circumstances: [String: RunValue] {
    var values: [String: RunValue] = [
      "command": .text(run.command), "version": .text(run.version), "kernels": .text(run.kernels),
      "processor": .text(run.processorModel), "cores": .integer(Int64(run.coreCount)), "host": .text(run.host),
    ]
    for model in models {
      values["\(model.role.rawValue) weights"] = .text(model.weightsDigest)
      values["\(model.role.rawValue) tokenizer"] = .text(model.tokenizerDigest)
      values["\(model.role.rawValue) architecture"] = .text(model.architecture)
      values["\(model.role.rawValue) attributed parameters"] = .integer(Int64(model.attributedParameterCount))
    }
    for dataset in datasets {
      values["\(dataset.role.rawValue) digest"] = .text(dataset.digest)
      values["\(dataset.role.rawValue) rows"] = .integer(Int64(dataset.rowCount))
      values["\(dataset.role.rawValue) tokens"] = .integer(Int64(dataset.tokenCount))
    }
    return values
  }
}
