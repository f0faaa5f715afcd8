import GRDB

/// Brings a database to the newest schema, and recognises the databases it must not touch.
///
/// GRDB's own `DatabaseMigrator` looks at what has been applied before it takes the write lock, so that two processes that
/// open a new catalog at the same moment both start on `001`, and the second fails. Here looking and migrating happen
/// under one immediate transaction: the second process waits, looks, and finds nothing left to do. It is also all or
/// nothing: a database is never left between two schemas.
struct SchemaMigrator {
  var migrations = SchemaMigration.all

  /// `bgsn` in ASCII, in the header of every catalog (`PRAGMA application_id`).
  static let applicationID: Int32 = 0x6267_736E

  /// What a database is to this program.
  enum Standing: Equatable {
    /// No table at all: a new file.
    case blank
    /// A catalog that lacks the named migrations; none when up to date.
    case catalog(missing: [String])
    /// A catalog that a newer program has migrated further; the first migration unknown here.
    case newer(migration: String)
    /// Some other program's database.
    case foreign
  }

  func standing(_ db: Database) throws -> Standing {
    // Not `db.tableExists`: GRDB remembers schemas, and another process may have migrated the file since.
    let tables = try String.fetchAll(db, sql: "SELECT name FROM sqlite_schema WHERE type = 'table'")
    guard tables.contains("migration") else { return tables.isEmpty ? .blank : .foreign }
    guard try Int32.fetchOne(db, sql: "PRAGMA application_id") == Self.applicationID else { return .foreign }
    let applied = try String.fetchAll(db, sql: "SELECT name FROM migration ORDER BY name")
    let known = migrations.map(\.name)
    if let unknown = applied.first(where: { !known.contains($0) }) { return .newer(migration: unknown) }
    return .catalog(missing: known.filter { !applied.contains($0) })
  }

  /// Applies what is missing.
  ///
  /// - Throws: `SchemaRefusal` for a database that is not ours or is newer; `DatabaseError`.
  func migrate(_ writer: any DatabaseWriter) throws {
    // Most openings find nothing to do, and must not wait for a process that is writing.
    if try writer.read(standing) == .catalog(missing: []) { return }
    try writer.write { db in
      switch try standing(db) {
      case .newer(let migration): throw SchemaRefusal.newer(migration: migration)
      case .foreign: throw SchemaRefusal.foreign
      case .blank:
        try db.execute(
          sql: """
            PRAGMA application_id = \(Self.applicationID);
            CREATE TABLE migration (
              name TEXT NOT NULL PRIMARY KEY,
              appliedAt TEXT NOT NULL CHECK (datetime(appliedAt) IS NOT NULL)
            ) STRICT, WITHOUT ROWID;
            """)
        try apply(migrations, db)
      case .catalog(let missing):
        try apply(migrations.filter { missing.contains($0.name) }, db)
      }
    }
  }

  private func apply(_ migrations: [SchemaMigration], _ db: Database) throws {
    db.add(function: RunSettings.ofYAML)
    defer { db.remove(function: RunSettings.ofYAML) }
    for migration in migrations {
      try db.execute(sql: migration.sql)
      try db.execute(
        sql: "INSERT INTO migration (name, appliedAt) VALUES (?, strftime('%Y-%m-%d %H:%M:%f', 'now'))",
        arguments: [migration.name])
    }
  }
}

/// Why a database is left alone.
enum SchemaRefusal: Error, Equatable {
  case foreign
  case newer(migration: String)
}
