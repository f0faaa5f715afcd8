import Foundation
import GRDB
import Testing

@testable import Catalog

struct RunCatalogMaintenanceTests {
  @Test func missingArtifactsAreForgottenAndOthersKept() throws {
    let catalog = try RunCatalog.inMemory()
    let run = try catalog.register(.sample())
    try catalog.record(.sample(path: "/here", key: "aa"), producedBy: run.id)
    try catalog.record(.sample(path: "/gone", key: "bb"), producedBy: run.id)
    #expect(try catalog.forgetMissingArtifacts { $0.path == "/gone" }.map(\.path) == ["/gone"])
    #expect(try catalog.artifact(forKey: "aa") != nil && catalog.artifact(forKey: "bb") == nil)
    #expect(try catalog.forgetMissingArtifacts { $0.path == "/gone" }.isEmpty)
    #expect(try catalog.liveArtifacts().map(\.path) == ["/here"])
    #expect(try catalog.liveArtifacts(of: run.id).map(\.path) == ["/here"])
  }

  @Test func aSoundCatalogHasNoProblemsAndADamagedOneNamesThem() throws {
    let directory = try TemporaryDirectory()
    let catalog = try RunCatalog.open(at: directory.file("catalog.sqlite"))
    _ = try catalog.register(.sample())
    #expect(try catalog.integrityProblems().isEmpty)
    try catalog.withoutTransaction { db in
      try db.execute(sql: "PRAGMA foreign_keys = OFF")
      try db.execute(sql: "INSERT INTO metric VALUES ('ffffffffffff', 'tokens', 1, '')")
      try db.execute(sql: "PRAGMA foreign_keys = ON")
    }
    #expect(
      try catalog.integrityProblems() == ["a row of metric refers to one of run that is not there"])
  }

  @Test func tidyingFoldsTheLogIn() throws {
    let directory = try TemporaryDirectory()
    let catalog = try RunCatalog.open(at: directory.file("catalog.sqlite"))
    _ = try catalog.register(.sample())
    try catalog.tidy()
    #expect(try FileTree.bytes(at: directory.file("catalog.sqlite-wal").path) == 0)
    #expect(try catalog.runs().count == 1)
  }
}
