import Foundation
import Testing

@testable import Engine

struct RecordStoreTests {
  /// Every kind of value, with integers and numbers at their ends.
  private func record(_ row: Int) -> Record {
    Record(
      row: row, file: row % 3 == 0 ? "a.jsonl" : "b.jsonl", line: row * 1000 + 1,
      columns: [
        "text": .string(String(repeating: "é\u{1F600}x", count: row % 50)), "": .null, "yes": .bool(true),
        "no": .bool(false), "least": .integer(.min), "most": .integer(.max), "small": .integer(-row),
        "tiny": .number(.leastNonzeroMagnitude), "minus zero": .number(-0.0), "e\u{301}": .number(1.5),
        "\u{E9}": .string("\0"),
        "messages": .array([.object(["role": .string("user"), "parts": .array([])]), .object([:]), .null]),
      ])
  }

  private func store(_ count: Int, bufferSize: Int = SpillWriter.bufferSize) throws -> RecordStore {
    var writer = RecordStoreWriter(spill: SpillWriter(bufferSize: bufferSize))
    for row in 0..<count { try writer.append(record(row)) }
    return try writer.finish()
  }

  @Test(arguments: [0, 1, 2, 700, 5000], [SpillWriter.bufferSize, 1000])
  func recordsComeBackToTheBit(count: Int, bufferSize: Int) throws {
    let store = try store(count, bufferSize: bufferSize)
    #expect(store.count == count)
    for number in 0..<count {
      let block = try store.read(block: store.block(of: number))
      let read = block[number]
      #expect(read == record(number))
      guard case .number(let zero)? = read.columns["minus zero"] else {
        Issue.record("minus zero is no number")
        return
      }
      #expect(zero.sign == .minus)
      #expect(read.columns.keys == record(number).columns.keys)
    }
  }

  @Test func blocksCoverTheRecordsInOrder() throws {
    let store = try store(5000)
    var next = 0
    while next < store.count {
      let block = store.block(of: next)
      #expect(store.records(of: block).lowerBound == next)
      next = store.records(of: block).upperBound
    }
    #expect(store.block(of: 4999) > 5, "there are several blocks")
  }
}
