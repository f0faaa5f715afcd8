import Foundation
import Testing

@testable import Engine

struct ArrowDatasetTests {
  /// Every type, with empty, long and non-ASCII texts.
  private func columns(_ count: Int) -> [ArrowColumn] {
    [
      ArrowColumn("length", .int64((0..<count).map { Int64($0) * 3_000_000_000 - 7 })),
      ArrowColumn("loss", .float32((0..<count).map { Float($0) / 7 })),
      ArrowColumn("reward", .float64((0..<count).map { -Double($0) / 3 })),
      ArrowColumn("text", .utf8((0..<count).map { String(repeating: "\u{E9}\u{1F600}x", count: $0 % 5) })),
      ArrowColumn("input_ids", .int64Lists((0..<count).map { (0..<$0 % 4).map(Int64.init) })),
    ]
  }

  @Test(arguments: [0, 1, 7, 999, 1000, 1001, 2503])
  func anyNumberOfRowsComesBack(count: Int) throws {
    try IndexTestSupport.withScratch { scratch in
      let columns = columns(count)
      try ArrowDataset.write(columns, to: scratch.appendingPathComponent("data.hf"))
      let names = columns.map(\.name)
      #expect(try ArrowDataset.read(names, from: scratch.appendingPathComponent("data.hf")) == columns)
      let reordered = try ArrowDataset.read(["text", "length"], from: scratch.appendingPathComponent("data.hf"))
      #expect(reordered == [columns[3], columns[0]])
    }
  }

