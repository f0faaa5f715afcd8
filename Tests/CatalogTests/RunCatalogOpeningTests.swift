import Foundation
import GRDB
import Testing

@testable import Catalog

struct RunCatalogOpeningTests {
  private let directory: TemporaryDirectory

  init() throws {
    directory = try TemporaryDirectory()
  }

  @Test func explicitPathComesBeforeEnvironmentBeforeAncestors() throws {
    let inner = directory.file("a/b")
    try FileManager.default.createDirectory(at: inner, withIntermediateDirectories: true)
    let environment = ["BERGSON_CATALOG": "env.sqlite"]
    func located(_ explicit: String?, _ environment: [String: String]) -> String {
      RunCatalog.locate(explicit: explicit, environment: environment, workingDirectory: inner).path
    }
    #expect(located(nil, [:]) == inner.path + "/.bergson/catalog.sqlite")
    _ = try RunCatalog.open(at: directory.file(".bergson/catalog.sqlite"))
    #expect(located(nil, [:]) == directory.url.path + "/.bergson/catalog.sqlite")
    #expect(located(nil, ["BERGSON_CATALOG": ""]) == directory.url.path + "/.bergson/catalog.sqlite")
    #expect(located(nil, environment) == inner.path + "/env.sqlite")
    #expect(located("", environment) == inner.path + "/env.sqlite")
    #expect(located("../x.sqlite", environment) == directory.url.path + "/a/x.sqlite")
    #expect(located("/elsewhere/x.sqlite", environment) == "/elsewhere/x.sqlite")
  }

  @Test func openingMakesDirectoryAndFileInWALMode() throws {
    let file = directory.file("new/deep/catalog.sqlite")
    let catalog = try RunCatalog.open(at: file)
    #expect(catalog.path == file.path)
    #expect(try catalog.read { try String.fetchOne($0, sql: "PRAGMA journal_mode") } == "wal")
    #expect(try catalog.read { try Bool.fetchOne($0, sql: "PRAGMA foreign_keys") } == true)
  }

  /// What happens to a catalog that was copied to a network file system.
  @Test func catalogChangesToARollbackJournalAndBack() throws {
    let file = directory.file("catalog.sqlite")
    let run = try RunCatalog.open(at: file).register(.sample())
    do {
      let database = try DatabaseQueue(path: file.path)
      try RunCatalog.setJournalMode("delete", of: database, busyTimeout: 1)
      let catalog = try RunCatalog(database)
      try catalog.finish(run.id)
      #expect(try catalog.read { try String.fetchOne($0, sql: "PRAGMA journal_mode") } == "delete")
      #expect(!FileManager.default.fileExists(atPath: file.path + "-wal"))
    }
    let catalog = try RunCatalog.openExisting(at: file)
    #expect(try catalog.runs().map(\.status) == [.finished])
    #expect(try catalog.read { try String.fetchOne($0, sql: "PRAGMA journal_mode") } == "wal")
  }

