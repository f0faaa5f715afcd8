import Foundation
import Testing

@testable import Engine

/// Where the Parquet files are; `make.py` beside them says what is in each.
let parquetFixtures = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
  .appendingPathComponent("../../Fixtures/parquet").standardizedFileURL

func parquetRows(_ file: URL) throws -> [Record] {
  var reader = try RecordFormat.reader(for: file)
  var records: [Record] = []
  while let record = try reader.next() { records.append(record) }
  return records
}

@Suite struct ParquetReaderTests {
  /// Files by the JSON file with their rows.
  static let cases: [(file: String, rows: String)] =
    ["none", "snappy", "gzip", "zstd", "lz4"].flatMap { codec in
      [1, 2].map { ("codec_\(codec)_v\($0)", "scalars") }
    }
    + ["plain", "delta", "delta_length", "split"].flatMap { encoding in
      [1, 2].map { ("encoding_\(encoding)_v\($0)", "scalars") }
    }
    + [("nested_v1", "nested"), ("nested_v2", "nested"), ("types_plain", "types")]
    + ["conversations", "delta_extremes", "empty", "int96", "list_item", "nulls", "pages", "types"].map { ($0, $0) }

  @Test(arguments: cases)
  func rowsEqualThoseThatPyarrowReads(_ file: String, _ rows: String) throws {
    let json = try Data(contentsOf: parquetFixtures.appendingPathComponent(rows + ".json"))
    let expected = try #require(try json.withUnsafeBytes { try JSONParser.parse($0) }.array)
    let records = try parquetRows(parquetFixtures.appendingPathComponent(file + ".parquet"))
    #expect(records.count == expected.count)
    for (index, (record, row)) in zip(records, expected).enumerated() {
      let row = try #require(row.object)
      #expect(record.columns == row)
      #expect(record.columns.keys == row.keys)
      #expect(record.row == index)
      #expect(record.line == index + 1)
    }
  }

  @Test func everyFixtureIsRead() throws {
    let files = try FileManager.default.contentsOfDirectory(atPath: parquetFixtures.path)
    let parquet = Set(files.filter { $0.hasSuffix(".parquet") }.map { String($0.dropLast(8)) })
    #expect(parquet == Set(Self.cases.map(\.file) + ["brotli"]))
  }

  @Test func aCodecThatIsNotReadIsRefusedByName() throws {
    let file = parquetFixtures.appendingPathComponent("brotli.parquet")
    let error = ParquetError(
      file: file.path, place: .column("text", rowGroup: 0), problem: .unsupportedCodec("Brotli"))
    #expect(throws: error) { try parquetRows(file) }
    #expect(error.description.contains("column 'text' in row group 0: the compression Brotli is not supported"))
  }

  @Test func aCompressedParquetFileIsRefusedByItsName() {
    let file = URL(fileURLWithPath: "/nowhere/rows.parquet.zst")
    #expect(throws: DataError.unsupportedFormat(path: file.path, found: ".parquet.zst")) {
      try RecordFormat.reader(for: file)
    }
  }

  @Test func aSplitOfADatasetIsRead() throws {
    let file = parquetFixtures.appendingPathComponent("pages.parquet")
    let dataset = try Dataset(path: file.path, split: "train[38:42]")
    #expect(try dataset.rows.map(\.row) == [38, 39, 40, 41])
    #expect(try dataset.record(at: 2).string("text", flag: "--prompt_column") == "document 40 word word word word ")
  }

  /// Row by row against reading it all: from any row on, across row groups and pages.
  @Test(arguments: ["pages", "nested_v1", "conversations", "encoding_delta_v2"])
  func rowsThatAreSkippedAreThoseInFront(_ name: String) throws {
    let file = parquetFixtures.appendingPathComponent(name + ".parquet")
    let all = try parquetRows(file)
    for start in 0...all.count {
      var reader = try RecordFormat.reader(for: file)
      #expect(try reader.skip(start / 2) == start / 2)
      #expect(try reader.skip(start - start / 2) == start - start / 2)
      #expect(try reader.next() == (start < all.count ? all[start] : nil))
    }
    var reader = try RecordFormat.reader(for: file)
    #expect(try reader.skip(.max) == all.count)
  }

  @Test(arguments: ["nested_v1", "conversations", "encoding_plain_v1", "types"])
  func oneColumnIsReadWithoutTheOthers(_ name: String) throws {
    let file = parquetFixtures.appendingPathComponent(name + ".parquet")
    let all = try parquetRows(file)
    for column in try #require(all.first).columns.keys {
      var reader = try RecordFormat.reader(for: file, columns: ColumnSelection(required: [column]))
      for record in all {
        #expect(try reader.next()?.columns == [column: record.columns[column] ?? .null])
      }
      #expect(try reader.next() == nil)
    }
  }

  /// A column in a compression that is not read does no harm to those who want another.
  @Test func columnsThatAreNotWantedAreNotLookedAt() throws {
    let file = parquetFixtures.appendingPathComponent("brotli.parquet")
    #expect(throws: ParquetError.self) { try parquetRows(file) }
    var reader = try RecordFormat.reader(for: file, columns: ColumnSelection(required: []))
    #expect(try reader.next()?.columns == [:])
  }
}