  @Test func aDataSetOfThePythonToolIsRead() throws {
    let columns = try ArrowDataset.read(["loss", "length"], from: IndexTestSupport.fixture("data.hf"))
    let losses = try NumPyArray<Float>(contentsOf: IndexTestSupport.fixture("losses/losses.npy"))
    guard case .float32(let loss) = columns[0].values, case .int64(let length) = columns[1].values else {
      Issue.record("types")
      return
    }
    for (ours, theirs) in zip(loss, losses.values) { #expect(abs(ours - theirs) <= 1e-4 * theirs) }
    #expect(length == [57, 26, 25, 35, 51, 3, 47, 32, 38, 56, 41, 45, 22, 60, 32, 54])
  }

  /// The metadata differ (another builder lays the same tables out), the columns' bytes do not.
  @Test func batchesHaveTheBytesOfPyArrow() throws {
    let source = IndexTestSupport.fixture("data.hf")
    try IndexTestSupport.withScratch { scratch in
      let columns = try ArrowDataset.read(["length", "loss"], from: source)
      try ArrowDataset.write(columns, to: scratch)
      let ours = try Data(contentsOf: scratch.appendingPathComponent("data-00000-of-00001.arrow"))
      let theirs = try Data(contentsOf: source.appendingPathComponent("data-00000-of-00001.arrow"))
      // 16 int64 and 16 float32, then the end mark.
      #expect(ours.suffix(192 + 8) == theirs.suffix(192 + 8))
    }
  }

  /// The layout worked out by hand from Schema.fbs and Message.fbs, so that a change of the encoding is noticed without
  /// pyarrow at hand.
  @Test func theSchemaMessageStartsAsTheFormatSays() throws {
    try IndexTestSupport.withScratch { scratch in
      try ArrowDataset.write([ArrowColumn("n", .int64([5]))], to: scratch)
      let bytes = try Array(Data(contentsOf: scratch.appendingPathComponent("data-00000-of-00001.arrow")))
      #expect(bytes.prefix(4) == [255, 255, 255, 255])
      #expect(bytes[4] % 8 == 0)
      // Root offset 16; vtable of 12 bytes, table of 24: version at 4, header_type at 6, header at 8, bodyLength at 16.
      #expect(bytes[8..<24] == [16, 0, 0, 0, 12, 0, 24, 0, 4, 0, 6, 0, 8, 0, 16, 0])
      // The table: 12 back to its vtable, version 4 (V5), header type 1 (Schema).
      #expect(bytes[24..<31] == [12, 0, 0, 0, 4, 0, 1])
      #expect(bytes.suffix(8) == [255, 255, 255, 255, 0, 0, 0, 0])
      #expect(bytes.dropLast(8).suffix(8) == [5, 0, 0, 0, 0, 0, 0, 0])
    }
  }

  @Test func fingerprintsTellContentsApart() throws {
    try IndexTestSupport.withScratch { scratch in
      var fingerprints: [String] = []
      for (i, value) in [Int64(1), 2, 1].enumerated() {
        let directory = scratch.appendingPathComponent("\(i)")
        try ArrowDataset.write([ArrowColumn("n", .int64([value]))], to: directory)
        let state = try JSONValue(manifest: directory.appendingPathComponent("state.json"))
        fingerprints.append(try #require(state["_fingerprint"]?.string))
      }
      #expect(fingerprints[0] == fingerprints[2])
      #expect(fingerprints[0] != fingerprints[1])
      #expect(fingerprints[0].count == 16)
    }
  }

  @Test func severalFilesAreOneDataSet() throws {
    try IndexTestSupport.withScratch { scratch in
      for (name, value) in [("a", Int64(1)), ("b", 2)] {
        try ArrowDataset.write([ArrowColumn("n", .int64([value]))], to: scratch.appendingPathComponent(name))
        try FileManager.default.moveItem(
          at: scratch.appendingPathComponent("\(name)/data-00000-of-00001.arrow"),
          to: scratch.appendingPathComponent("\(name).arrow"))
      }
      try FileWriter.write(
        #"{"_data_files": [{"filename": "b.arrow"}, {"filename": "a.arrow"}]}"#,
        to: scratch.appendingPathComponent("state.json"))
      #expect(try ArrowDataset.read(["n"], from: scratch) == [ArrowColumn("n", .int64([2, 1]))])
    }
  }

  @Test func aMissingColumnIsNamedBesideThoseThere() throws {
    let error = #expect(throws: IndexFileError.self) {
      try ArrowDataset.read(["text"], from: IndexTestSupport.fixture("data.hf"))
    }
    #expect(error?.description.hasSuffix("has no column 'text'; it has 'length', 'loss'") == true)
  }

  @Test(arguments: ["{}", #"{"_data_files": []}"#, #"{"_data_files": [{"filename": "../x.arrow"}]}"#])
  func malformedStatesAreRefused(state: String) throws {
    try IndexTestSupport.withScratch { scratch in
      try FileWriter.write(state, to: scratch.appendingPathComponent("state.json"))
      #expect(throws: IndexFileError.self) { try ArrowDataset.read(["n"], from: scratch) }
    }
  }

  /// Booleans, structs, lists, nulls and large strings beside the columns that are asked for.
  @Test func columnsOfOtherTypesAreSkipped() throws {
    let columns = try ArrowDataset.read(
      ["ids", "text", "loss", "length"], from: IndexTestSupport.fixture("mixed.hf"))
    #expect(
      columns == [
        ArrowColumn("ids", .int64Lists([[1, 2, 3], [4], []])),
        ArrowColumn("text", .utf8(["one", "zw\u{F6}lf", ""])),
        ArrowColumn("loss", .float32([0.5, 1.5, 0])),
        ArrowColumn("length", .int64([3, 6, 0])),
      ])
  }

  @Test(arguments: [
    ("gaps", "has missing values in column 'gaps'"),
    ("flag", "has column 'flag' in a type other than"),
    ("words", "has column 'words' in a type other than"),
  ])
  func whatCannotBeReadIsNamed(name: String, reason: String) {
    let error = #expect(throws: IndexFileError.self) {
      try ArrowDataset.read([name], from: IndexTestSupport.fixture("mixed.hf"))
    }
    #expect(error?.description.contains(reason) == true, "\(error?.description ?? "no error")")
  }

  /// A stream cut anywhere before its end mark never passes for the whole.
  @Test func cutStreamsAreRefused() throws {
    let whole = try stream()
    for count in whole.indices {
      #expect(throws: IndexFileError.self, "\(count)") { try read(whole.prefix(count)).get() }
    }
    #expect(try read(whole).get() == columns(9))
  }

  /// Damaged anywhere, a stream is read or refused, and never followed out of bounds.
  @Test func damagedStreamsAreNeverFollowedOutOfBounds() throws {
    let whole = try stream()
    for position in whole.indices {
      for value: UInt8 in [0x00, 0x7F, 0x80, 0xFF] {
        var damaged = whole
        damaged[position] = value
        if case .failure(let error) = read(damaged) { #expect(error is IndexFileError, "\(position)") }
      }
    }
  }

  private func stream() throws -> Data {
    try IndexTestSupport.withScratch { scratch in
      try ArrowDataset.write(columns(9), to: scratch)
      return try Data(contentsOf: scratch.appendingPathComponent("data-00000-of-00001.arrow"))
    }
  }

  private func read(_ bytes: Data) -> Result<[ArrowColumn], any Error> {
    Result {
      try bytes.withUnsafeBytes { buffer in
        var reader = ArrowStreamReader(buffer, path: "stream")
        return try reader.read(columns(0).map(\.name))
      }
    }
  }
}
