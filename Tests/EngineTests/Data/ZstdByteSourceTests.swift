import Foundation
import Testing

@testable import Engine

struct ZstdByteSourceTests {
  /// Two rows, compressed by the zstd program.
  private func compressed() throws -> [UInt8] {
    try Array(Data(contentsOf: checkpointFixture("data", "rows.jsonl.zst")))
  }

  private func decompress(_ bytes: [UInt8], piece: Int, bufferSize: Int) throws -> String {
    let source = ZstdByteSource(PieceSource(bytes, piece: piece), path: "x.zst")
    var buffer = [UInt8](repeating: 0, count: bufferSize)
    var output: [UInt8] = []
    while true {
      let count = try buffer.withUnsafeMutableBytes { try source.read(into: $0) }
      if count == 0 { return String(decoding: output, as: UTF8.self) }
      output += buffer[..<count]
    }
  }

  private let text = "{\"text\": \"one\", \"n\": 1}\n{\"text\": \"zwei ä\", \"n\": 2}\n"

  @Test(arguments: [1, 3, 1000], [1, 5, 1000])
  func piecesGiveTheWhole(piece: Int, bufferSize: Int) throws {
    #expect(try decompress(compressed(), piece: piece, bufferSize: bufferSize) == text)
  }

  @Test func framesFollowEachOther() throws {
    #expect(try decompress(compressed() + compressed(), piece: 7, bufferSize: 11) == text + text)
  }

  @Test func aDataSetMayBeCompressed() throws {
    let dataset = try Dataset(path: checkpointFixture("data", "rows.jsonl.zst").path)
    #expect(try dataset.rows.map { try $0.string("text", flag: "-") } == ["one", "zwei ä"])
  }

  @Test func everyTruncationIsAnError() throws {
    let bytes = try compressed()
    for count in 0..<bytes.count {
      #expect(throws: DataError.truncatedCompression(file: "x.zst"), "\(count) of \(bytes.count) bytes") {
        try decompress(Array(bytes[..<count]), piece: 1000, bufferSize: 1000)
      }
    }
  }

  @Test func aChangedBitIsAnError() throws {
    var bytes = try compressed()
    // The content checksum at the end.
    bytes[bytes.count - 1] ^= 1
    #expect(
      throws: DataError.corruptCompression(file: "x.zst", reason: "Restored data doesn't match checksum")
    ) { try decompress(bytes, piece: 1000, bufferSize: 1000) }
    #expect(throws: DataError.corruptCompression(file: "x.zst", reason: "Unknown frame descriptor")) {
      try decompress(Array(text.utf8), piece: 1000, bufferSize: 1000)
    }
    // Text behind a whole frame.
    #expect(throws: DataError.corruptCompression(file: "x.zst", reason: "Unknown frame descriptor")) {
      try decompress(compressed() + Array(text.utf8), piece: 1000, bufferSize: 1000)
    }
  }
}
