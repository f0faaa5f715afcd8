import Foundation
import GRDB

/// Conditions and orders as SQL over `run`. Values are bound, never written into the text; what is written comes from the
/// tables of `RunField`.
struct RunQueryCompiler {
  let resolver: RunFieldResolver
  /// Runs whose process is gone and whose rows do not say so, where the catalog may only be read.
  let crashed: [String]

  init(_ db: Database, text: String, crashed: [String]) {
    resolver = RunFieldResolver(db: db, text: text)
    self.crashed = crashed
  }

  // MARK: - Conditions

  struct Condition {
    var sql: SQL
    /// Whether so few runs fulfil it that starting from them is quicker than walking along an order.
    var isRare = false
  }

  /// Runs up to which a condition is rare: a set of so many is made in a few milliseconds.
  private static let rareLimit = 5000

  /// - Throws: `RunQueryError`.
  func condition(_ expression: RunExpression) throws -> Condition {
    switch expression {
    case .all(let terms):
      let terms = try terms.map(condition)
      return Condition(sql: Self.joined(terms, by: " AND "), isRare: terms.contains(where: \.isRare))
    case .any(let terms):
      let terms = try terms.map(condition)
      return Condition(sql: Self.joined(terms, by: " OR "), isRare: terms.allSatisfy(\.isRare))
    case .not(let term): return Condition(sql: "NOT (\(try condition(term).sql))")
    case .comparison(let comparison): return try self.comparison(comparison)
    }
  }

  private static func joined(_ terms: [Condition], by word: String) -> SQL {
    "(\(terms.map(\.sql).joined(separator: word)))"
  }

  private func comparison(_ comparison: RunComparison) throws -> Condition {
    let name = comparison.field.name
    switch try resolver.resolve(comparison.field) {
    case .column(let column): return Condition(sql: try condition(on: column, comparison))
    case .linked(let linked):
      return try isAmong("\(sql: linked.table)", where: "\(sql: linked.condition)", comparison) {
        try text(SQL(sql: linked.value), $0)
      }
    case .metric(let metric):
      return try isAmong("metric", where: "name = \(metric)", comparison) { try number("value", $0, field: name) }
    case .setting(let setting):
      return try isAmong(
        "runSetting JOIN setting ON setting.id = settingID", where: "name = \(setting)", comparison
      ) { self.setting("value", $0) }
    }
  }

  /// What an expression demands of the value that runs are put in order by: without it, those at the beginning of the order
  /// that fail would be looked at one by one.
  func necessary(_ expression: RunExpression?, on field: String) throws -> SQL {
    switch expression {
    case .all(let terms): return try terms.map { try necessary($0, on: field) }.joined(separator: " AND ")
    case .comparison(let comparison) where comparison.field.name == field && comparison.test != .isNull:
      switch try resolver.resolve(comparison.field) {
      case .metric: return try number("first.value", comparison.test, field: field)
      case .setting: return setting("first.value", comparison.test)
      case .column, .linked: return "true"
      }
    case .any, .not, .comparison, nil: return "true"
    }
  }

  /// Whether a run has rows in another table, of which the value has to pass: as a set of runs where they are few, run by
  /// run where most have, since a listing that is limited then looks at few.
  private func isAmong(
    _ table: SQL, where own: SQL, _ comparison: RunComparison, passing condition: (RunComparison.Test) throws -> SQL
  ) throws -> Condition {
    let isNull = comparison.test == .isNull
    let rows: SQL =
      isNull ? "FROM \(table) WHERE \(own)" : "FROM \(table) WHERE \(own) AND \(try condition(comparison.test))"
    let some: SQL = "SELECT count(*) FROM (SELECT 1 \(rows) LIMIT \(Self.rareLimit + 1))"
    let count = try SQLRequest<Int>(literal: some).fetchOne(resolver.db) ?? 0
    let isRare = count <= Self.rareLimit
    let having: SQL =
      isRare ? "run.id IN (SELECT runID \(rows))" : "EXISTS (SELECT 1 \(rows) AND runID = run.id)"
    return isNull ? Condition(sql: "NOT \(having)") : Condition(sql: having, isRare: isRare)
  }

  /// Null is neither equal nor unequal to SQL; here it is only `null`.
  private func condition(on column: RunField.Column, _ comparison: RunComparison) throws -> SQL {
    let expression = column.kind == .state ? state : SQL(sql: column.expression)
    let test = comparison.test
    if test == .isNull { return "\(expression) IS NULL" }
    let condition =
      switch column.kind {
      case .text: try text(expression, test)
      case .number: try number(expression, test, field: column.name)
      case .date: try date(expression, test, field: column.name)
      case .state: try state(expression, test)
      }
    return "(\(expression) IS NOT NULL AND \(condition))"
  }

  /// As `RunRecord.state()` says.
  var state: SQL {
    let list = crashed.map { "\($0)" as SQL }.joined(separator: ", ")
    return """
      CASE WHEN run.status = 'running' AND (run.crashedAt IS NOT NULL OR run.id IN (\(list))) THEN 'crashed' \
      ELSE run.status END
      """
  }

