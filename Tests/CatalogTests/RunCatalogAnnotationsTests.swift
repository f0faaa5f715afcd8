import Foundation
import Testing

@testable import Catalog

struct RunCatalogAnnotationsTests {
  private let catalog: RunCatalog
  private let run: RunRecord

  init() throws {
    catalog = try RunCatalog.inMemory()
    run = try catalog.register(.sample(name: "first"))
  }

  @Test func tagsAreASet() throws {
    try catalog.tag(run.id, with: ["paper", "best", "paper"])
    try catalog.tag(run.id, with: ["best"])
    #expect(try catalog.details(of: run.id).tags == ["best", "paper"])
    try catalog.untag(run.id, from: ["paper"])
    #expect(try catalog.details(of: run.id).tags == ["best"])
  }

  @Test(arguments: ["", "two words", "a,b", "tab\t"])
  func whatIsNoWordIsNoTag(tag: String) throws {
    #expect(throws: RunCatalogError.unusableTag(tag)) { try catalog.tag(run.id, with: ["good", tag]) }
    #expect(try catalog.details(of: run.id).tags.isEmpty)
  }

  @Test func aTagThatIsNotThereTakesNoneAway() throws {
    try catalog.tag(run.id, with: ["a", "b"])
    #expect(throws: RunCatalogError.noSuchTag("c", runID: run.id)) { try catalog.untag(run.id, from: ["a", "c"]) }
    #expect(try catalog.details(of: run.id).tags == ["a", "b"])
  }

  @Test func notesReplaceEachOther() throws {
    try catalog.setNote("first\nline", of: run.id)
    try catalog.setNote("second\0", of: run.id)
    #expect(try catalog.details(of: run.id).run.note == "second\u{2400}")
    try catalog.setNote("", of: run.id)
    #expect(try catalog.details(of: run.id).run.note == nil)
  }

  @Test func namesStayUniqueAndUsable() throws {
    let other = try catalog.register(.sample(name: "other"))
    try catalog.rename(run.id, to: "first")
    #expect(throws: RunCatalogError.nameTaken(name: "other", runID: other.id)) {
      try catalog.rename(run.id, to: "other")
    }
    #expect(throws: RunCatalogError.unusableName("a/b")) { try catalog.rename(run.id, to: "a/b") }
    #expect(throws: RunCatalogError.unusableName("")) { try catalog.rename(run.id, to: "") }
    try catalog.rename(run.id, to: nil)
    try catalog.rename(other.id, to: "first")
    #expect(try catalog.run(matching: "first", workingDirectory: URL(filePath: "/")).id == other.id)
  }

  @Test func aRunThatIsNotThereIsAnError() throws {
    let missing = RunCatalogError.noSuchRun("000000000000")
    #expect(throws: missing) { try catalog.tag("000000000000", with: ["a"]) }
    #expect(throws: missing) { try catalog.untag("000000000000", from: ["a"]) }
    #expect(throws: missing) { try catalog.setNote("a", of: "000000000000") }
    #expect(throws: missing) { try catalog.rename("000000000000", to: "a") }
  }
}
