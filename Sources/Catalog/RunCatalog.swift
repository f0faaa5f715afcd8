package import GRDB

/// The catalog of runs: one SQLite file with what ran, on what, what came out, and which artifacts can be used again.
///
/// The schema is public and documented in `docs/catalog.md`. Every verb is one short transaction, and a write takes the
/// lock when it begins, so processes that share a catalog wait for each other (busy timeout) and lose nothing. Errors of
/// SQLite leave as `RunCatalogError`.
package final class RunCatalog: Sendable {
  /// The file, or `:memory:`.
  package let path: String
  /// Seconds to wait for another process's write before giving up.
  package let busyTimeout: Double
  private let database: any DatabaseWriter

  /// Wraps a database and brings it to the newest schema.
  ///
  /// - Throws: `RunCatalogError`, among them `.newerSchema` and `.notACatalog`.
  package init(_ database: any DatabaseWriter, busyTimeout: Double = RunCatalog.defaultBusyTimeout) throws {
    self.database = database
    self.path = database.path
    self.busyTimeout = busyTimeout
    try translatingErrors { try SchemaMigrator().migrate(database) }
  }

  /// Wraps a database that may only be read, under the path that messages name.
  init(readOnly database: any DatabaseWriter, path: String, busyTimeout: Double) throws {
    self.database = database
    self.path = path
    self.busyTimeout = busyTimeout
    switch try read(SchemaMigrator().standing) {
    case .catalog(let missing) where missing.isEmpty: break
    case .catalog(let missing): throw RunCatalogError.outdatedReadOnly(path: path, migrations: missing)
    case .blank: throw RunCatalogError.noCatalog(path: path)
    case .newer(let migration): throw RunCatalogError.newerSchema(path: path, migration: migration)
    case .foreign: throw RunCatalogError.notACatalog(path: path)
    }
  }

  package static let defaultBusyTimeout: Double = 10

  /// Whether file or directory may only be read.
  var isReadOnly: Bool { database.configuration.readonly }

  /// A catalog that vanishes with the object, for tests.
  package static func inMemory() throws -> RunCatalog {
    try RunCatalog(DatabaseQueue())
  }

  /// Reads under one snapshot.
  func read<T>(_ body: (Database) throws -> T) throws -> T {
    try translatingErrors { try database.read(body) }
  }

  /// Writes in one immediate transaction: all of it or nothing.
  func write<T>(_ body: (Database) throws -> T) throws -> T {
    try translatingErrors { try database.write(body) }
  }

  /// For statements that SQLite allows only outside of transactions.
  func withoutTransaction<T>(_ body: (Database) throws -> T) throws -> T {
    try translatingErrors { try database.writeWithoutTransaction(body) }
  }

  private func translatingErrors<T>(_ body: () throws -> T) throws -> T {
    do {
      return try body()
    } catch {
      throw RunCatalogError.translated(error, path: path, busyTimeout: busyTimeout)
    }
  }
}

extension RunCatalogError {
  /// SQLite's result codes in the words of this catalog; any other error unchanged.
  static func translated(_ error: any Error, path: String, busyTimeout: Double) -> any Error {
    if let refusal = error as? SchemaRefusal {
      return switch refusal {
      case .foreign: RunCatalogError.notACatalog(path: path)
      case .newer(let migration): RunCatalogError.newerSchema(path: path, migration: migration)
      }
    }
    guard let error = error as? DatabaseError else { return error }
    let reason = error.message ?? "SQLite error \(error.extendedResultCode.rawValue)"
    return switch error.resultCode {
    case .SQLITE_BUSY, .SQLITE_LOCKED: RunCatalogError.locked(path: path, seconds: busyTimeout)
    case .SQLITE_NOTADB: RunCatalogError.notADatabase(path: path)
    case .SQLITE_CORRUPT: RunCatalogError.damaged(path: path, detail: reason)
    case .SQLITE_FULL: RunCatalogError.diskFull(path: path)
    case .SQLITE_READONLY, .SQLITE_PERM: RunCatalogError.notWritable(path: path, reason: reason)
    case .SQLITE_CANTOPEN, .SQLITE_IOERR: RunCatalogError.unreadable(path: path, reason: reason)
    case .SQLITE_CONSTRAINT: RunCatalogError.rowRefused(detail: reason)
    default: error
    }
  }
}
