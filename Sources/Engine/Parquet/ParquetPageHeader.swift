/// The header in front of every page: `PageHeader` of `parquet.thrift`.
struct ParquetPageHeader {
  enum Kind: Int {
    case data = 0
    case index, dictionary, dataV2
  }

  var kind = Kind.data
  /// Sizes of what follows the header, in memory and in the file.
  var uncompressedSize = 0
  var compressedSize = 0
  /// CRC-32 of what follows, where the writer cared.
  var checksum: UInt32?
  /// Entries, nulls included.
  var valueCount = 0
  var encoding = ParquetEncoding.plain
  /// Of data pages of version 1; those of version 2 are always RLE.
  var definitionEncoding = ParquetEncoding.rle
  var repetitionEncoding = ParquetEncoding.rle
  /// Of data pages of version 2: levels stand uncompressed in front of the values.
  var definitionByteCount = 0
  var repetitionByteCount = 0
  var isCompressed = true

  /// No page may be larger in memory: writers aim at 1 MiB, and one text alone may be as long as a page.
  static let sizeLimit = 512 << 20

  /// Reads the header at the front of `bytes`, and says how long it is.
  static func read(_ bytes: UnsafeRawBufferPointer) throws -> (header: ParquetPageHeader, byteCount: Int) {
    var reader = ThriftReader(bytes)
    var page = ParquetPageHeader()
    var kind: Int?
    var uncompressedSize: Int?
    var compressedSize: Int?
    var details: Kind?
    try reader.structure("a page header") { reader, field in
      switch field.number {
      case 1: kind = try reader.int(field)
      case 2: uncompressedSize = try reader.count(field, "the size of a page")
      case 3: compressedSize = try reader.count(field, "the size of a page")
      case 4: page.checksum = UInt32(truncatingIfNeeded: try reader.int(field))
      case 5:
        try page.readData(&reader, field)
        details = .data
      case 7:
        try page.readDictionary(&reader, field)
        details = .dictionary
      case 8:
        try page.readDataV2(&reader, field)
        details = .dataV2
      default: break
      }
    }
    func missing(_ field: String) -> ParquetError.Problem { .missingField(structure: "a page header", field: field) }
    guard let kind else { throw missing("type") }
    guard let known = Kind(rawValue: kind) else { throw ParquetError.Problem.unsupportedPage(kind) }
    guard let uncompressedSize else { throw missing("uncompressed_page_size") }
    guard let compressedSize else { throw missing("compressed_page_size") }
    guard known == .index || details == known else { throw missing("\(known)") }
    guard uncompressedSize <= sizeLimit else {
      throw ParquetError.Problem.pageTooLarge(uncompressedSize, limit: sizeLimit)
    }
    page.kind = known
    page.uncompressedSize = uncompressedSize
    page.compressedSize = compressedSize
    return (page, reader.position)
  }

  private mutating func readData(_ reader: inout ThriftReader, _ field: ThriftReader.Field) throws {
    try reader.structure(field, "a data page header") { reader, field in
      switch field.number {
      case 1: valueCount = try reader.count(field, "the number of values of a page")
      case 2: encoding = try ParquetEncoding(&reader, field)
      case 3: definitionEncoding = try ParquetEncoding(&reader, field)
      case 4: repetitionEncoding = try ParquetEncoding(&reader, field)
      default: break
      }
    }
  }

  private mutating func readDictionary(_ reader: inout ThriftReader, _ field: ThriftReader.Field) throws {
    try reader.structure(field, "a dictionary page header") { reader, field in
      switch field.number {
      case 1: valueCount = try reader.count(field, "the number of values of a dictionary")
      case 2: encoding = try ParquetEncoding(&reader, field)
      default: break
      }
    }
  }

  private mutating func readDataV2(_ reader: inout ThriftReader, _ field: ThriftReader.Field) throws {
    try reader.structure(field, "a data page header") { reader, field in
      switch field.number {
      case 1: valueCount = try reader.count(field, "the number of values of a page")
      case 4: encoding = try ParquetEncoding(&reader, field)
      case 5: definitionByteCount = try reader.count(field, "the size of definition levels")
      case 6: repetitionByteCount = try reader.count(field, "the size of repetition levels")
      case 7: isCompressed = try reader.bool(field)
      default: break
      }
    }
  }
}

/// How the values of a page are written. https://github.com/apache/parquet-format/blob/master/Encodings.md
enum ParquetEncoding: Int {
  case plain = 0
  case plainDictionary = 2
  case rle, bitPacked, deltaBinaryPacked, deltaLengthByteArray, deltaByteArray, rleDictionary, byteStreamSplit

  init(_ reader: inout ThriftReader, _ field: ThriftReader.Field) throws {
    let number = try reader.int(field)
    guard let known = Self(rawValue: number) else { throw ParquetError.Problem.unknownNumber("encoding", number) }
    self = known
  }
}

extension ParquetEncoding: CustomStringConvertible {
  var description: String {
    switch self {
    case .plain: "PLAIN"
    case .plainDictionary: "PLAIN_DICTIONARY"
    case .rle: "RLE"
    case .bitPacked: "BIT_PACKED"
    case .deltaBinaryPacked: "DELTA_BINARY_PACKED"
    case .deltaLengthByteArray: "DELTA_LENGTH_BYTE_ARRAY"
    case .deltaByteArray: "DELTA_BYTE_ARRAY"
    case .rleDictionary: "RLE_DICTIONARY"
    case .byteStreamSplit: "BYTE_STREAM_SPLIT"
    }
  }
}
