import Foundation
import Testing

@testable import Engine

struct SplitReaderTests {
  /// Three files: two of split `train`, one of `test`, and a card that says so.
  private func folder() throws -> Scratch {
    let scratch = try Scratch()
    for (name, rows) in [("train-0", 0..<7), ("train-1", 7..<12), ("test-0", 0..<4)] {
      let text = rows.map { "{\"n\": \"\(name.prefix(5)) \($0)\", \"more\": \($0)}\n" }.joined()
      try Data(text.utf8).write(to: scratch.url.appendingPathComponent("\(name).jsonl"))
    }
    return scratch
  }

  /// What the expression means, over all rows in memory.
  private func expected(_ expression: String) throws -> [Int] {
    let split = try SplitExpression(expression)
    var starts: [String: Range<Int>] = [:]
    var end = 0
    for part in split.parts where starts[part.name] == nil {
      starts[part.name] = end..<end + (part.name == "train" ? 12 : 4)
      end += part.name == "train" ? 12 : 4
    }
    return try split.parts.flatMap { part in
      let rows = try #require(starts[part.name])
      return try split.range(of: part, count: rows.count).map { $0 + rows.lowerBound }
    }
  }

  @Test(arguments: [
    "train", "test", "train+test", "test+train", "train[:3]", "train[3:]", "train[5:9]", "train[-5:]", "train[:-9]",
    "train[10%:50%]", "train[6:8]+train[:2]", "train[:5]+train[3:9]", "train[:5]+train[:5]", "train[2:]+train",
    "train[-2:]+test[:1]", "test[1:2]+train[8:]+test", "train[:100]+test[-100:2]", "train[11:]+train[:1]",
    "train[3:5]+train[9:20]+train[4:5]",
  ])
  func anySplitHasItsRowsInOrder(expression: String) throws {
    let folder = try folder()
    let dataset = try Dataset(path: folder.url.path, split: expression)
    let wanted = try expected(expression)
    #expect(dataset.count == wanted.count)
    #expect(try dataset.rows.map(\.row) == wanted)
    #expect(wanted.indices.map { dataset.row(at: $0) } == wanted)
    for (position, row) in wanted.enumerated() {
      #expect(try dataset.record(at: position).row == row)
    }
    let firsts = dataset.positions(of: Set(0..<20))
    for row in 0..<20 { #expect(firsts[row] == wanted.firstIndex(of: row)) }
  }

  @Test func aSelectionOfASplitIsNumberedAsTheDataSet() throws {
    let folder = try folder()
    let dataset = try Dataset(path: folder.url.path, split: "train[4:]").selecting([3, 0, 3])
    #expect(try dataset.rows.map(\.row) == [7, 4, 7])
    #expect(dataset.positions(of: [7, 4, 5]) == [7: 0, 4: 1])
    #expect(try dataset.prefix(2).rows.map(\.row) == [7, 4])
    #expect(try Dataset(path: folder.url.path, split: "train[:2]+train[6:]").prefix(4).rows.map(\.row) == [0, 1, 6, 7])
  }

  @Test(arguments: [1, 2, 3]) func severalThreadsHandRowsOnInOrder(workers: Int) throws {
    let scratch = try Scratch()
    let file = scratch.url.appendingPathComponent("a.txt")
    try Data((0..<20_000).map { "row \($0) \(String(repeating: "x", count: $0 % 100))\n" }.joined().utf8).write(
      to: file)
    let dataset = try Dataset(path: file.path)
    var seen: [Int] = []
    try dataset.scan(
      workers: workers, transform: { $0.row },
      body: { position, row in
        #expect(position == row)
        seen.append(row)
      })
    #expect(seen == Array(0..<20_000))
    struct Refused: Error, Equatable { let row: Int }
    #expect(throws: Refused(row: 12_345)) {
      try dataset.scan(
        workers: workers, transform: { if $0.row >= 12_345 { throw Refused(row: $0.row) } }, body: { _, _ in })
    }
    #expect(throws: CancellationError.self) {
      try dataset.scan(workers: workers, isCancelled: { true }, transform: { $0.row }, body: { _, _ in })
    }
  }

  @Test func onlyWantedColumnsAreKeptUnlessOneIsMissing() throws {
    let folder = try folder()
    func columns(_ selection: ColumnSelection) throws -> [[String]] {
      try Dataset(path: folder.url.path, split: "test[:1]", columns: selection).rows.map(\.columns.keys)
    }
    #expect(try columns(.all) == [["n", "more"]])
    #expect(try columns(ColumnSelection(required: ["more"])) == [["more"]])
    #expect(try columns(ColumnSelection(required: ["more"], optional: ["n", "text"])) == [["n", "more"]])
    #expect(try columns(ColumnSelection(required: ["text"])) == [["n", "more"]])
    #expect(try columns(ColumnSelection(required: [])) == [[]])
  }
}
