import Testing

@testable import Engine

struct DatasetArgumentsTests {
  @Test(arguments: [
    ("", nil), ("  ", nil), ("revision=main", "main"), (" revision = refs/pr/1 ", "refs/pr/1"),
    // As in Python, the later of two wins and only the first sign of equality counts.
    ("revision=a,revision=b=c", "b=c"),
  ])
  func aRevisionIsRead(_ text: String, _ revision: String?) throws {
    #expect(try DatasetArguments(text).revision == revision)
  }

  @Test(arguments: [
    ("revision", DatasetArgumentsError.malformed("revision")), ("revision=", .malformed("revision=")),
    ("=main", .malformed("=main")), ("revision=main,", .malformed("")), (",", .malformed("")),
    ("data_files=a.jsonl", .unknown("data_files")), ("Revision=main", .unknown("Revision")),
  ])
  func anythingElseIsRefused(_ text: String, _ error: DatasetArgumentsError) {
    #expect(throws: error) { try DatasetArguments(text) }
  }
}
