/// What is wrong with a Parquet file, and where.
struct ParquetError: Error, Equatable {
  enum Place: Equatable {
    /// Magic bytes, the footer, and what it says of schema and row groups.
    case footer
    /// The dotted path of a column, and the row group from 0.
    case column(String, rowGroup: Int)
  }

  /// A fact about bytes; decoders throw it, and the reader adds where it was found.
  enum Problem: Error, Equatable {
    // The file as a whole.
    case notParquet
    case encrypted
    case footerLength(Int, available: Int)
    case externalFile(String)

    // Thrift structures.
    case endsEarly(String)
    case oversizedNumber
    case negativeCount(String, Int)
    case countBeyondBytes(String, count: Int, available: Int)
    case tooDeep(limit: Int)
    case wrongFieldType(structure: String, field: Int)
    case missingField(structure: String, field: String)
    case unknownNumber(String, Int)
    case textNotUTF8(String)

    // The schema.
    case schemaEnds
    case schemaGoesOn
    case groupWithoutFields(String)
    case duplicateField(String)
    case malformedList(String)
    case typeLength(Int)
    case typeMismatch(annotation: String, physical: PhysicalType)
    case decimalScale(scale: Int, precision: Int)

    // Row groups.
    case columnCount(found: Int, expected: Int)
    case columnPath(found: String, expected: String)
    case columnType(found: PhysicalType, expected: PhysicalType)
    case chunkOutsideFile(start: Int, count: Int, available: Int)
    case totalRows(found: Int, expected: Int)

    // Pages.
    case unsupportedCodec(String)
    case unsupportedEncoding(String, of: String)
    case unsupportedPage(Int)
    case pageTooLarge(Int, limit: Int)
    case pageSize(found: Int, expected: Int)
    case corruptCompression(codec: String)
    case checksum
    case noDictionary
    case secondDictionary
    case dictionaryIndex(Int, count: Int)
    case bitWidth(Int, limit: Int)
    case deltaBlock(size: Int, miniblocks: Int)
    case levelOutOfRange(Int, limit: Int)
    case valueCount(found: Int, expected: Int)
    case valueLength(Int)
    case timeOfDay(Int64)

    // Rows.
    case rowsEndEarly(expected: Int)
    case rowsGoOn(expected: Int)
    case levelsDisagree
    case rowTooLarge(limit: Int)
  }

  let file: String
  let place: Place
  let problem: Problem
}

extension ParquetError: CustomStringConvertible {
  var description: String {
    switch place {
    case .footer: "'\(file)': \(problem)"
    case .column(let column, let rowGroup): "'\(file)': column '\(column)' in row group \(rowGroup): \(problem)"
    }
  }
}

extension ParquetError.Problem: CustomStringConvertible {
  var description: String {
    switch self {
    case .notParquet:
      "this is no Parquet file: it does not begin and end with 'PAR1'; was the download cut off, or is it a pointer"
        + " of Git LFS?"
    case .encrypted: "the file is encrypted, which is not supported; decrypt it first"
    case .footerLength(let length, let available):
      "the footer claims \(length) bytes, but only \(available) are there; was the file cut off?"
    case .externalFile(let path): "the column is stored in another file, '\(path)', which is not supported"
    case .endsEarly(let what): "the bytes end within \(what)"
    case .oversizedNumber: "a number is longer than 64 bits"
    case .negativeCount(let what, let count): "\(what) is \(count), expected 0 or more"
    case .countBeyondBytes(let what, let count, let available):
      "\(count) \(what) are claimed, more than fit into the \(available) bytes that follow"
    case .tooDeep(let limit): "structures are nested more than \(limit) deep"
    case .wrongFieldType(let structure, let field): "field \(field) of \(structure) has the wrong type"
    case .missingField(let structure, let field): "\(structure) lacks its field '\(field)'"
    case .unknownNumber(let what, let number): "unknown \(what) \(number); is the file newer than this program?"
    case .textNotUTF8(let what): "\(what) is not UTF-8"
    case .schemaEnds: "the schema announces more fields than it lists"
    case .schemaGoesOn: "the schema lists more fields than it announces"
    case .groupWithoutFields(let name): "the group '\(name)' has no fields"
    case .duplicateField(let name): "two fields are named '\(name)'"
    case .malformedList(let name): "'\(name)' is marked as a list or map, but has not one repeated field"
    case .typeLength(let length): "values have a fixed length of \(length) bytes, expected 1 or more"
    case .typeMismatch(let annotation, let physical): "\(annotation) cannot be stored as \(physical)"
    case .decimalScale(let scale, let precision): "a decimal has \(scale) of \(precision) digits behind the point"
    case .columnCount(let found, let expected): "a row group has \(found) columns, the schema \(expected)"
    case .columnPath(let found, let expected):
      "a row group has the column '\(found)' where the schema has '\(expected)'"
    case .columnType(let found, let expected): "the column is stored as \(found), the schema says \(expected)"
    case .chunkOutsideFile(let start, let count, let available):
      "\(count) bytes from \(start) are outside of the file's \(available) bytes of data; was the file cut off?"
    case .totalRows(let found, let expected): "the row groups have \(found) rows, the file \(expected)"
    case .unsupportedCodec(let codec):
      "the compression \(codec) is not supported; write the file with snappy, gzip, zstd or lz4"
    case .unsupportedEncoding(let encoding, let what): "the encoding \(encoding) is not supported for \(what)"
    case .unsupportedPage(let type): "unknown type of page \(type)"
    case .pageTooLarge(let size, let limit): "a page of \(size) bytes is larger than the limit of \(limit)"
    case .pageSize(let found, let expected): "a page has \(found) bytes, its header says \(expected)"
    case .corruptCompression(let codec): "a page is not valid \(codec) data"
    case .checksum: "a page's checksum does not match its bytes; copy the file again"
    case .noDictionary: "values refer to a dictionary, but the column has none"
    case .secondDictionary: "the column has a second dictionary"
    case .dictionaryIndex(let index, let count): "a value refers to entry \(index) of a dictionary of \(count)"
    case .bitWidth(let width, let limit): "numbers are packed into \(width) bits, expected at most \(limit)"
    case .deltaBlock(let size, let miniblocks): "a delta block of \(size) values has \(miniblocks) miniblocks"
    case .levelOutOfRange(let level, let limit): "a level is \(level), expected at most \(limit)"
    case .valueCount(let found, let expected): "there are \(found) values, expected \(expected)"
    case .valueLength(let length): "a value has a length of \(length) bytes"
    case .timeOfDay(let value): "a time of day is \(value), expected one within 24 hours"
    case .rowsEndEarly(let expected): "the column ends before the row group's \(expected) rows"
    case .rowsGoOn(let expected): "the column goes on behind the row group's \(expected) rows"
    case .levelsDisagree: "the columns of one group disagree about where its lists and nulls are"
    case .rowTooLarge(let limit): "a row is larger than \(limit) bytes"
    }
  }
}