  private func text(_ value: SQL, _ test: RunComparison.Test) throws -> SQL {
    switch test {
    case .compares(let comparison, let literal): "\(value) \(sql: comparison.rawValue) \(literal.text)"
    case .isIn(let literals): "\(value) IN (\(literals.map { "\($0.text)" as SQL }.joined(separator: ", ")))"
    case .matches(let literal): "\(value) GLOB \(Self.pattern(literal.text))"
    case .isNull: preconditionFailure("null is not a value")
    }
  }

  private func number(_ value: SQL, _ test: RunComparison.Test, field: String) throws -> SQL {
    func number(_ literal: RunLiteral) throws -> RunValue {
      guard let number = literal.number else {
        throw failure(at: literal, .notANumber(field: field, found: literal.text))
      }
      return number
    }
    switch test {
    case .compares(let comparison, let literal):
      return "\(value) \(sql: comparison.rawValue) \(try number(literal))"
    case .isIn(let literals):
      return "\(value) IN (\(try literals.map { "\(try number($0))" as SQL }.joined(separator: ", ")))"
    case .matches(let literal): return "CAST(\(value) AS TEXT) GLOB \(Self.pattern(literal.text))"
    case .isNull: preconditionFailure("null is not a value")
    }
  }

  /// A setting may be a number in one run and a text in another. To SQLite all numbers are less than all texts; here a
  /// number is only compared with numbers and a text with texts, save that `16` equals `'16'`.
  private func setting(_ value: SQL, _ test: RunComparison.Test) -> SQL {
    func equals(_ literals: [RunLiteral]) -> SQL {
      let values = literals.flatMap { literal in
        [literal.number.map { "\($0)" as SQL }, "\(literal.text)"].compactMap(\.self)
      }
      return "\(value) IN (\(values.joined(separator: ", ")))"
    }
    switch test {
    case .compares(.equal, let literal): return equals([literal])
    case .isIn(let literals): return equals(literals)
    case .compares(let comparison, let literal):
      let isLess = comparison == .less || comparison == .lessOrEqual
      guard let number = literal.number else {
        return "(\(value) \(sql: comparison.rawValue) \(literal.text) AND \(value) >= '')"
      }
      return isLess
        ? "\(value) \(sql: comparison.rawValue) \(number)"
        : "(\(value) \(sql: comparison.rawValue) \(number) AND \(value) < '')"
    case .matches(let literal): return "CAST(\(value) AS TEXT) GLOB \(Self.pattern(literal.text))"
    case .isNull: preconditionFailure("null is not a value")
    }
  }

  /// A day or minute is a span: `=` is within it, `>` is after all of it.
  private func date(_ value: SQL, _ test: RunComparison.Test, field: String) throws -> SQL {
    func span(_ literal: RunLiteral) throws -> Range<Date> {
      guard let span = RunDate.span(of: literal.text) else {
        throw failure(at: literal, .notADate(field: field, found: literal.text))
      }
      return span
    }
    func isWithin(_ literal: RunLiteral) throws -> SQL {
      let span = try span(literal)
      return "(\(value) >= \(span.lowerBound) AND \(value) < \(span.upperBound))"
    }
    switch test {
    case .compares(.equal, let literal): return try isWithin(literal)
    case .isIn(let literals): return "(\(try literals.map(isWithin).joined(separator: " OR ")))"
    case .compares(.less, let literal): return "\(value) < \(try span(literal).lowerBound)"
    case .compares(.lessOrEqual, let literal): return "\(value) < \(try span(literal).upperBound)"
    case .compares(.greater, let literal): return "\(value) >= \(try span(literal).upperBound)"
    case .compares(.greaterOrEqual, let literal): return "\(value) >= \(try span(literal).lowerBound)"
    case .matches(let literal): return "\(value) GLOB \(Self.pattern(literal.text))"
    case .isNull: preconditionFailure("null is not a value")
    }
  }

  private func state(_ value: SQL, _ test: RunComparison.Test) throws -> SQL {
    let literals: [RunLiteral] =
      switch test {
      case .compares(_, let literal): [literal]
      case .isIn(let literals): literals
      case .matches, .isNull: []
      }
    for literal in literals where RunState(rawValue: literal.text) == nil {
      throw failure(at: literal, .unknownState(literal.text, known: RunState.allCases.map(\.rawValue)))
    }
    return try text(value, test)
  }

  /// A text without any of the shell's signs is looked for anywhere.
  private static func pattern(_ text: String) -> String {
    text.contains(where: { "*?[".contains($0) }) ? text : "*\(text)*"
  }

  private func failure(at literal: RunLiteral, _ reason: RunQueryError.Reason) -> RunQueryError {
    RunQueryError(text: resolver.text, column: literal.column, reason: reason)
  }
}
