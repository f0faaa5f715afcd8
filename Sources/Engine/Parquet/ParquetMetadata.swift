/// The footer of a Parquet file: `FileMetaData` of parquet-format's `parquet.thrift`, as far as reading rows needs it.
/// https://github.com/apache/parquet-format/blob/master/src/main/thrift/parquet.thrift

/// How values are stored.
enum PhysicalType: Int {
  case boolean, int32, int64, int96, float, double, byteArray, fixedLengthByteArray
}

extension PhysicalType: CustomStringConvertible {
  var description: String {
    switch self {
    case .boolean: "BOOLEAN"
    case .int32: "INT32"
    case .int64: "INT64"
    case .int96: "INT96"
    case .float: "FLOAT"
    case .double: "DOUBLE"
    case .byteArray: "BYTE_ARRAY"
    case .fixedLengthByteArray: "FIXED_LEN_BYTE_ARRAY"
    }
  }
}

struct ParquetMetadata {
  /// A line of the schema: a tree in the order of a walk from the root, children behind their parent.
  struct SchemaElement {
    enum Repetition: Int {
      case required, optional, repeated
    }

    var name = ""
    /// Nil for a group.
    var physical: PhysicalType?
    var typeLength = 0
    var repetition = Repetition.required
    var childCount = 0
    var annotation: ParquetAnnotation?
  }

  struct ColumnChunk {
    var physical = PhysicalType.boolean
    var path = ""
    var codec = ParquetCodec.uncompressed
    /// Entries, nulls included.
    var valueCount = 0
    /// Where the pages start, the dictionary's first, and how many bytes they have.
    var start = 0
    var byteCount = 0
  }

  struct RowGroup {
    var columns: [ColumnChunk] = []
    var rowCount = 0
  }

  private(set) var schema: [SchemaElement] = []
  private(set) var rowCount = 0
  private(set) var rowGroups: [RowGroup] = []

  private static let magic = Array("PAR1".utf8)
  private static let encryptedMagic = Array("PARE".utf8)

  /// The footer of a file of these bytes: `PAR1`, pages, footer, its length in four bytes, `PAR1`.
  init(file bytes: UnsafeRawBufferPointer) throws {
    guard !bytes.suffix(4).elementsEqual(Self.encryptedMagic) else { throw ParquetError.Problem.encrypted }
    guard bytes.count >= 12, bytes.starts(with: Self.magic), bytes.suffix(4).elementsEqual(Self.magic) else {
      throw ParquetError.Problem.notParquet
    }
    let end = bytes.count - 8
    let length = Int(UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: end, as: UInt32.self)))
    guard length <= end - 4 else { throw ParquetError.Problem.footerLength(length, available: end - 4) }
    let dataEnd = end - length
    var reader = ThriftReader(UnsafeRawBufferPointer(rebasing: bytes[dataEnd..<end]))
    var schema: [SchemaElement]?
    var rowCount: Int?
    var rowGroups: [RowGroup]?
    try reader.structure("the footer") { reader, field in
      switch field.number {
      case 2: schema = try reader.structures(field) { try SchemaElement(&$0) }
      case 3: rowCount = try reader.count(field, "the number of rows")
      case 4: rowGroups = try reader.structures(field) { try RowGroup(&$0, dataEnd: dataEnd) }
      case 8: throw ParquetError.Problem.encrypted
      default: break
      }
    }
    self.schema = try required(schema, "schema", of: "the footer")
    self.rowCount = try required(rowCount, "num_rows", of: "the footer")
    self.rowGroups = try required(rowGroups, "row_groups", of: "the footer")
    var total = 0
    for rowGroup in self.rowGroups {
      let (sum, isOverflow) = total.addingReportingOverflow(rowGroup.rowCount)
      guard !isOverflow else { throw ParquetError.Problem.totalRows(found: .max, expected: self.rowCount) }
      total = sum
    }
    guard total == self.rowCount else {
      throw ParquetError.Problem.totalRows(found: total, expected: self.rowCount)
    }
  }
}

private func required<Value>(_ value: Value?, _ field: String, of structure: String) throws -> Value {
  guard let value else { throw ParquetError.Problem.missingField(structure: structure, field: field) }
  return value
}

