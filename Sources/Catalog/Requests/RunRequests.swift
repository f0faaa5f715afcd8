import GRDB

/// The questions about runs that verbs are made of.
extension DerivableRequest<RunRecord> {
  func newestFirst() -> Self {
    // Runs of the same millisecond in the order in which they were registered.
    order(RunRecord.Columns.createdAt.desc, Column.rowID.desc)
  }

  func command(_ command: String) -> Self {
    filter(RunRecord.Columns.command == command)
  }

  func status(_ status: RunRecord.Status) -> Self {
    filter(RunRecord.Columns.status == status)
  }

  func named(_ name: String) -> Self {
    filter(RunRecord.Columns.name == name)
  }

  func directory(_ path: String) -> Self {
    filter(RunRecord.Columns.path == path)
  }

  /// The prefix is lowercase hexadecimal digits.
  func identified(byPrefix prefix: String) -> Self {
    // A range, unlike LIKE, is answered from the index; `g` follows the digits.
    let end = prefix + "g"
    return filter(RunRecord.Columns.id >= prefix).filter(RunRecord.Columns.id < end)
  }
}

/// The rows of any table that belong to a run.
extension TableRecord {
  static func ofRun(_ runID: String) -> QueryInterfaceRequest<Self> {
    filter(Column("runID") == runID)
  }
}
