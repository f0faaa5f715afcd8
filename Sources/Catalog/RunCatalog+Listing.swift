import Foundation
import GRDB

/// Finding runs by what they are.
extension RunCatalog {
  /// Runs as the query says, with columns that tell them apart, all of one moment.
  ///
  /// - Throws: `RunQueryError`.
  package func list(_ query: RunQuery, columns: RunColumns = .differing) throws -> RunList {
    try read { db in
      let crashed = isReadOnly ? try Self.unnotedCrashes(db) : []
      let ids = try Self.ids(query, crashed: crashed, db)
      return RunList(
        entries: try Self.entries(ids, db), columns: try Self.columns(columns, of: ids, crashed: crashed, db))
    }
  }

  /// Notes which runs have lost their process since somebody looked last, so that others learn of it who cannot judge:
  /// other hosts, other containers, this host after its next boot. A catalog that may only be read is left as it is.
  package func noteCrashes() throws {
    // Mostly nobody has died, and nothing must wait for a process that is writing.
    guard !isReadOnly, try !read(Self.unnotedCrashes).isEmpty else { return }
    try write { db in
      for id in try Self.unnotedCrashes(db) {
        try db.execute(sql: "UPDATE run SET crashedAt = ? WHERE id = ?", arguments: [Date.now, id])
      }
    }
  }

  // MARK: - In a transaction

  private static func unnotedCrashes(_ db: Database) throws -> [String] {
    try RunRecord.filter(sql: "status = 'running' AND crashedAt IS NULL").fetchAll(db)
      .filter { try $0.state() == .crashed }.map(\.id)
  }

  private static func ids(_ query: RunQuery, crashed: [String], _ db: Database) throws -> [String] {
    var condition = RunQueryCompiler.Condition(sql: query.includesRemoved ? "true" : "run.removedAt IS NULL")
    if let (text, expression) = query.condition {
      let wanted = try RunQueryCompiler(db, text: text, crashed: crashed).condition(expression)
      condition = RunQueryCompiler.Condition(sql: "\(condition.sql) AND \(wanted.sql)", isRare: wanted.isRare)
    }
    let compiler = RunQueryCompiler(db, text: query.order?.text ?? "", crashed: crashed)
    let keys = try query.order?.keys.map { try compiler.key($0, among: query.condition?.expression) } ?? []
    return try RunSelection(condition: condition, keys: keys, limit: query.limit).ids(db)
  }

  private static func entries(_ ids: [String], _ db: Database) throws -> [RunList.Entry] {
    let wanted = try json(ids)
    let runs = try RunRecord.fetchAll(
      db,
      sql: "SELECT run.* FROM json_each(?) AS wanted JOIN run ON run.id = wanted.value ORDER BY wanted.key",
      arguments: [wanted])
    let sizes = try Row.fetchAll(
      db,
      sql: """
        SELECT runID, sum(bytes) AS bytes FROM runArtifact JOIN artifact ON artifact.id = artifactID
        WHERE runID IN (SELECT value FROM json_each(?)) AND role = 'produced' AND replacedAt IS NULL GROUP BY runID
        """, arguments: [wanted])
    let bytes = Dictionary(uniqueKeysWithValues: sizes.map { ($0["runID"] as String, $0["bytes"] as Int64) })
    let tags = Dictionary(
      grouping: try RunTagRecord.fetchAll(
        db, sql: "SELECT * FROM runTag WHERE runID IN (SELECT value FROM json_each(?)) ORDER BY tag",
        arguments: [wanted]), by: \.runID)
    return try runs.map { run in
      RunList.Entry(
        run: run, state: try run.state(), bytes: bytes[run.id] ?? 0, tags: tags[run.id]?.map(\.tag) ?? [])
    }
  }

  private static func columns(
    _ columns: RunColumns, of ids: [String], crashed: [String], _ db: Database
  ) throws -> [RunList.Column] {
    let wanted = try json(ids)
    switch columns {
    case .differing:
      let resolver = RunFieldResolver(db: db, text: "")
      return try differingSettings(among: wanted, db).map { name in
        RunList.Column(title: try resolver.title(ofSetting: name), values: try values(of: .setting(name), wanted, db))
      }
    case .named(let text):
      let compiler = RunQueryCompiler(db, text: text, crashed: crashed)
      return try RunExpressionParser.fields(text).map { field in
        RunList.Column(
          title: field.name,
          values: try values(of: compiler.resolver.resolve(field), wanted, state: compiler.state, db))
      }
    }
  }

  /// Settings in which two runs of one command differ; where a run is written to is its path, not a setting.
  private static func differingSettings(among wanted: String, _ db: Database) throws -> [String] {
    try String.fetchAll(
      db,
      sql: """
        WITH listed AS (SELECT id, command, path FROM run WHERE id IN (SELECT value FROM json_each(?))),
          sizes AS (SELECT command, count(*) AS runs FROM listed GROUP BY command)
        SELECT DISTINCT name FROM (
          SELECT setting.name AS name FROM listed JOIN sizes USING (command)
          JOIN runSetting ON runSetting.runID = listed.id JOIN setting ON setting.id = settingID
          WHERE setting.value IS NOT listed.path
          GROUP BY listed.command, setting.name HAVING count(DISTINCT settingID) > 1 OR count(*) < min(runs)
        ) ORDER BY name
        """, arguments: [wanted])
  }

  private static func values(
    of field: RunField, _ wanted: String, state: SQL = "run.status", _ db: Database
  ) throws -> [String: RunValue] {
    let all: SQL =
      switch field {
      case .column(let column):
        "SELECT id, \(column.kind == .state ? state : SQL(sql: column.expression)) AS value FROM run"
      case .linked(let linked):
        """
        SELECT runID AS id, group_concat(\(sql: linked.value), ' ') AS value FROM \(sql: linked.table)
        WHERE \(sql: linked.condition) GROUP BY runID
        """
      case .setting(let name):
        "SELECT runID AS id, value FROM setting JOIN runSetting ON settingID = setting.id WHERE name = \(name)"
      case .metric(let name): "SELECT runID AS id, value FROM metric WHERE name = \(name)"
      }
    let among: SQL = "SELECT * FROM (\(all)) WHERE id IN (SELECT value FROM json_each(\(wanted)))"
    let rows = try SQLRequest<Row>(literal: among).fetchAll(db)
    return Dictionary(
      uniqueKeysWithValues: rows.compactMap { row in
        RunValue.fromDatabaseValue(row["value"]).map { (row["id"] as String, $0) }
      })
  }

  private static func json(_ ids: [String]) throws -> String {
    String(decoding: try JSONEncoder().encode(ids), as: UTF8.self)
  }
}
