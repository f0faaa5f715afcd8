import GRDB

/// What a field's name means: a column, a table of several values a run, a setting or a measure.
enum RunField: Equatable {
  case column(Column)
  case linked(Linked)
  /// The whole name, as in `index_cfg.data.split`.
  case setting(String)
  case metric(String)

  /// A field with one value a run, or none.
  struct Column: Equatable {
    enum Kind: Equatable { case text, number, date, state }

    let name: String
    let kind: Kind
    /// SQL over `run`; of `state`, see `RunQueryCompiler`.
    let expression: String
  }

  /// A field with any number of values a run: a condition holds if it does for one of them.
  struct Linked: Equatable {
    let name: String
    let table: String
    let value: String
    /// Which rows of the table.
    var condition = "true"
  }

  static let columns = [
    Column(name: "id", kind: .text, expression: "run.id"),
    Column(name: "name", kind: .text, expression: "run.name"),
    Column(name: "command", kind: .text, expression: "run.command"),
    Column(name: "state", kind: .state, expression: "run.status"),
    Column(name: "path", kind: .text, expression: "run.path"),
    Column(name: "note", kind: .text, expression: "run.note"),
    Column(name: "error", kind: .text, expression: "run.error"),
    Column(name: "exit_code", kind: .number, expression: "run.exitCode"),
    Column(name: "created", kind: .date, expression: "run.createdAt"),
    Column(name: "started", kind: .date, expression: "run.startedAt"),
    Column(name: "finished", kind: .date, expression: "run.finishedAt"),
    Column(name: "removed", kind: .date, expression: "run.removedAt"),
    Column(
      name: "took", kind: .number,
      expression: "round((julianday(run.finishedAt) - julianday(run.startedAt)) * 86400, 3)"),
    Column(
      name: "size", kind: .number,
      expression: """
        (SELECT total(artifact.bytes) FROM runArtifact JOIN artifact ON artifact.id = runArtifact.artifactID \
        WHERE runArtifact.runID = run.id AND runArtifact.role = 'produced' AND artifact.replacedAt IS NULL)
        """),
    Column(name: "host", kind: .text, expression: "run.host"),
    Column(name: "user", kind: .text, expression: "run.userName"),
    Column(name: "directory", kind: .text, expression: "run.workingDirectory"),
    Column(name: "version", kind: .text, expression: "run.version"),
    Column(name: "kernels", kind: .text, expression: "run.kernels"),
    Column(name: "processor", kind: .text, expression: "run.processorModel"),
    Column(name: "cores", kind: .number, expression: "run.coreCount"),
  ]

  static let linked = [
    Linked(name: "tag", table: "runTag", value: "tag"),
    Linked(name: "model", table: "runModel", value: "path"),
    Linked(name: "architecture", table: "runModel", value: "architecture"),
    Linked(name: "data", table: "runDataset", value: "path", condition: "role = 'data'"),
    Linked(name: "query", table: "runDataset", value: "path", condition: "role = 'query'"),
  ]

  /// The names that a field may have, without settings and measures.
  static var names: [String] { columns.map(\.name) + linked.map(\.name) }
}

/// Finds out what names mean, by the settings and measures that the catalog has.
struct RunFieldResolver {
  let db: Database
  /// In which names stand, for errors.
  let text: String

  private static let settingPrefix = "config."
  private static let metricPrefix = "metrics."

  /// - Throws: `RunQueryError` for a name that no run has.
  func resolve(_ field: RunFieldName) throws -> RunField {
    let name = field.name
    if let column = RunField.columns.first(where: { $0.name == name }) { return .column(column) }
    if let linked = RunField.linked.first(where: { $0.name == name }) { return .linked(linked) }
    if name.hasPrefix(Self.settingPrefix) { return .setting(try setting(field)) }
    if name.hasPrefix(Self.metricPrefix) { return .metric(try metric(field)) }
    let known = try RunField.names + settingNames().map(shortName) + metricNames().map { Self.metricPrefix + $0 }
    throw RunQueryError(text: text, column: field.column, reason: .unknownField(name, known: known))
  }

  /// `config.split` and `config.data.split` for `index_cfg.data.split`, as long as no other setting ends so.
  private func setting(_ field: RunFieldName) throws -> String {
    let wanted = String(field.name.dropFirst(Self.settingPrefix.count)).replacing("-", with: "_")
    let names = try settingNames()
    if names.contains(wanted) { return wanted }
    let choices = names.filter { $0.hasSuffix("." + wanted) }
    if choices.count > 1 {
      throw RunQueryError(
        text: text, column: field.column,
        reason: .ambiguousSetting(field.name, choices: choices.map { Self.settingPrefix + $0 }))
    }
    guard let choice = choices.first else {
      throw RunQueryError(
        text: text, column: field.column, reason: .noRunHas(field.name, known: names.map(shortName)))
    }
    return choice
  }

  private func metric(_ field: RunFieldName) throws -> String {
    let wanted = String(field.name.dropFirst(Self.metricPrefix.count))
    let names = try metricNames()
    guard names.contains(wanted) else {
      throw RunQueryError(
        text: text, column: field.column,
        reason: .noRunHas(field.name, known: names.map { Self.metricPrefix + $0 }))
    }
    return wanted
  }

  /// The shortest name that means this setting and no other.
  func title(ofSetting name: String) throws -> String {
    let short = shortName(name)
    let suffix = "." + short.dropFirst(Self.settingPrefix.count)
    return try settingNames().filter { $0.hasSuffix(suffix) }.count > 1 ? Self.settingPrefix + name : short
  }

  /// As people write it: the last part.
  private func shortName(_ setting: String) -> String {
    Self.settingPrefix + (setting.split(separator: ".").last.map(String.init) ?? setting)
  }

  private func settingNames() throws -> [String] { try names(in: "setting") }

  private func metricNames() throws -> [String] { try names(in: "metric") }

  /// Different names of a table by one look at its index for each, however many rows there are.
  private func names(in table: String) throws -> [String] {
    try String.fetchAll(
      db,
      sql: """
        WITH RECURSIVE names (name) AS (
          SELECT min(name) FROM \(table)
          UNION ALL
          SELECT (SELECT min(name) FROM \(table) WHERE name > names.name) FROM names WHERE names.name IS NOT NULL
        )
        SELECT name FROM names WHERE name IS NOT NULL
        """)
  }
}
