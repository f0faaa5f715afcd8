import Foundation
import Testing

@testable import Engine

struct GzipByteSourceTests {
  /// Two rows, compressed by the gzip program.
  private func compressed() throws -> [UInt8] {
    try Array(Data(contentsOf: checkpointFixture("data", "rows.jsonl.gz")))
  }

  private func decompress(_ bytes: [UInt8], piece: Int, bufferSize: Int) throws -> String {
    let source = GzipByteSource(PieceSource(bytes, piece: piece), path: "x.gz")
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

  @Test func membersFollowEachOther() throws {
    #expect(try decompress(compressed() + compressed(), piece: 7, bufferSize: 11) == text + text)
  }

  @Test func aDataSetMayBeCompressed() throws {
    let dataset = try Dataset(path: checkpointFixture("data", "rows.jsonl.gz").path)
    #expect(try dataset.rows.map { try $0.string("text", flag: "-") } == ["one", "zwei ä"])
  }

  @Test func everyTruncationIsAnError() throws {
    let bytes = try compressed()
    for count in 0..<bytes.count {
      #expect(throws: DataError.truncatedCompression(file: "x.gz"), "\(count) of \(bytes.count) bytes") {
        try decompress(Array(bytes[..<count]), piece: 1000, bufferSize: 1000)
      }
    }
  }

  @Test func zerosMayFollowTheLastMember() throws {
    let zeros = [UInt8](repeating: 0, count: 40)
    #expect(try decompress(compressed() + zeros, piece: 7, bufferSize: 11) == text)
    #expect(
      throws: DataError.corruptCompression(
        file: "x.gz", reason: "something follows the zeros behind the gzip data")
    ) { try decompress(compressed() + zeros + compressed(), piece: 1000, bufferSize: 1000) }
  }

  @Test func aChangedBitIsAnError() throws {
    // A file ends with the CRC of what it holds and its length.
    for (distance, reason) in [(1, "incorrect length check"), (5, "incorrect data check")] {
      var bytes = try compressed()
      bytes[bytes.count - distance] ^= 1
      #expect(throws: DataError.corruptCompression(file: "x.gz", reason: reason)) {
        try decompress(bytes, piece: 1000, bufferSize: 1000)
      }
    }
    for stranger in try [Array(text.utf8), compressed() + Array(text.utf8)] {
      #expect(throws: DataError.corruptCompression(file: "x.gz", reason: "incorrect header check")) {
        try decompress(stranger, piece: 1000, bufferSize: 1000)
      }
    }
  }

  /// A thousand times its size comes out in pieces of the buffer's size; a row of it is refused at the limit.
  @Test func aBombIsRefusedAtTheRowLimit() throws {
    let bomb = try Array(Data(contentsOf: checkpointFixture("data", "zeros.gz")))
    let source = GzipByteSource(PieceSource(bomb, piece: 100), path: "x.gz")
    var reader = JSONLinesReader(try BufferedBytes(source, path: "x.gz", rowLimit: 1000, capacity: 64))
    #expect(throws: DataError.rowTooLong(file: "x.gz", line: 1, limit: 1000)) { try reader.next() }
    #expect(try decompress(bomb, piece: 100, bufferSize: 4096).utf8.count == 1 << 20)
  }
}
