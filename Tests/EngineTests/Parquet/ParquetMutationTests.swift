import Foundation
import Testing

@testable import Engine

/// Files with some bytes changed: each is read or refused, in bounded time, and never ends the process.
@Suite struct ParquetMutationTests {
  static let files = [
    "conversations", "nested_v2", "codec_snappy_v1", "codec_gzip_v2", "codec_zstd_v1", "codec_lz4_v2",
    "encoding_delta_v2", "encoding_delta_length_v1", "encoding_split_v1", "types", "pages",
  ]

  @Test(.timeLimit(.minutes(2)), arguments: files)
  func changedBytesAreReadOrRefused(_ name: String) throws {
    let bytes = [UInt8](try Data(contentsOf: parquetFixtures.appendingPathComponent(name + ".parquet")))
    var random = PCG64(seed: 7)
    var refused = 0
    let rounds = 400
    for round in 0..<rounds {
      var changed = bytes
      for _ in 0...round % 3 {
        changed[Int(random.next() % UInt64(bytes.count))] = UInt8(truncatingIfNeeded: random.next())
      }
      do {
        _ = try ParquetBytes.rows(changed, limit: 1000)
      } catch is ParquetError {
        refused += 1
      }
    }
    // Most bytes of such files are structure, statistics or compressed; a reader that accepts all checks nothing.
    #expect(refused > rounds / 10)
  }
}
