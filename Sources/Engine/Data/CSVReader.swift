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
    let columns = JSONObject(zip(header, fields).lazy.map { (key: $0, value: .string($1)) })
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
        try bytes.peek() == UInt8(ascii: "\"") ? quotedField(bytes) : plainField(bytes)
      guard let text = String(validating: field, as: UTF8.self) else {
        throw DataError.notUTF8(file: bytes.path, line: line)
      }
      fields.append(text)
      size += field.count + 1
      guard size <= bytes.rowLimit else {
        throw DataError.rowTooLong(file: bytes.path, line: line, limit: bytes.rowLimit)
      }
      switch try bytes.peek() {
      case UInt8(ascii: ","): bytes.advance()
      case UInt8(ascii: "\n"), UInt8(ascii: "\r"), nil:
        // What remains of the line break is skipped in front of the next row.
        return (fields, line)
      default: throw DataError.textAfterQuote(file: bytes.path, line: bytes.line)
      }
    }
  }

  private static func plainField(_ bytes: BufferedBytes) throws -> [UInt8] {
    var field: [UInt8] = []
    try bytes.take(into: &field) {
      $0 == UInt8(ascii: ",") || $0 == UInt8(ascii: "\n") || $0 == UInt8(ascii: "\r") || $0 == UInt8(ascii: "\"")
    }
    guard try bytes.peek() != UInt8(ascii: "\"") else {
      throw DataError.quoteInsideField(file: bytes.path, line: bytes.line)
    }
    return field
  }

  private static func quotedField(_ bytes: BufferedBytes) throws -> [UInt8] {
    let opening = bytes.line
    var field: [UInt8] = []
    bytes.advance()
    while true {
      try bytes.take(into: &field) { $0 == UInt8(ascii: "\"") }
      guard try bytes.peek() != nil else { throw DataError.unterminatedQuote(file: bytes.path, line: opening) }
      bytes.advance()
      // A second quote stands for one; anything else is for the caller to judge.
      guard try bytes.peek() == UInt8(ascii: "\"") else { return field }
      field.append(UInt8(ascii: "\""))
      bytes.advance()
    }
  }
}