  /// Another connection that reads keeps the journal mode from changing: one is told so after the timeout.
  @Test func journalModeWaitsNoLongerThanTheTimeout() throws {
    let file = directory.file("catalog.sqlite")
    _ = try RunCatalog.open(at: file)
    let reader = try DatabaseQueue(path: file.path)
    let database = try DatabaseQueue(path: file.path)
    try reader.read { db in
      _ = try Int.fetchOne(db, sql: "SELECT count(*) FROM run")
      #expect(throws: DatabaseError.self) {
        try RunCatalog.setJournalMode("delete", of: database, busyTimeout: 0.1)
      }
    }
  }

  @Test func missingCatalogIsSaidWithTheCure() throws {
    let file = directory.file("none.sqlite")
    let error = #expect(throws: RunCatalogError.self) { try RunCatalog.openExisting(at: file) }
    #expect(error == .noCatalog(path: file.path))
    #expect(error?.description.contains("--catalog") == true)
    #expect(!FileManager.default.fileExists(atPath: file.path))
  }

  @Test func emptyFileIsNoCatalogButMayBecomeOne() throws {
    let file = directory.file("empty.sqlite")
    try Data().write(to: file)
    #expect(throws: RunCatalogError.noCatalog(path: file.path)) { try RunCatalog.openExisting(at: file) }
    _ = try RunCatalog.open(at: file).register(.sample())
    #expect(try RunCatalog.openExisting(at: file).runs().count == 1)
  }

  @Test func otherFilesAreNotTouched() throws {
    let text = directory.file("notes.txt")
    let bytes = Data(String(repeating: "These are notes, not a database.\n", count: 50).utf8)
    try bytes.write(to: text)
    #expect(throws: RunCatalogError.notADatabase(path: text.path)) { try RunCatalog.open(at: text) }
    #expect(throws: RunCatalogError.notADatabase(path: text.path)) { try RunCatalog.openExisting(at: text) }
    #expect(try Data(contentsOf: text) == bytes)
  }

  @Test func databasesOfOtherProgramsAreNotTouched() throws {
    let file = directory.file("other.sqlite")
    do {
      let other = try DatabaseQueue(path: file.path)
      try other.write { try $0.execute(sql: "CREATE TABLE migration (name TEXT); INSERT INTO migration VALUES ('x')") }
    }
    let bytes = try Data(contentsOf: file)
    #expect(throws: RunCatalogError.notACatalog(path: file.path)) { try RunCatalog.open(at: file) }
    #expect(try Data(contentsOf: file) == bytes)
  }

  @Test func newerCatalogIsNotTouched() throws {
    let file = directory.file("newer.sqlite")
    do {
      let database = try DatabaseQueue(path: file.path)
      try SchemaMigrator(migrations: SchemaMigration.all + [SchemaMigration(name: "099-x", sql: "SELECT 1")])
        .migrate(database)
    }
    let bytes = try Data(contentsOf: file)
    #expect(throws: RunCatalogError.newerSchema(path: file.path, migration: "099-x")) {
      try RunCatalog.openExisting(at: file)
    }
    #expect(try Data(contentsOf: file) == bytes)
  }

  @Test func directoryIsNotACatalog() throws {
    let error = RunCatalogError.isDirectory(path: directory.url.path)
    #expect(throws: error) { try RunCatalog.open(at: directory.url) }
    #expect(throws: error) { try RunCatalog.openExisting(at: directory.url) }
    #expect(error.description.contains("catalog.sqlite"))
  }

  /// Not even root can make a directory in `/proc`.
  @Test func directoryThatCannotBeMadeIsNamed() throws {
    let file = URL(filePath: "/proc/bergson/catalog.sqlite")
    let error = #expect(throws: RunCatalogError.self) { try RunCatalog.open(at: file) }
    guard case .notWritable(file.path, _) = error else {
      Issue.record("\(String(describing: error))")
      return
    }
  }

  @Test func readOnlyCatalogIsReadAndRefusesWrites() throws {
    let file = directory.file("catalog.sqlite")
    let run = try RunCatalog.open(at: file).register(.sample())
    let catalog = try RunCatalog.openReadOnly(path: file.path, busyTimeout: 1)
    #expect(try catalog.runs() == [run])
    let error = #expect(throws: RunCatalogError.self) { try catalog.finish(run.id) }
    guard case .notWritable(file.path, _) = error else {
      Issue.record("\(String(describing: error))")
      return
    }
  }

  @Test(.enabled("root may write everywhere") { geteuid() != 0 })
  func catalogInReadOnlyDirectoryIsRead() throws {
    let inner = directory.file("read only?#%")
    let file = inner.appending(path: "catalog.sqlite")
    let run = try RunCatalog.open(at: file).register(.sample())
    try FileManager.default.setAttributes([.posixPermissions: 0o555], ofItemAtPath: inner.path)
    defer { try? FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: inner.path) }
    #expect(try RunCatalog.openExisting(at: file).runs() == [run])
    let error = #expect(throws: RunCatalogError.self) { try RunCatalog.open(at: file) }
    guard case .notWritable(file.path, _) = error else {
      Issue.record("\(String(describing: error))")
      return
    }
  }

  @Test func olderCatalogThatMayOnlyBeReadIsRefused() throws {
    let file = directory.file("old.sqlite")
    do {
      try SchemaMigrator(migrations: [.runs]).migrate(try DatabaseQueue(path: file.path))
    }
    #expect(
      throws: RunCatalogError.outdatedReadOnly(
        path: file.path, migrations: SchemaMigration.all.dropFirst().map(\.name))
    ) { try RunCatalog.openReadOnly(path: file.path, busyTimeout: 1) }
  }

  @Test func lockedCatalogCanBeReadAndSaysThatItIsLocked() throws {
    let file = directory.file("catalog.sqlite")
    let run = try RunCatalog.open(at: file).register(.sample())
    let holder = try DatabaseQueue(path: file.path)
    try holder.writeWithoutTransaction { db in
      try db.inTransaction(.immediate) {
        let catalog = try RunCatalog.open(at: file, busyTimeout: 0.05)
        #expect(try catalog.runs() == [run])
        let error = #expect(throws: RunCatalogError.self) { try catalog.finish(run.id) }
        #expect(error == .locked(path: file.path, seconds: 0.05))
        #expect(error?.description.contains("locked") == true)
        return .rollback
      }
    }
    #expect(try RunCatalog.open(at: file, busyTimeout: 0.05).finish(run.id).status == .finished)
  }

  @Test func damagedCatalogIsSaidToBe() throws {
    let file = directory.file("catalog.sqlite")
    do {
      let catalog = try RunCatalog.open(at: file)
      for _ in 0..<50 { _ = try catalog.register(.sample()) }
    }
    var bytes = try Data(contentsOf: file)
    bytes.replaceSubrange(4096..<bytes.count, with: Data(repeating: 0xFF, count: bytes.count - 4096))
    try bytes.write(to: file)
    let error = #expect(throws: RunCatalogError.self) { try RunCatalog.openExisting(at: file).runs() }
    guard case .damaged(file.path, _) = error else {
      Issue.record("\(String(describing: error))")
      return
    }
  }
}
