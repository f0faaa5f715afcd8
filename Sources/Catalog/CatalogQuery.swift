package import Foundation
import GRDB

/// A query of somebody's own, over a connection that cannot write.
package struct CatalogQuery: Sendable {
  package struct Answer: Sendable, Equatable {
    package var columns: [String]
    package var rows: [[RunValue?]]
  }

  /// What SQLite says of wrong SQL, of several statements, and of writing.
  private static let refusals: [ResultCode] = [.SQLITE_ERROR, .SQLITE_MISUSE, .SQLITE_READONLY]

  private let database: DatabaseQueue
  private let path: String

  /// - Throws: `RunCatalogError`.
  package init(catalog url: URL) throws {
    path = url.standardizedFileURL.path
    // Brings an older catalog to this version's schema, and refuses what is none.
    _ = try RunCatalog.openExisting(at: url)
    var configuration = Configuration()
    configuration.readonly = true
    configuration.busyMode = .timeout(RunCatalog.defaultBusyTimeout)
    do {
      database = try DatabaseQueue(path: RunCatalog.readOnlyName(path), configuration: configuration)
    } catch {
      throw RunCatalogError.translated(error, path: path, busyTimeout: RunCatalog.defaultBusyTimeout)
    }
  }

  /// - Throws: `RunCatalogError.queryRefused` for what is not one statement that reads.
  package func answer(_ sql: String) throws -> Answer {
    do {
      return try database.read { db in
        // One statement: a second would be left out in silence.
        let statement = try db.makeStatement(sql: sql)
        guard statement.isReadonly else { throw RunCatalogError.queryRefused(reason: "it would change something") }
        let rows = try Row.fetchAll(statement).map { row in
          row.databaseValues.map { RunValue.fromDatabaseValue($0) } as [RunValue?]
        }
        return Answer(columns: statement.columnNames, rows: rows)
      }
    } catch let error as DatabaseError where Self.refusals.contains(error.resultCode) {
      throw RunCatalogError.queryRefused(reason: error.message ?? "\(error.resultCode)")
    } catch {
      throw RunCatalogError.translated(error, path: path, busyTimeout: RunCatalog.defaultBusyTimeout)
    }
  }
}
