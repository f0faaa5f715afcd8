import Foundation
import Testing

@testable import Engine

struct RetrainingBankTests {
  @Test func aBankIsReadFromItsFile() throws {
    let scratch = try Scratch()
    let file = scratch.url.appendingPathComponent("bank.json")
    try Data(DatamodelingScoreTests.bankText.utf8).write(to: file)
    let bank = try RetrainingBank(contentsOf: file)
    #expect(bank.subsets == [[0, 1], [1, 2], [2, 3]])
    #expect(bank.queryCount == 2 && bank.repeatCount == 2)
    #expect(bank.meanLosses(query: 1) == [2, 2, 0])
  }

  @Test(arguments: [
    ("[]", "has no lists 'subsets' and 'losses'"),
    (#"{"subsets": 3, "losses": []}"#, "has no lists 'subsets' and 'losses'"),
    (#"{"subsets": [[0], [1]], "losses": [[[1], [2]]]}"#, "has 2 subsets, expected at least 3"),
    (#"{"subsets": [[0], 1, [2]], "losses": [[[1], [2], [3]]]}"#, "has no list of rows as subset 1"),
    (#"{"subsets": [[0], [-1], [2]], "losses": [[[1], [2], [3]]]}"#, "row numbers from 0 in subset 1"),
    (#"{"subsets": [[0], [1.5], [2]], "losses": [[[1], [2], [3]]]}"#, "row numbers from 0 in subset 1"),
    (#"{"subsets": [[0], [], [2]], "losses": [[[1], [2], [3]]]}"#, "keeps no row in subset 1"),
    (#"{"subsets": [[0], [4, 1, 4], [2]], "losses": [[[1], [2], [3]]]}"#, "keeps row 4 twice in subset 1"),
    (#"{"subsets": [[0], [1], [2]], "losses": []}"#, "has no losses"),
    (#"{"subsets": [[0], [1], [2]], "losses": [[[1], [2]]]}"#, "has not 3 lists"),
    (#"{"subsets": [[0], [1], [2]], "losses": [[[1], [2], [3]], 7]}"#, "as losses of repeat 1"),
    (#"{"subsets": [[0], [1], [2]], "losses": [[[1], [2], []]]}"#, "has no losses in repeat 0, subset 2"),
    (
      #"{"subsets": [[0], [1], [2]], "losses": [[[1, 2], [2], [3, 1]]]}"#,
      "has losses of 1 queries in repeat 0, subset 1, of 2 before"
    ),
    (#"{"subsets": [[0], [1], [2]], "losses": [[[1], ["2"], [3]]]}"#, "no finite number in repeat 0, subset 1"),
    (#"{"subsets": [[0], [1], [2]], "losses": [[[1], [1e999], [3]]]}"#, "is no valid JSON"),
    (#"{"subsets": [[0], [1], [2]], "losses": [[[1], [NaN], [3]]]}"#, "is no valid JSON"),
    (#"{"subsets": [[0], [1"#, "is no valid JSON"),
    (String(repeating: "[", count: 100_000), "is no valid JSON"),
    ("", "is no valid JSON"),
  ])
  func malformedBanksAreRefusedByName(text: String, reason: String) throws {
    let scratch = try Scratch()
    let file = scratch.url.appendingPathComponent("bank.json")
    try Data(text.utf8).write(to: file)
    let error = #expect(throws: (any Error).self) { try RetrainingBank(contentsOf: file) }
    let words = "\(try #require(error))"
    #expect(words.contains(reason) && words.contains(file.path), "\(words)")
  }
}
