import GRDB

extension Database {
  /// Inserts many rows by one prepared statement.
  ///
  /// `PersistableRecord.insert` goes through `Encodable` for each row, which takes several times as long as SQLite does to
  /// store it; `values` gives a row's values in the order of the columns instead.
  func insertAll<Record: TableRecord>(
    _ records: [Record], columns: [String], values: (Record) -> [(any DatabaseValueConvertible)?]
  ) throws {
    guard !records.isEmpty else { return }
    let names = columns.joined(separator: ", ")
    let places = columns.map { _ in "?" }.joined(separator: ", ")
    let statement = try makeStatement(sql: "INSERT INTO \(Record.databaseTableName) (\(names)) VALUES (\(places))")
    for record in records {
      try statement.execute(arguments: StatementArguments(values(record)))
    }
  }
}
