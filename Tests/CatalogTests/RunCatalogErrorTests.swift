import GRDB
import Testing

@testable import Catalog

struct RunCatalogErrorTests {
  /// Whatever SQLite says arrives as a fact of the catalog that names the file.
  @Test(arguments: [
    (ResultCode.SQLITE_BUSY, "is locked"),
    (.SQLITE_BUSY_SNAPSHOT, "is locked"),
    (.SQLITE_LOCKED, "is locked"),
    (.SQLITE_NOTADB, "is not an SQLite database"),
    (.SQLITE_CORRUPT, "is damaged"),
    (.SQLITE_READONLY_DIRECTORY, "cannot be written"),
    (.SQLITE_FULL, "its disk is full"),
    (.SQLITE_CANTOPEN, "cannot be opened"),
    (.SQLITE_IOERR_READ, "cannot be opened"),
  ])
  func resultCodesHaveWords(code: ResultCode, words: String) throws {
    let error = RunCatalogError.translated(
      DatabaseError(resultCode: code), path: "/c.sqlite", busyTimeout: 3)
    let description = try #require(error as? RunCatalogError).description
    #expect(description.contains(words))
    #expect(description.contains("'/c.sqlite'"))
  }

  @Test func otherErrorsPassUnchanged() {
    let misuse = RunCatalogError.translated(
      DatabaseError(resultCode: .SQLITE_MISUSE), path: "/c", busyTimeout: 3)
    #expect((misuse as? DatabaseError)?.resultCode == .SQLITE_MISUSE)
    let own = RunCatalogError.translated(RunCatalogError.noSuchRun("x"), path: "/c", busyTimeout: 3)
    #expect(own as? RunCatalogError == .noSuchRun("x"))
  }
}
