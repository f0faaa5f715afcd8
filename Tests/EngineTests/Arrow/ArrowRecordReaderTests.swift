import Foundation
import Testing

@testable import Engine

/// Fixtures and expected rows are made by Tests/Fixtures/arrow/make.py.
struct ArrowRecordReaderTests {
  private func fixture(_ name: String) -> URL { checkpointFixture("arrow", name) }

  private func rows(_ file: URL) throws -> [Record] {
    var reader = try RecordFormat.reader(for: file)
    var rows: [Record] = []
    while let row = try reader.next() { rows.append(row) }
    return rows
  }

  private func expected(_ name: String) throws -> [JSONValue] {
    let text = try Array(Data(contentsOf: fixture("rows.json")))
    return try #require(text.withUnsafeBytes { try JSONParser.parse($0) }[name]?.array)
  }

  private static let types = ["types-stream.arrow", "types-file.arrow", "types-zstd.arrow"]

  @Test(arguments: types) func everyTypeIsReadAsPythonReadsIt(name: String) throws {
    let rows = try rows(fixture(name))
    #expect(rows.map(\.row) == [0, 1, 2, 3])
    for (ours, theirs) in zip(rows, try expected("types")) {
      let theirs = try #require(theirs.object)
      #expect(ours.columns.keys == theirs.keys)
      for (key, value) in theirs {
        #expect(ours.columns[key] == value, "row \(ours.row), column \(key)")
      }
    }
  }

  @Test(arguments: types + ["deltas.arrow"]) func rowsAreSkippedAndColumnsLeftOut(name: String) throws {
    let all = try rows(fixture(name))
    let column = try #require(all.first?.columns.keys.last)
    for start in 0...all.count {
      var reader = try RecordFormat.reader(for: fixture(name), columns: ColumnSelection(required: [column]))
      #expect(try reader.skip(start) == start)
      let next = try reader.next()
      #expect(next?.row == (start < all.count ? start : nil))
      #expect(next?.columns == (start < all.count ? [column: all[start].columns[column] ?? .null] : nil))
    }
    var reader = try RecordFormat.reader(for: fixture(name))
    #expect(try reader.skip(.max) == all.count)
  }

  @Test func dictionariesGrowAndAreReplaced() throws {
    let rows = try rows(fixture("deltas.arrow"))
    #expect(rows.map { JSONValue.object($0.columns) } == (try expected("deltas")))
    #expect(rows.map(\.line) == [1, 2, 3, 4, 5, 6])
  }

  @Test func numbersThatAreNotFiniteAreTextThatRecordsReadAsNumbers() throws {
    let scratch = try CheckpointScratch()
    let values = [Double.nan, .infinity, -.infinity, 0.5]
    try ArrowDataset.write([ArrowColumn("reward", .float64(values))], to: scratch.url)
    let rows = try rows(scratch.url.appendingPathComponent("data-00000-of-00001.arrow"))
    #expect(rows.map(\.columns["reward"]) == [.string("nan"), .string("inf"), .string("-inf"), .number(0.5)])
    #expect(try rows[0].number("reward", flag: "-")?.isNaN == true)
    #expect(try rows[2].number("reward", flag: "-") == -.infinity)
  }

  @Test func otherTypesAndCompressionsAreRefusedByName() {
    let binary = fixture("binary.arrow")
    #expect(throws: DataError.unsupportedColumn(file: binary.path, column: "image", type: "binary")) {
      try rows(binary)
    }
    let lz4 = #expect(throws: DataError.self) { try rows(fixture("lz4.arrow")) }
    #expect(lz4?.description.contains("is compressed with lz4, which is not supported") == true)
  }

  @Test func anArrowFileIsNotCompressedAsAWhole() throws {
    let scratch = try CheckpointScratch()
    let path = try scratch.write("", to: "a.arrow.gz").path
    #expect(throws: DataError.unsupportedFormat(path: path, found: ".arrow.gz")) {
      try rows(URL(fileURLWithPath: path))
    }
  }

  @Test(arguments: types + ["deltas.arrow"]) func cutFilesAreRefused(name: String) throws {
    let whole = try Data(contentsOf: fixture(name))
    let scratch = try CheckpointScratch()
    let file = scratch.url.appendingPathComponent("x.arrow")
    for count in whole.indices {
      try whole.prefix(count).write(to: file)
      #expect(throws: DataError.malformedArrow(file: file.path, reason: "is cut short or no Arrow data"), "\(count)") {
        try rows(file)
      }
    }
  }

  /// Damaged anywhere, a file is read or refused, and never followed out of bounds.
  @Test(arguments: types + ["deltas.arrow"]) func damagedFilesAreNeverFollowedOutOfBounds(name: String) throws {
    let whole = try Data(contentsOf: fixture(name))
    let scratch = try CheckpointScratch()
    let file = scratch.url.appendingPathComponent("x.arrow")
    for position in stride(from: 0, to: whole.count, by: 7) {
      for value: UInt8 in [0x7F, 0xFF] where whole[position] != value {
        var damaged = whole
        damaged[position] = value
        try damaged.write(to: file)
        do {
          _ = try rows(file)
        } catch {
          #expect(error is DataError, "\(position)")
        }
      }
    }
  }

  /// The two members of every struct are structs with the same members: a kilobyte that describes 2^30 fields.
  @Test func tablesThatAreReferredToTwiceAreRefusedInBoundedTime() throws {
    var writer = FlatBufferWriter()
    let message = writer.table(
      FlatBufferWriter.root, [.short(ArrowMessageTag.version), .byte(ArrowMessageTag.schema), .offset, .long(0)])
    let schema = writer.table(message[2], [.absent, .offset])
    var slots = writer.offsets(schema[1], count: 1)
    var twins: [(Int, Int)] = []
    for level in 0...30 {
      // Field: name, nullable, type_type, type, dictionary, children.
      let tag = level < 30 ? ArrowTypeTag.structure : ArrowTypeTag.null
      let fields = slots.enumerated().map { i, slot in
        let field = writer.table(slot, [.offset, .absent, .byte(tag), .offset, .absent, .offset])
        writer.string(field[0], "member \(i)")
        _ = writer.table(field[3], [])
        return field
      }
      slots = writer.offsets(fields[0][5], count: level < 30 ? 2 : 0)
      if fields.count == 2 { twins.append((fields[0][5], fields[1][5])) }
    }
    var metadata = writer.bytes
    for (first, second) in twins {
      let distance = metadata.withUnsafeBytes { $0.loadUnaligned(fromByteOffset: first, as: UInt32.self) }
      withUnsafeBytes(of: distance - UInt32(second - first)) { metadata.replaceSubrange(second..<second + 4, with: $0) }
    }
    var bytes: [UInt8] = [0xFF, 0xFF, 0xFF, 0xFF]
    withUnsafeBytes(of: UInt32(metadata.count).littleEndian) { bytes.append(contentsOf: $0) }
    bytes += metadata
    let scratch = try CheckpointScratch()
    let file = scratch.url.appendingPathComponent("x.arrow")
    try Data(bytes).write(to: file)
    #expect(throws: DataError.malformedArrow(file: file.path, reason: "nests types too deeply")) { try rows(file) }
  }
}
