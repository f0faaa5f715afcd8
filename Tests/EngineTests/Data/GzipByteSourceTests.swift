import Foundation
import Testing

@testable import Engine

/// What is gzip's own; `CompressedByteSourceTests` has the rest.
struct GzipByteSourceTests {
  private let gzip = CompressionFormat.gzip

  @Test func zerosMayFollowTheLastMember() throws {
    let zeros = [UInt8](repeating: 0, count: 40)
    #expect(try gzip.decompress(gzip.compressed() + zeros, piece: 7, bufferSize: 11) == CompressionFormat.text)
    #expect(
      throws: DataError.corruptCompression(
        file: "x.gz", reason: "something follows the zeros behind the gzip data")
    ) { try gzip.decompress(gzip.compressed() + zeros + gzip.compressed()) }
  }

  /// A thousand times its size comes out in pieces of the buffer's size; a row of it is refused at the limit.
  @Test func aBombIsRefusedAtTheRowLimit() throws {
    let bomb = try Array(Data(contentsOf: checkpointFixture("data", "zeros.gz")))
    let source = gzip.source(bomb, piece: 100)
    var reader = JSONLinesReader(try BufferedBytes(source, path: "x.gz", rowLimit: 1000, capacity: 64))
    #expect(throws: DataError.rowTooLong(file: "x.gz", line: 1, limit: 1000)) { try reader.next() }
    #expect(try gzip.decompress(bomb, piece: 100, bufferSize: 4096).utf8.count == 1 << 20)
  }
}
