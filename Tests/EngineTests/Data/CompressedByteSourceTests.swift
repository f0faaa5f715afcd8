import Foundation
import Testing

@testable import Engine

/// The formats that data files may be compressed in.
enum CompressionFormat: String, CaseIterable {
  case gzip = "gz"
  case zstd = "zst"

  var path: String { "x.\(rawValue)" }

  /// Two rows, compressed by the format's own program.
  var fixture: URL { checkpointFixture("data", "rows.jsonl.\(rawValue)") }

  static let text = "{\"text\": \"one\", \"n\": 1}\n{\"text\": \"zwei ä\", \"n\": 2}\n"

  func compressed() throws -> [UInt8] { try Array(Data(contentsOf: fixture)) }

  func source(_ bytes: [UInt8], piece: Int) -> any ByteSource {
    let pieces = PieceSource(bytes, piece: piece)
    return switch self {
    case .gzip: GzipByteSource(pieces, path: path)
    case .zstd: ZstdByteSource(pieces, path: path)
    }
  }

  func decompress(_ bytes: [UInt8], piece: Int = 1000, bufferSize: Int = 1000) throws -> String {
    let source = source(bytes, piece: piece)
    var buffer = [UInt8](repeating: 0, count: bufferSize)
    var output: [UInt8] = []
    while true {
      let count = try buffer.withUnsafeMutableBytes { try source.read(into: $0) }
      if count == 0 { return String(decoding: output, as: UTF8.self) }
      output += buffer[..<count]
    }
  }
}

/// What holds for every format.
struct CompressedByteSourceTests {
  @Test(arguments: CompressionFormat.allCases, [1, 3, 1000]) func piecesGiveTheWhole(
    format: CompressionFormat, piece: Int
  ) throws {
    for bufferSize in [1, 5, 1000] {
      #expect(
        try format.decompress(format.compressed(), piece: piece, bufferSize: bufferSize) == CompressionFormat.text)
    }
  }

  /// As members of gzip and frames of zstd, which `cat` makes.
  @Test(arguments: CompressionFormat.allCases) func partsFollowEachOther(format: CompressionFormat) throws {
    let twice = try format.compressed() + format.compressed()
    #expect(
      try format.decompress(twice, piece: 7, bufferSize: 11) == CompressionFormat.text + CompressionFormat.text)
  }

  @Test(arguments: CompressionFormat.allCases) func aDataSetMayBeCompressed(format: CompressionFormat) throws {
    let dataset = try Dataset(path: format.fixture.path)
    #expect(try dataset.rows.map { try $0.string("text", flag: "-") } == ["one", "zwei ä"])
  }

  @Test(arguments: CompressionFormat.allCases) func everyTruncationIsAnError(format: CompressionFormat) throws {
    let bytes = try format.compressed()
    for count in 0..<bytes.count {
      #expect(throws: DataError.truncatedCompression(file: format.path), "\(count) of \(bytes.count) bytes") {
        try format.decompress(Array(bytes[..<count]))
      }
    }
  }

  /// A changed byte, counted from the end: gzip ends with the CRC of what it holds and its length, zstd with a checksum.
  @Test(arguments: [
    (CompressionFormat.gzip, 1, "incorrect length check"), (.gzip, 5, "incorrect data check"),
    (.zstd, 1, "Restored data doesn't match checksum"),
  ])
  func aChangedBitIsAnError(format: CompressionFormat, distance: Int, reason: String) throws {
    var bytes = try format.compressed()
    bytes[bytes.count - distance] ^= 1
    #expect(throws: DataError.corruptCompression(file: format.path, reason: reason)) { try format.decompress(bytes) }
  }

  /// Alone, and behind what is compressed.
  @Test(arguments: [(CompressionFormat.gzip, "incorrect header check"), (.zstd, "Unknown frame descriptor")])
  func textIsNoCompressedData(format: CompressionFormat, reason: String) throws {
    let text = Array(CompressionFormat.text.utf8)
    for stranger in try [text, format.compressed() + text] {
      #expect(throws: DataError.corruptCompression(file: format.path, reason: reason)) {
        try format.decompress(stranger)
      }
    }
  }
}
