import Foundation
import Testing

@testable import Engine

/// One file per way to be malformed, each refused with the fact that is wrong.
@Suite struct ParquetMalformedTests {
  private typealias Bytes = ParquetBytes

  /// Three values 1, 2, 3 of INT32.
  private static let plain = [1, 2, 3].flatMap(ParquetBytes.word)
  private static let page = ParquetBytes.page(values: 3, body: plain)

  @Test func theFileThatTheCasesDistortIsRead() throws {
    #expect(try Bytes.rows(Bytes.file(Self.page, values: 3)) == [1, 2, 3].map { ["x": .integer($0)] })
    #expect(try Bytes.rows(Bytes.file(Bytes.page(kind: 3, values: 3, body: Self.plain), values: 3)).count == 3)
  }

  static let footers: [(bytes: [UInt8], problem: ParquetError.Problem)] = [
    ([], .notParquet),
    (Array("PAR1PAR1".utf8), .notParquet),
    (Array("version https://git-lfs.github.com/spec/v1".utf8), .notParquet),
    (Array("PARE".utf8) + [0, 0, 0, 0, 0, 0, 0, 0] + Array("PARE".utf8), .encrypted),
    (Array("PAR1".utf8) + ParquetBytes.word(1) + Array("PAR1".utf8), .footerLength(1, available: 0)),
    (Array("PAR1".utf8) + ParquetBytes.word(-1) + Array("PAR1".utf8), .footerLength(0xFFFF_FFFF, available: 0)),
    (ParquetBytes.wrap([], []), .endsEarly("the footer")),
    (ParquetBytes.wrap([], [0]), .missingField(structure: "the footer", field: "schema")),
    // A schema that is a number.
    (ParquetBytes.wrap([], [0x25, 2, 0]), .wrongFieldType(structure: "the footer", field: 2)),
    // A schema of 2^31 - 1 elements.
    (
      ParquetBytes.wrap([], [0x29, 0xFC] + ParquetBytes.varint(0x7FFF_FFFF) + [0]),
      .countBeyondBytes("elements", count: 0x7FFF_FFFF, available: 1)
    ),
    (ParquetBytes.wrap([], [0x29, 0xFC] + ParquetBytes.varint(.max) + [0]), .oversizedNumber),
    (ParquetBytes.wrap([], [0x29, 0xFC] + Array(repeating: 0xFF, count: 20)), .oversizedNumber),
    // An unknown field of a type that does not exist, and one with a number beyond 16 bits.
    (ParquetBytes.wrap([], [0xFF]), .unknownNumber("type of a field", 15)),
    (ParquetBytes.wrap([], [0x05] + ParquetBytes.zigzag(1 << 20)), .unknownNumber("field", 1 << 20)),
    // Unknown fields, nested without end: structures, lists of lists, maps.
    (ParquetBytes.wrap([], Array(repeating: 0xFC, count: 100_000)), .tooDeep(limit: 64)),
    (ParquetBytes.wrap([], [0xF9] + Array(repeating: 0x19, count: 100_000)), .tooDeep(limit: 64)),
    (
      ParquetBytes.wrap([], [0xFB] + (0..<50_000).flatMap { _ in [1, 0xBB] as [UInt8] }),
      .tooDeep(limit: 64)
    ),
    (ParquetBytes.file(page, values: 3, totalRows: 4), .totalRows(found: 3, expected: 4)),
    (ParquetBytes.file(page, values: -1, rows: 3), .negativeCount("the number of values of a column", -1)),
    (
      ParquetBytes.file(page, values: 3, rows: -3, totalRows: 3),
      .negativeCount("the number of rows of a row group", -3)
    ),
    (ParquetBytes.file(page, values: 3, size: -1), .negativeCount("the size of a column", -1)),
    (ParquetBytes.file(page, physical: 8, values: 3), .unknownNumber("physical type", 8)),
    (ParquetBytes.file(page, repetition: 3, values: 3), .unknownNumber("repetition", 3)),
    (ParquetBytes.file(page, codec: 8, values: 3), .unknownNumber("compression", 8)),
    (ParquetBytes.file(page, codec: 3, values: 3), .unsupportedCodec("LZO")),
    (ParquetBytes.file(page, values: 3, path: "y"), .columnPath(found: "y", expected: "x")),
    (ParquetBytes.file(page, values: 3, storedAs: 2), .columnType(found: .int64, expected: .int32)),
    (ParquetBytes.file(page, values: 3, chunk: [(1, .text("other"))]), .externalFile("other")),
    (ParquetBytes.file(page, values: 3, chunk: [(8, .structure([]))]), .encrypted),
  ]

