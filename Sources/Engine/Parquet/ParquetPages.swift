/// The pages of a column chunk in order, decompressed one at a time.
struct ParquetPages {
  let codec: ParquetCodec
  private var cursor: ByteCursor

  /// `bytes` are those of the chunk, and outlive the pages.
  init(_ bytes: UnsafeRawBufferPointer, codec: ParquetCodec) {
    cursor = ByteCursor(bytes)
    self.codec = codec
  }

  /// Bytes of the pages that were given out.
  var position: Int { cursor.position }

  /// A page with its bytes as the encodings have them. Levels of version 2 stand apart, those of version 1 in `values`.
  struct Page {
    let header: ParquetPageHeader
    let repetitionLevels: UnsafeRawBufferPointer
    let definitionLevels: UnsafeRawBufferPointer
    let values: UnsafeRawBufferPointer
    /// What `values` point into, where it is not the file.
    let memory: PageMemory?
  }

  /// The next page of values or the dictionary; nil at the end of the chunk.
  mutating func next() throws -> Page? {
    while cursor.remaining > 0 {
      let rest = UnsafeRawBufferPointer(rebasing: cursor.bytes[cursor.position...])
      let (header, headerSize) = try ParquetPageHeader.read(rest)
      _ = try cursor.take(headerSize, "a page header")
      let stored = try cursor.take(header.compressedSize, "a page")
      if let checksum = header.checksum, ParquetCodec.checksum(stored) != checksum {
        throw ParquetError.Problem.checksum
      }
      if header.kind == .index { continue }
      return try page(header, stored)
    }
    return nil
  }

  private func page(_ header: ParquetPageHeader, _ stored: UnsafeRawBufferPointer) throws -> Page {
    var body = ByteCursor(stored)
    let repetition = try body.take(header.repetitionByteCount, "repetition levels")
    let definition = try body.take(header.definitionByteCount, "definition levels")
    let values = try body.take(body.remaining, "values")
    let size = header.uncompressedSize - repetition.count - definition.count
    guard size >= 0 else {
      throw ParquetError.Problem.pageSize(found: header.uncompressedSize - size, expected: header.uncompressedSize)
    }
    guard header.isCompressed, codec != .uncompressed else {
      guard values.count == size else { throw ParquetError.Problem.pageSize(found: values.count, expected: size) }
      return Page(
        header: header, repetitionLevels: repetition, definitionLevels: definition, values: values, memory: nil)
    }
    let memory = PageMemory(size)
    // Nothing of a page of nulls is stored, and no codec has an empty stream.
    if size > 0 || !values.isEmpty { try codec.decompress(values, into: memory.bytes) }
    return Page(
      header: header, repetitionLevels: repetition, definitionLevels: definition,
      values: UnsafeRawBufferPointer(memory.bytes), memory: memory)
  }
}

/// A decompressed page. The system hands out memory as it is written to: a size that a header only claims costs nothing.
final class PageMemory {
  let bytes: UnsafeMutableRawBufferPointer

  init(_ count: Int) {
    bytes = .allocate(byteCount: count, alignment: 16)
  }

  deinit {
    bytes.deallocate()
  }
}
