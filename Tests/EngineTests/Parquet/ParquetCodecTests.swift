import Testing

@testable import Engine

/// Streams of "aaaaaaaa" (eight times), made with the codecs' own tools, and what is wrong with variants of them.
@Suite struct ParquetCodecTests {
  private static let text = [UInt8](repeating: UInt8(ascii: "a"), count: 8)
  /// A block of LZ4: a token of eight literals and the literals.
  private static let block = [0x80] + text

  static let streams: [(codec: ParquetCodec, bytes: [UInt8])] = [
    (.uncompressed, text),
    // Snappy: the length, a tag of eight literals.
    (.snappy, [8, 7 << 2] + text),
    // gzip.compress(b"aaaaaaaa", mtime=0) and zlib.compress of the same.
    (.gzip, [31, 139, 8, 0, 0, 0, 0, 0, 2, 3, 75, 76, 132, 0, 0, 70, 128, 132, 191, 8, 0, 0, 0]),
    (.gzip, [120, 156, 75, 76, 132, 0, 0, 13, 172, 3, 9]),
    // Zstandard: magic, a header with the size 8, and a last block that repeats a byte.
    (.zstd, [0x28, 0xB5, 0x2F, 0xFD, 0x20, 8, 0x43, 0, 0, UInt8(ascii: "a")]),
    (.lz4Raw, block),
    // Under its older name: one frame of Hadoop, two, and a bare block.
    (.lz4, [0, 0, 0, 8, 0, 0, 0, 9] + block),
    (.lz4, ([0, 0, 0, 4, 0, 0, 0, 5, 0x40] + text.prefix(4)) + ([0, 0, 0, 4, 0, 0, 0, 5, 0x40] + text.prefix(4))),
    (.lz4, block),
  ]

  private func decompress(_ codec: ParquetCodec, _ bytes: [UInt8], size: Int) throws -> [UInt8] {
    let memory = PageMemory(size)
    try bytes.withUnsafeBytes { try codec.decompress($0, into: memory.bytes) }
    return Array(memory.bytes)
  }

  @Test(arguments: streams)
  func streamsAreDecompressed(_ codec: ParquetCodec, _ bytes: [UInt8]) throws {
    #expect(try decompress(codec, bytes, size: 8) == Self.text)
  }

  @Test(arguments: streams)
  func aStreamThatHoldsMoreOrLessThanItsPageSaysIsRefused(_ codec: ParquetCodec, _ bytes: [UInt8]) {
    for size in [0, 7, 9, 1 << 28] {
      #expect(throws: ParquetError.Problem.self) { try decompress(codec, bytes, size: size) }
    }
  }

  @Test(arguments: streams)
  func aStreamCutAnywhereIsRefused(_ codec: ParquetCodec, _ bytes: [UInt8]) {
    for count in 0..<bytes.count {
      #expect(throws: ParquetError.Problem.self) { try decompress(codec, Array(bytes.prefix(count)), size: 8) }
    }
  }

  @Test(arguments: [ParquetCodec.lzo, .brotli])
  func codecsThatAreNotReadAreRefusedByName(_ codec: ParquetCodec) {
    #expect(throws: ParquetError.Problem.unsupportedCodec(codec.description)) {
      try decompress(codec, Self.text, size: 8)
    }
  }
}
