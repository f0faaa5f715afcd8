package import Foundation

/// Reads the rows of a data file one by one, in memory bounded by the longest row.
package protocol RecordReader {
  /// The next row; nil at the end. After an error the reader is of no further use.
  mutating func next() throws -> Record?

  /// Passes over the next rows, at most `limit`, and says how many there were: fewer only at the end.
  mutating func skip(_ limit: Int) throws -> Int
}

extension RecordReader {
  /// Formats that find a row only by reading those before it see what is wrong with them as well.
  package mutating func skip(_ limit: Int) throws -> Int {
    var count = 0
    while count < limit, try next() != nil { count += 1 }
    return count
  }
}

/// The formats by extension; those of text may be compressed, as in `.jsonl.gz`.
package enum RecordFormat: String, CaseIterable, Sendable {
  case jsonl, ndjson, json, csv, txt, parquet, arrow

  /// For error messages.
  package static var supported: String {
    allCases.map { ".\($0.rawValue)" }.joined(separator: ", ") + ", or text with .gz or .zst behind"
  }

  /// Formats of text are read from any source of bytes; the others are read in place.
  var isText: Bool { self != .arrow && self != .parquet }

  /// The reader that a file's name asks for. Formats that store columns apart read only those that are wanted.
  package static func reader(for file: URL, columns: ColumnSelection = .all) throws -> any RecordReader {
    let compression = Compression(rawValue: file.pathExtension.lowercased())
    let inner = compression == nil ? file : file.deletingPathExtension()
    let known = RecordFormat(rawValue: inner.pathExtension.lowercased())
    guard let format = known, format.isText || compression == nil else {
      let found = [inner.pathExtension, compression?.rawValue ?? ""].filter { !$0.isEmpty }.map { "." + $0 }.joined()
      throw DataError.unsupportedFormat(path: file.path, found: found)
    }
    if format == .parquet { return try ParquetReader(file, columns: columns) }
    if format == .arrow { return try ArrowRecordReader(file, columns: columns) }
    let stored = try FileByteSource(file)
    let source = compression?.source(stored, path: file.path) ?? stored
    return try format.reader(BufferedBytes(source, path: file.path))
  }

  func reader(_ bytes: BufferedBytes) throws -> any RecordReader {
    switch self {
    case .jsonl, .ndjson: JSONLinesReader(bytes)
    case .json: JSONDocumentReader(bytes)
    case .csv: try CSVReader(bytes)
    case .txt: TextLineReader(bytes)
    case .parquet, .arrow: preconditionFailure("this format is read in place")
    }
  }
}

/// The compressions by extension.
enum Compression: String, CaseIterable {
  case gzip = "gz"
  case zstd = "zst"

  /// What a compressed source holds.
  func source(_ stored: any ByteSource, path: String) -> any ByteSource {
    switch self {
    case .gzip: GzipByteSource(stored, path: path)
    case .zstd: ZstdByteSource(stored, path: path)
    }
  }
}

/// A row of JSON text as columns; shared by the readers of JSON.
enum JSONRow {
  static func columns(_ text: [UInt8], file: String, line: Int) throws -> JSONObject {
    let value = try value(text, file: file, line: line)
    guard case .object(let columns) = value else {
      throw DataError.rowNotAnObject(file: file, line: line, found: value.kind, excerpt: excerpt(text))
    }
    return columns
  }

  static func value(_ text: [UInt8], file: String, line: Int) throws -> JSONValue {
    do {
      return try text.withUnsafeBytes { try JSONParser.parse($0) }
    } catch let error as JSONError {
      let feeds = text[..<min(error.offset, text.count)].count { $0 == UInt8(ascii: "\n") }
      throw DataError.malformedJSON(file: file, line: line + feeds, problem: error.problem, excerpt: excerpt(text))
    }
  }

  /// The first characters, fit to be printed on one line.
  static func excerpt(_ text: [UInt8]) -> String {
    let limit = 60
    let shown = String(decoding: text.prefix(limit * 4), as: UTF8.self)
    let printable = shown.unicodeScalars.prefix(limit).map { $0.value < 0x20 || $0.value == 0x7F ? " " : String($0) }
    return printable.joined() + (text.count > limit * 4 || shown.unicodeScalars.count > limit ? "..." : "")
  }
}
