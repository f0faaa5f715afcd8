import Foundation
import GRDB
import Testing

@testable import Catalog

/// `docs/catalog.md` is the public schema: it mentions all of it, and its queries run.
struct DocumentationTests {
  private let text: String
  private let database: DatabaseQueue

  init() throws {
    text = try String(contentsOf: Repository.root.appending(path: "docs/catalog.md"), encoding: .utf8)
    database = try DatabaseQueue()
    _ = try RunCatalog(database)
  }

  /// The part of the page from a table's heading to the next heading.
  private func section(of table: String) -> Substring? {
    guard let heading = text.range(of: "\n### `\(table)`\n") else { return nil }
    let rest = text[heading.upperBound...]
    return rest[..<(rest.range(of: "\n#")?.lowerBound ?? rest.endIndex)]
  }

  @Test func everyTableAndColumnIsMentioned() throws {
    try database.read { db in
      let tables = try String.fetchAll(db, sql: "SELECT name FROM sqlite_schema WHERE type = 'table'")
      #expect(tables.count == 17)
      for table in tables {
        let part = try #require(section(of: table), "docs/catalog.md has no section '### `\(table)`'")
        for column in try db.columns(in: table) {
          #expect(part.contains("`\(column.name)`"), "docs/catalog.md does not mention \(table).\(column.name)")
        }
      }
    }
  }

  @Test func everyQueryRuns() throws {
    let blocks = text.components(separatedBy: "```sql\n").dropFirst()
      .compactMap { $0.components(separatedBy: "```").first }
    #expect(blocks.count >= 8)
    for block in blocks {
      try database.read { db in
        let statements = try db.allStatements(sql: block)
        while let statement = try statements.next() {
          #expect(statement.isReadonly)
          _ = try Row.fetchAll(statement)
        }
      }
    }
  }

  @Test func everyMigrationIsListed() {
    for migration in SchemaMigration.all {
      #expect(text.contains("`\(migration.name)`"))
    }
  }
}