private func known<Value: RawRepresentable<Int>>(_ number: Int, _ what: String) throws -> Value {
  guard let value = Value(rawValue: number) else { throw ParquetError.Problem.unknownNumber(what, number) }
  return value
}

extension ParquetMetadata.SchemaElement {
  fileprivate init(_ reader: inout ThriftReader) throws {
    var element = Self()
    var name: String?
    var converted: Int?
    var logical: ParquetAnnotation?
    var scale = 0
    var precision = 0
    try reader.structure("a field of the schema") { reader, field in
      switch field.number {
      case 1: element.physical = try known(try reader.int(field), "physical type")
      case 2: element.typeLength = try reader.int(field)
      case 3: element.repetition = try known(try reader.int(field), "repetition")
      case 4: name = try reader.string(field)
      case 5: element.childCount = try reader.count(field, "a number of fields")
      case 6: converted = try reader.int(field)
      case 7: scale = try reader.int(field)
      case 8: precision = try reader.int(field)
      case 10: logical = try ParquetAnnotation(logical: &reader, field)
      default: break
      }
    }
    element.name = try required(name, "name", of: "a field of the schema")
    element.annotation =
      logical ?? converted.flatMap { ParquetAnnotation(converted: $0, scale: scale, precision: precision) }
    self = element
  }
}

extension ParquetMetadata.RowGroup {
  fileprivate init(_ reader: inout ThriftReader, dataEnd: Int) throws {
    var columns: [ParquetMetadata.ColumnChunk]?
    var rowCount: Int?
    try reader.structure("a row group") { reader, field in
      switch field.number {
      case 1:
        columns = try reader.structures(field) { try ParquetMetadata.ColumnChunk(&$0, dataEnd: dataEnd) }
      case 3: rowCount = try reader.count(field, "the number of rows of a row group")
      default: break
      }
    }
    self.columns = try required(columns, "columns", of: "a row group")
    self.rowCount = try required(rowCount, "num_rows", of: "a row group")
  }
}

extension ParquetMetadata.ColumnChunk {
  fileprivate init(_ reader: inout ThriftReader, dataEnd: Int) throws {
    var chunk: Self?
    try reader.structure("a column chunk") { reader, field in
      switch field.number {
      case 1: throw ParquetError.Problem.externalFile(try reader.string(field))
      case 3: chunk = try Self(metadata: &reader, field)
      case 8, 9: throw ParquetError.Problem.encrypted
      default: break
      }
    }
    self = try required(chunk, "meta_data", of: "a column chunk")
    if valueCount == 0 {
      // Nothing of such a chunk is read; writers give it any place and size.
      start = 0
      byteCount = 0
      return
    }
    guard start >= 4, start <= dataEnd, byteCount <= dataEnd - start else {
      throw ParquetError.Problem.chunkOutsideFile(start: start, count: byteCount, available: dataEnd)
    }
  }

  private init(metadata reader: inout ThriftReader, _ field: ThriftReader.Field) throws {
    let name = "the metadata of a column"
    var physical: PhysicalType?
    var path: [String]?
    var codec: ParquetCodec?
    var valueCount: Int?
    var byteCount: Int?
    var dataStart: Int?
    var dictionaryStart: Int?
    try reader.structure(field, name) { reader, field in
      switch field.number {
      case 1: physical = try known(try reader.int(field), "physical type")
      case 3: path = try reader.strings(field)
      case 4: codec = try known(try reader.int(field), "compression")
      case 5: valueCount = try reader.count(field, "the number of values of a column")
      case 7: byteCount = try reader.count(field, "the size of a column")
      case 9: dataStart = try reader.int(field)
      case 11: dictionaryStart = try reader.int(field)
      default: break
      }
    }
    self.physical = try required(physical, "type", of: name)
    self.path = try required(path, "path_in_schema", of: name).joined(separator: ".")
    self.codec = try required(codec, "codec", of: name)
    self.valueCount = try required(valueCount, "num_values", of: name)
    self.byteCount = try required(byteCount, "total_compressed_size", of: name)
    let first = try required(dataStart, "data_page_offset", of: name)
    // Some writers say 0 where there is no dictionary, and some forget it where there is one.
    start = if let dictionaryStart, dictionaryStart > 0 { min(dictionaryStart, first) } else { first }
  }
}
