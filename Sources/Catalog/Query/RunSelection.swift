import GRDB

/// A condition and an order as SQL, and the ids that they give.
struct RunSelection {
  /// What runs are put in order by.
  enum Key {
    case expression(SQL, isDescending: Bool)
    /// A value of another table, of which a run has at most one row: `rows` selects `runID` and `value`.
    /// `passing` is what `first.value` has to be in every run that fulfils the condition.
    case rows(SQL, passing: SQL, isDescending: Bool)
  }

  let condition: RunQueryCompiler.Condition
  let keys: [Key]
  let limit: Int?

  func ids(_ db: Database) throws -> [String] {
    let all = order(keys[...])
    // From the few runs that the condition leaves.
    if condition.isRare {
      return try fetch("SELECT run.id FROM run WHERE \(condition.sql) ORDER BY \(all)", limit: limit, db)
    }
    guard case .rows(let rows, let passing, let isDescending) = keys.first else {
      // Along the index that has what listings look at: SQLite would prefer the narrower one of times, and then read every
      // row.
      return try fetch(
        "SELECT run.id FROM run INDEXED BY run_listing WHERE \(condition.sql) ORDER BY \(all)", limit: limit, db)
    }
    // Along the index of the values, which ends after a few rows where the limit is small, and then those without a value;
    // CROSS JOIN keeps SQLite from starting with the condition.
    let rest = order(keys.dropFirst())
    let direction: SQL = isDescending ? "DESC" : "ASC"
    var ids = try fetch(
      """
      SELECT run.id FROM (\(rows)) AS first CROSS JOIN run ON run.id = first.runID
      WHERE \(passing) AND \(condition.sql) ORDER BY first.value \(direction), \(rest)
      """, limit: limit, db)
    let left = limit.map { $0 - ids.count }
    if left != 0 {
      ids += try fetch(
        """
        SELECT run.id FROM run INDEXED BY run_listing
        WHERE run.id NOT IN (SELECT runID FROM (\(rows))) AND \(condition.sql) ORDER BY \(rest)
        """, limit: left, db)
    }
    return ids
  }

  private func order(_ keys: ArraySlice<Key>) -> SQL {
    let terms: [SQL] = keys.map { key in
      switch key {
      case .expression(let expression, let isDescending):
        "\(expression) \(sql: isDescending ? "DESC" : "ASC") NULLS LAST"
      case .rows(let rows, _, let isDescending):
        """
        (SELECT value FROM (\(rows)) AS other WHERE other.runID = run.id) \
        \(sql: isDescending ? "DESC" : "ASC") NULLS LAST
        """
      }
    }
    // Runs of the same millisecond in the order in which they were registered.
    return (terms + ["run.createdAt DESC, run.rowid DESC"]).joined(separator: ", ")
  }

  private func fetch(_ request: SQL, limit: Int?, _ db: Database) throws -> [String] {
    let limited: SQL = limit.map { "\(request) LIMIT \($0)" } ?? request
    return try SQLRequest<String>(literal: limited).fetchAll(db)
  }
}

extension RunQueryCompiler {
  /// - Parameter condition: what all runs fulfil that are put in order.
  /// - Throws: `RunQueryError`.
  func key(_ order: RunOrder, among condition: RunExpression?) throws -> RunSelection.Key {
    let passing = try necessary(condition, on: order.field.name)
    switch try resolver.resolve(order.field) {
    case .column(let column):
      return .expression(
        column.kind == .state ? state : SQL(sql: column.expression), isDescending: order.isDescending)
    case .metric(let name):
      return .rows(
        "SELECT runID, value FROM metric WHERE name = \(name)", passing: passing,
        isDescending: order.isDescending)
    case .setting(let name):
      return .rows(
        "SELECT runID, value FROM setting CROSS JOIN runSetting ON settingID = setting.id WHERE name = \(name)",
        passing: passing, isDescending: order.isDescending)
    case .linked:
      throw RunQueryError(
        text: resolver.text, column: order.field.column, reason: .noOrder(field: order.field.name))
    }
  }
}
