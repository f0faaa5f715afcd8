import Foundation
import Testing

@testable import Catalog

struct CatalogQueryTests {
  private let directory: TemporaryDirectory
  private let file: URL

  init() throws {
    directory = try TemporaryDirectory()
    file = directory.file("catalog.sqlite")
    _ = try RunCatalog.open(at: file).register(.sample(name: "first"))
  }

  @Test func answersHaveColumnsAndTypedValues() throws {
    let answer = try CatalogQuery(catalog: file).answer(
      "SELECT name, coreCount, 0.5 AS half, path FROM run; -- and nothing else")
    #expect(answer.columns == ["name", "coreCount", "half", "path"])
    #expect(answer.rows == [[.text("first"), .integer(2), .real(0.5), nil]])
  }

  @Test(arguments: [
    "DELETE FROM run", "UPDATE run SET name = 'x' RETURNING id", "DROP TABLE run", "PRAGMA user_version = 7",
    "SELECT * FROM nothing", "SELEC 1", "", "SELECT 1; DELETE FROM run", "CREATE TEMP TABLE t (x)",
    "ATTACH '/tmp/bergson-never-made.sqlite' AS other", "VACUUM INTO '/tmp/bergson-never-made.sqlite'",
  ])
  func whatIsNotOneStatementThatReadsIsRefused(sql: String) throws {
    let query = try CatalogQuery(catalog: file)
    _ = #expect(throws: (any Error).self) { try query.answer(sql) }
    #expect(try RunCatalog.openExisting(at: file).runs().map(\.name) == ["first"])
    #expect(!FileManager.default.fileExists(atPath: "/tmp/bergson-never-made.sqlite"))
  }

  @Test func aCatalogThatIsNotThereIsNotMade() throws {
    let missing = directory.file("no.sqlite")
    #expect(throws: RunCatalogError.noCatalog(path: missing.path)) { try CatalogQuery(catalog: missing) }
    #expect(!FileManager.default.fileExists(atPath: missing.path))
  }
}