  @Test(arguments: footers)
  func malformedFootersAreRefused(_ bytes: [UInt8], _ problem: ParquetError.Problem) throws {
    let found = try Bytes.problem(bytes)
    #expect(found == problem)
  }

  @Test(arguments: [(-5, 10), (3, 10), (.max, 10), (4, .max), (4, 1 << 20), (.min, 1)])
  func chunksOutsideOfTheFileAreRefused(_ start: Int, _ size: Int) throws {
    let problem = try Bytes.problem(Bytes.file(Self.page, values: 3, start: start, size: size))
    let available = 4 + Self.page.count
    #expect(problem == .chunkOutsideFile(start: start, count: size, available: available))
  }

  static let pages: [(pages: [UInt8], values: Int, problem: ParquetError.Problem)] = [
    ([], 3, .endsEarly("the pages of the column")),
    (page, 4, .endsEarly("the pages of the column")),
    (page, 2, .valueCount(found: 3, expected: 2)),
    (ParquetBytes.page(values: 4, body: plain), 4, .endsEarly("plain values")),
    (ParquetBytes.page(values: -1, body: plain), 3, .negativeCount("the number of values of a page", -1)),
    (ParquetBytes.page(values: 3, size: -1, body: plain), 3, .negativeCount("the size of a page", -1)),
    (ParquetBytes.page(values: 3, size: 11, body: plain), 3, .pageSize(found: 12, expected: 11)),
    (
      ParquetBytes.page(values: 3, size: 0x7FFF_FFFF, body: plain), 3,
      .pageTooLarge(0x7FFF_FFFF, limit: 512 << 20)
    ),
    (ParquetBytes.page(values: 3, body: plain, checksum: 1), 3, .checksum),
    (ParquetBytes.page(kind: 7, values: 3, body: plain), 3, .unsupportedPage(7)),
    (ParquetBytes.page(values: 3, encoding: 1, body: plain), 3, .unknownNumber("encoding", 1)),
    (ParquetBytes.page(values: 3, encoding: 4, body: plain), 3, .unsupportedEncoding("BIT_PACKED", of: "INT32")),
    (
      ParquetBytes.page(values: 3, encoding: 6, body: plain), 3,
      .unsupportedEncoding("DELTA_LENGTH_BYTE_ARRAY", of: "INT32")
    ),
    // A page that ends within its header, and one within its body.
    (Array(page.prefix(5)), 3, .endsEarly("a page header")),
    (Array(page.dropLast()), 3, .endsEarly("a page")),
    // Dictionaries: none, two, an index beyond, more entries than bytes, indices too wide, a run that ends early.
    (ParquetBytes.page(values: 3, encoding: 8, body: [2, 3, 0]), 3, .noDictionary),
    (dictionary + dictionary, 3, .secondDictionary),
    (dictionary + ParquetBytes.page(values: 3, encoding: 8, body: [2, 6, 3]), 3, .dictionaryIndex(3, count: 3)),
    (
      ParquetBytes.page(kind: 2, values: 0x7FFF_FFFF, body: plain), 3,
      .countBeyondBytes("dictionary entries", count: 0x7FFF_FFFF, available: 12)
    ),
    (dictionary + ParquetBytes.page(values: 3, encoding: 8, body: [33, 6, 3]), 3, .bitWidth(33, limit: 32)),
    (dictionary + ParquetBytes.page(values: 3, encoding: 8, body: [2, 4, 1]), 3, .endsEarly("the header of a run")),
    (dictionary + ParquetBytes.page(values: 3, encoding: 8, body: [2, 3]), 3, .endsEarly("packed numbers")),
    // Deltas: no values in a block, miniblocks that do not divide it, a count that ends early, widths beyond 64 bits.
    (delta([0, 4, 3, 0]), 3, .deltaBlock(size: 0, miniblocks: 4)),
    (delta([0x80, 1, 0, 3, 0]), 3, .deltaBlock(size: 128, miniblocks: 0)),
    (delta([0x80, 1, 3, 3, 0]), 3, .deltaBlock(size: 128, miniblocks: 3)),
    (delta([0x80, 1, 4, 2, 0, 0, 0, 0, 0, 0]), 3, .endsEarly("deltas")),
    (delta([0x80, 1, 4, 3, 0, 0, 65, 0, 0, 0]), 3, .bitWidth(65, limit: 64)),
    (delta([0x80, 1, 4, 3, 0, 0, 64, 0, 0, 0]), 3, .endsEarly("a block of deltas")),
  ]

  private static let dictionary = ParquetBytes.page(kind: 2, values: 3, body: plain)

  private static func delta(_ body: [UInt8]) -> [UInt8] { ParquetBytes.page(values: 3, encoding: 5, body: body) }

