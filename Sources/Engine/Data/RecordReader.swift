package import Foundation

/// Reads the rows of a data file one by one, in memory bounded by the longest row.
package protocol RecordReader {
  /// The next row; nil at the end. After an error the reader is of no further use.
  mutating func next() throws -> Record?
}

/// The formats by extension; each but Parquet, which compresses its pages, may be compressed, as in `.jsonl.zst`.
package enum RecordFormat: String, CaseIterable, Sendable {
  case jsonl, ndjson, json, csv, txt, parquet

  /// For error messages.
  package static var supported: String {
    allCases.filter { $0 != .parquet }.map { ".\($0.rawValue)" }.joined(separator: ", ")
      + ", or one of these with .zst, or .parquet"
  }

  /// The reader that a file's name asks for.
  package static func reader(for file: URL) throws -> any RecordReader {
    let isCompressed = file.pathExtension.lowercased() == "zst"
    let inner = isCompressed ? file.deletingPathExtension() : file
    guard let format = RecordFormat(rawValue: inner.pathExtension.lowercased()),
      !(format == .parquet && isCompressed)
    else {
      let found = [inner.pathExtension, isCompressed ? "zst" : ""].filter { !$0.isEmpty }.map { "." + $0 }.joined()
      throw DataError.unsupportedFormat(path: file.path, found: found)
    }
    if format == .parquet { return try ParquetReader(file) }
    let stored = try FileByteSource(file)
    let source: any ByteSource = isCompressed ? ZstdByteSource(stored, path: file.path) : stored
    return try format.reader(BufferedBytes(source, path: file.path))
  }

  func reader(_ bytes: BufferedBytes) throws -> any RecordReader {
    switch self {
    case .jsonl, .ndjson: JSONLinesReader(bytes)
    case .json: JSONDocumentReader(bytes)
    case .csv: try CSVReader(bytes)
    case .txt: TextLineReader(bytes)
    case .parquet: preconditionFailure("Parquet is read from its end, not as a stream of bytes")
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
