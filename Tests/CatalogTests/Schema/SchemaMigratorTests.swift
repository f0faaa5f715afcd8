import Foundation
import GRDB
import Testing

@testable import Catalog

struct SchemaMigratorTests {
  @Test func blankDatabaseGetsEveryMigrationByName() throws {
    let database = try DatabaseQueue()
    _ = try RunCatalog(database)
    let names = try database.read { try String.fetchAll($0, sql: "SELECT name FROM migration ORDER BY name") }
    #expect(
      names == [
        "001-runs", "002-artifacts", "003-publications", "004-dataset-revision", "005-adapters", "006-settings",
        "007-annotations", "008-removal", "009-recipes",
      ])
    #expect(try database.read(SchemaMigrator().standing) == .catalog(missing: []))
  }

  @Test func migratingTwiceChangesNothing() throws {
    let database = try DatabaseQueue()
    _ = try RunCatalog(database)
    let before = try database.read { try String.fetchAll($0, sql: "SELECT appliedAt FROM migration") }
    _ = try RunCatalog(database)
    #expect(try database.read { try String.fetchAll($0, sql: "SELECT appliedAt FROM migration") } == before)
  }

  /// A catalog that stopped at any earlier migration arrives at the same schema as a new one.
  @Test(arguments: 0..<SchemaMigration.all.count)
  func everyOlderSchemaArrivesAtTheNewest(count: Int) throws {
    let old = try DatabaseQueue()
    try SchemaMigrator(migrations: Array(SchemaMigration.all.prefix(count))).migrate(old)
    _ = try RunCatalog(old)
    let new = try DatabaseQueue()
    _ = try RunCatalog(new)
    let schema = "SELECT name || ': ' || coalesce(sql, '') FROM sqlite_schema ORDER BY name"
    let expected = try new.read { try String.fetchAll($0, sql: schema) }
    #expect(try old.read { try String.fetchAll($0, sql: schema) } == expected)
    #expect(expected.count > 20)
  }

  @Test func everyTableIsStrict() throws {
    let database = try DatabaseQueue()
    _ = try RunCatalog(database)
    let loose = try database.read { db in
      try String.fetchAll(
        db, sql: "SELECT name FROM pragma_table_list WHERE schema = 'main' AND NOT strict AND name <> 'sqlite_schema'")
    }
    #expect(loose.isEmpty)
  }

  @Test func newerSchemaIsRefusedByName() throws {
    let database = try DatabaseQueue()
    let newer = SchemaMigration(name: "042-answers", sql: "CREATE TABLE answer (text TEXT NOT NULL) STRICT")
    try SchemaMigrator(migrations: SchemaMigration.all + [newer]).migrate(database)
    let error = #expect(throws: RunCatalogError.self) { try RunCatalog(database) }
    #expect(error == .newerSchema(path: ":memory:", migration: "042-answers"))
    #expect(error?.description.contains("'042-answers'") == true)
    #expect(error?.description.contains("update bergson") == true)
  }

  @Test func failedMigrationLeavesTheDatabaseAsItWas() throws {
    let database = try DatabaseQueue()
    let broken = SchemaMigration(
      name: "002-broken", sql: "CREATE TABLE a (x TEXT) STRICT; CREATE TABLE a (x TEXT) STRICT")
    #expect(throws: DatabaseError.self) { try SchemaMigrator(migrations: [.runs, broken]).migrate(database) }
    #expect(try database.read(SchemaMigrator().standing) == .blank)
  }

  /// The files of `Tests/Fixtures/catalog` were dumped by `sqlite3 .dump` when their schema shipped and are never
  /// regenerated: they stand for the files that people have. A newer one is the older one, migrated, with rows in what came.
  @Test(arguments: ["003-publications", "005-adapters", "008-removal"])
  func shippedCatalogOpensWithAllItsRows(schema: String) throws {
    let directory = try TemporaryDirectory()
    let file = directory.file("catalog.sqlite")
    let dump = try String(contentsOf: Repository.fixtures.appending(path: "\(schema).sql"), encoding: .utf8)
    do {
      let database = try DatabaseQueue(path: file.path)
      try database.writeWithoutTransaction { try $0.execute(sql: dump) }
    }
    let catalog = try RunCatalog.openExisting(at: file)
    let run = try catalog.run(matching: "first", workingDirectory: directory.url)
    #expect(run.id == "0123456789ab")
    #expect(run.commandLine == ["bergson", "score", "out"])
    let details = try catalog.details(of: run.id)
    #expect(details.models.map(\.architecture) == ["gpt_neox"])
    #expect(details.models.map(\.adapterRank) == [schema < "005" ? nil : "4"])
    #expect(details.tags == (schema < "007" ? [] : ["paper"]) && run.note == (schema < "007" ? nil : "as sent"))
    #expect(try catalog.list(RunQuery(where: "config.run_path = out")).entries.map(\.run) == [run])
    #expect(details.datasets.map(\.role) == [.data, .query])
    #expect(details.datasets.map(\.hubRevision) == [nil, nil])
    #expect(details.metrics.map(\.name) == ["documents"])
    #expect(details.produced.map(\.keyIngredients) == [["data": "d1", "projection_dim": "16"]])
    #expect(details.warnings == ["3 rows were skipped"])
    let publication = try catalog.publication(of: run.id)
    #expect(publication.queries.map(\.text) == ["Who wrote it?"])
    #expect(publication.hits.map(\.score) == [0.5, -0.25])
    #expect(publication.documents.map(\.row) == [7, 9])
    #expect(publication.histograms.map(\.count) == [2])
    #expect(publication.evaluations.map(\.value) == [0.75])
    #expect(try catalog.runs(matching: RunFilter(state: .finished)) == [run])
  }
}
