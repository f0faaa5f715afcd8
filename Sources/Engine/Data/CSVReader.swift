/// `.csv` after RFC 4180: a header row, fields in quotes where they hold commas, line breaks or (doubled) quotes.
///
/// SwiftCSV was not taken: it loads the whole file as one String, does not say in which line a row is ragged, and pads
/// short rows in silence. Every field is text here; `Record.number` reads numbers. Guessing types per cell, as tables
/// do, would turn the text "007" into 7. Lines without any character are skipped, as pandas does, and a column without
/// a name gets the name that pandas gives it.
struct CSVReader: RecordReader {
  private let bytes: BufferedBytes
  private let header: [String]
  private var row = 0

  init(_ bytes: BufferedBytes) throws {
    self.bytes = bytes
    guard let first = try Self.fields(bytes) else { throw DataError.noHeader(file: bytes.path) }
    header = first.fields.enumerated().map { $1.isEmpty ? "Unnamed: \($0)" : $1 }
    var seen: Set<String> = []
    for column in header where !seen.insert(column).inserted {
      throw DataError.duplicateColumn(file: bytes.path, column: column)
    }
  }

  mutating func next() throws -> Record? {
    guard let (fields, line) = try Self.fields(bytes) else { return nil }
    guard fields.count == header.count else {
      throw DataError.raggedRow(file: bytes.path, line: line, found: fields.count, expected: header.count)
    }
    defer { row += 1 }
    let columns = Dictionary(uniqueKeysWithValues: zip(header, fields.lazy.map { JSONValue.string($0) }))
    return Record(row: row, file: bytes.path, line: line, columns: columns)
  }

  /// The fields of the next row and the line on which it begins; nil at the end.
  private static func fields(_ bytes: BufferedBytes) throws -> (fields: [String], line: Int)? {
    while let byte = try bytes.peek(), byte == UInt8(ascii: "\n") || byte == UInt8(ascii: "\r") { bytes.advance() }
    guard try bytes.peek() != nil else { return nil }
    let line = bytes.line
    var fields: [String] = []
    var size = 0
    while true {
      let field =
        try bytes.peek() == UInt8(ascii: "\"") ? quotedField(bytes, rowSize: size) : plainField(bytes, rowSize: size)
      guard let text = String(validating: field, as: UTF8.self) else {
        throw DataError.notUTF8(file: bytes.path, line: line)
      }
      fields.append(text)
      size += field.count
      switch try bytes.peek() {
      case UInt8(ascii: ","): bytes.advance()
      case UInt8(ascii: "\n"), UInt8(ascii: "\r"), nil:
        // What remains of the line break is skipped in front of the next row.
        return (fields, line)
      default: throw DataError.textAfterQuote(file: bytes.path, line: bytes.line)
      }
    }
  }

  private static func plainField(_ bytes: BufferedBytes, rowSize: Int) throws -> [UInt8] {
    var field: [UInt8] = []
    while let byte = try bytes.peek() {
      switch byte {
      case UInt8(ascii: ","), UInt8(ascii: "\n"), UInt8(ascii: "\r"): return field
      case UInt8(ascii: "\""): throw DataError.quoteInsideField(file: bytes.path, line: bytes.line)
      default: try append(byte, to: &field, bytes, rowSize: rowSize)
      }
    }
    return field
  }

  private static func quotedField(_ bytes: BufferedBytes, rowSize: Int) throws -> [UInt8] {
    let opening = bytes.line
    var field: [UInt8] = []
    bytes.advance()
    while let byte = try bytes.peek() {
      guard byte == UInt8(ascii: "\"") else {
        try append(byte, to: &field, bytes, rowSize: rowSize)
        continue
      }
      bytes.advance()
      guard try bytes.peek() == UInt8(ascii: "\"") else { return field }
      try append(byte, to: &field, bytes, rowSize: rowSize)
    }
    throw DataError.unterminatedQuote(file: bytes.path, line: opening)
  }

  private static func append(
    _ byte: UInt8, to field: inout [UInt8], _ bytes: BufferedBytes, rowSize: Int
  ) throws {
    guard rowSize + field.count < bytes.rowLimit else {
      throw DataError.rowTooLong(file: bytes.path, line: bytes.line, limit: bytes.rowLimit)
    }
    field.append(byte)
    bytes.advance()
  }
}
