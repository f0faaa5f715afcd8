/// `.jsonl`: one JSON object a line. Blank lines are skipped, as the Python `datasets` library does.
struct JSONLinesReader: RecordReader {
  private let bytes: BufferedBytes
  private var row = 0
  private var text: [UInt8] = []

  init(_ bytes: BufferedBytes) {
    self.bytes = bytes
  }

  mutating func next() throws -> Record? {
    while true {
      let line = bytes.line
      guard try bytes.readLine(into: &text) else { return nil }
      if text.allSatisfy({ $0 == 0x20 || $0 == 0x09 || $0 == 0x0D }) { continue }
      defer { row += 1 }
      let columns = try JSONRow.columns(text, file: bytes.path, line: line)
      return Record(row: row, file: bytes.path, line: line, columns: columns)
    }
  }
}

/// `.txt`: one row a line, in the column `text`. Blank lines are rows too, so that row numbers are line numbers.
struct TextLineReader: RecordReader {
  private let bytes: BufferedBytes
  private var row = 0
  private var text: [UInt8] = []

  init(_ bytes: BufferedBytes) {
    self.bytes = bytes
  }

  mutating func next() throws -> Record? {
    let line = bytes.line
    guard try bytes.readLine(into: &text) else { return nil }
    guard let string = String(validating: text, as: UTF8.self) else {
      throw DataError.notUTF8(file: bytes.path, line: line)
    }
    defer { row += 1 }
    return Record(row: row, file: bytes.path, line: line, columns: ["text": .string(string)])
  }
}