  @Test(arguments: pages)
  func malformedPagesAreRefused(_ pages: [UInt8], _ values: Int, _ problem: ParquetError.Problem) throws {
    #expect(try Bytes.problem(Bytes.file(pages, values: values)) == problem)
  }

  /// `x` repeated: two levels, which say where rows begin and whether their lists are empty.
  static let levels: [(body: [UInt8], rows: Int, problem: ParquetError.Problem)] = [
    // Levels that claim more bytes than there are.
    ([9, 0, 0, 0], 3, .endsEarly("levels")),
    ([255, 255, 255, 255], 3, .endsEarly("levels")),
    // A level of 2 where 1 is the highest.
    ([2, 0, 0, 0, 6, 2, 2, 0, 0, 0, 6, 1] + plain, 3, .levelOutOfRange(2, limit: 1)),
    // The first entry continues a list.
    ([2, 0, 0, 0, 6, 1, 2, 0, 0, 0, 6, 1] + plain, 3, .levelsDisagree),
    // More and fewer rows than the levels begin.
    ([2, 0, 0, 0, 6, 0, 2, 0, 0, 0, 6, 1] + plain, 4, .rowsEndEarly(expected: 4)),
    ([2, 0, 0, 0, 6, 0, 2, 0, 0, 0, 6, 1] + plain, 2, .rowsGoOn(expected: 2)),
    // An empty list with a second element.
    ([2, 0, 0, 0, 3, 2, 2, 0, 0, 0, 6, 0], 3, .levelsDisagree),
  ]

  @Test(arguments: levels)
  func malformedLevelsAreRefused(_ body: [UInt8], _ rows: Int, _ problem: ParquetError.Problem) throws {
    let file = Bytes.file(Bytes.page(values: 3, body: body), repetition: 2, values: 3, rows: rows)
    let found = try Bytes.problem(file)
    #expect(found == problem)
  }

  @Test func levelsInTheDeprecatedPackingAreRefusedByName() throws {
    let file = Bytes.file(Bytes.page(values: 3, levels: 4, body: Self.plain), repetition: 1, values: 3)
    #expect(try Bytes.problem(file) == .unsupportedEncoding("BIT_PACKED", of: "levels"))
  }

  static let texts: [(body: [UInt8], encoding: Int, problem: ParquetError.Problem)] = [
    ([2, 0, 0, 0, 0xC3, 0x28], 0, .textNotUTF8("a text")),
    ([255, 255, 255, 255, 65], 0, .endsEarly("a value")),
    ([1, 0], 0, .endsEarly("the length of a value")),
    // A length of -1, and a first value that keeps a byte of none.
    ([0x80, 1, 4, 1, 1], 6, .negativeCount("the length of a value", -1)),
    ([0x80, 1, 4, 1, 2, 0x80, 1, 4, 1, 2, 65], 7, .valueLength(1)),
  ]

  @Test(arguments: texts)
  func malformedTextsAreRefused(_ body: [UInt8], _ encoding: Int, _ problem: ParquetError.Problem) throws {
    let page = Bytes.page(values: 1, encoding: encoding, body: body)
    #expect(try Bytes.problem(Bytes.file(page, physical: 6, annotation: 0, values: 1)) == problem)
  }

  /// A list of a billion nulls takes a hundred bytes of a file.
  @Test func aRowLargerThanMemoryIsRefused() throws {
    let count = 0x3FFF_FFFF
    let run = Bytes.varint(UInt64(count) << 1)
    let repetition = [2, 0] + run + [1]
    let definition = run + [1]
    let body = Bytes.word(repetition.count) + repetition + Bytes.word(definition.count) + definition + [0] + run
    let file = Bytes.file(
      Self.dictionary + Bytes.page(values: count, encoding: 8, body: body), repetition: 2, values: count, rows: 1)
    #expect(try Bytes.problem(file, rowLimit: 1 << 20) == .rowTooLarge(limit: 1 << 20))
  }

  @Test func filesCutAnywhereAreRefused() throws {
    for name in ["conversations", "int96"] {
      let bytes = [UInt8](try Data(contentsOf: parquetFixtures.appendingPathComponent(name + ".parquet")))
      for count in bytes.indices { #expect(try Bytes.problem(Array(bytes.prefix(count))) == .notParquet) }
      // Cut in front, where the footer still stands: whatever the offsets say then, no crash and an error.
      for count in stride(from: 1, to: bytes.count - 12, by: 3) {
        let cut = Array("PAR1".utf8) + bytes.dropFirst(count + 4)
        #expect(try Bytes.problem(cut) != nil)
      }
    }
  }
}
