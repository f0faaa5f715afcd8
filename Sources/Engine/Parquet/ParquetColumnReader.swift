/// The entries of a column in a row group, one by one: two levels and, where the definition level is the column's
/// highest, a value. Holds one page and the dictionary.
final class ParquetColumnReader {
  let column: ParquetColumn
  /// Entries that no page has brought yet.
  private var unread: Int
  private var pages: ParquetPages
  private let map: MemoryMap
  /// Bytes of the file in front of the pages, and of those pages that nothing refers to any more.
  private let start: Int
  private var passed = 0
  private var dictionary: [JSONValue]?
  private var page: Page?

  /// Levels of the next entry; nil behind the last.
  private(set) var levels: Levels?

  struct Levels {
    let repetition: Int
    let definition: Int
  }

  private struct Page {
    var remaining: Int
    /// Nil where all levels are 0.
    var repetition: RunLengthDecoder?
    var definition: RunLengthDecoder?
    var values: any ParquetValueDecoder
    /// Kept for the decoders, which point into it.
    let memory: PageMemory?
  }

  /// `chunk` is one of the file that `map` has.
  init(_ column: ParquetColumn, _ chunk: ParquetMetadata.ColumnChunk, _ map: MemoryMap) throws {
    guard chunk.path == column.path else {
      throw ParquetError.Problem.columnPath(found: chunk.path, expected: column.path)
    }
    guard chunk.physical == column.physical else {
      throw ParquetError.Problem.columnType(found: chunk.physical, expected: column.physical)
    }
    self.column = column
    unread = chunk.valueCount
    self.map = map
    start = chunk.start
    let bytes = UnsafeRawBufferPointer(rebasing: map.bytes[chunk.start..<chunk.start + chunk.byteCount])
    pages = ParquetPages(bytes, codec: chunk.codec)
    try advance()
  }

  /// The value of the next entry, null where it has none. There must be a next entry.
  func take() throws -> JSONValue {
    guard let levels else { preconditionFailure("no entry is left in column '\(column.path)'") }
    var value = JSONValue.null
    if levels.definition == column.maxDefinition { value = try page?.values.next() ?? .null }
    try advance()
    return value
  }

  private func advance() throws {
    while (page?.remaining ?? 0) == 0 {
      page = nil
      guard try openPage() else {
        levels = nil
        return
      }
    }
    page?.remaining -= 1
    levels = Levels(
      repetition: try level(page?.repetition?.next() ?? 0, limit: column.maxRepetition),
      definition: try level(page?.definition?.next() ?? 0, limit: column.maxDefinition))
  }

  private func level(_ level: Int, limit: Int) throws -> Int {
    guard level <= limit else { throw ParquetError.Problem.levelOutOfRange(level, limit: limit) }
    return level
  }

  /// False at the end of the column.
  private func openPage() throws -> Bool {
    // What stands behind the last entry is padding.
    guard unread > 0 else { return false }
    map.release(start + passed..<start + pages.position)
    passed = pages.position
    guard let next = try pages.next() else { throw ParquetError.Problem.endsEarly("the pages of the column") }
    if next.header.kind == .dictionary {
      try readDictionary(next)
      return true
    }
    guard next.header.valueCount <= unread else {
      throw ParquetError.Problem.valueCount(found: next.header.valueCount, expected: unread)
    }
    unread -= next.header.valueCount
    var body = ByteCursor(next.values)
    let isV2 = next.header.kind == .dataV2
    let repetition = try levels(
      column.maxRepetition, next.header.repetitionEncoding, isV2 ? next.repetitionLevels : nil, &body)
    let definition = try levels(
      column.maxDefinition, next.header.definitionEncoding, isV2 ? next.definitionLevels : nil, &body)
    page = Page(
      remaining: next.header.valueCount, repetition: repetition, definition: definition,
      values: try column.decoder(
        next.header.encoding, try body.take(body.remaining, "values"), dictionary: dictionary),
      memory: next.memory)
    return true
  }

  /// A decoder of levels up to `limit`, which stand in `separate` or, behind their length, at the front of `body`.
  private func levels(
    _ limit: Int, _ encoding: ParquetEncoding, _ separate: UnsafeRawBufferPointer?, _ body: inout ByteCursor
  ) throws -> RunLengthDecoder? {
    guard limit > 0 else { return nil }
    guard encoding == .rle else {
      throw ParquetError.Problem.unsupportedEncoding(encoding.description, of: "levels")
    }
    let bytes: UnsafeRawBufferPointer
    if let separate {
      bytes = separate
    } else {
      let length = Int(try body.load(UInt32.self, "the length of levels"))
      bytes = try body.take(length, "levels")
    }
    return try RunLengthDecoder(bytes, bitWidth: RunLengthDecoder.bitWidth(limit))
  }

  private func readDictionary(_ page: ParquetPages.Page) throws {
    guard dictionary == nil else { throw ParquetError.Problem.secondDictionary }
    // Old writers say PLAIN_DICTIONARY and mean PLAIN.
    guard page.header.encoding == .plain || page.header.encoding == .plainDictionary, column.physical != .boolean else {
      throw ParquetError.Problem.unsupportedEncoding(
        page.header.encoding.description, of: "a dictionary of \(column.physical)")
    }
    // Each entry takes its width, or the four bytes of its length.
    let available = page.values.count
    guard page.header.valueCount <= available / (column.width ?? 4) else {
      throw ParquetError.Problem.countBeyondBytes(
        "dictionary entries", count: page.header.valueCount, available: available)
    }
    var decoder = try column.decoder(.plain, page.values, dictionary: nil)
    var entries: [JSONValue] = []
    entries.reserveCapacity(page.header.valueCount)
    for _ in 0..<page.header.valueCount { entries.append(try decoder.next()) }
    dictionary = entries
  }
}
