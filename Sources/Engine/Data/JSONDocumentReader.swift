/// `.json`: an array of objects, or an object that holds exactly one array of objects beside whatever else.
///
/// Only the structure around the rows is read here, byte by byte; each row is cut out and goes to the JSON parser, so
/// that a file may be larger than memory.
struct JSONDocumentReader: RecordReader {
  private enum State {
    case start
    /// Inside the array of rows, in front of the first or behind one of them.
    case firstRow, behindRow
    case done
  }

  private let bytes: BufferedBytes
  private var state = State.start
  private var row = 0
  /// Keys of the object around the rows so far; nil where the array is all.
  private var keys: Set<ByteString>?
  /// The key under which rows were found.
  private var rowsKey: String?

  init(_ bytes: BufferedBytes) {
    self.bytes = bytes
  }

  mutating func next() throws -> Record? {
    if state == .start { try open() }
    if state == .done { return nil }
    let separator = try peekToken()
    if separator == UInt8(ascii: "]") {
      bytes.advance()
      try close()
      return nil
    }
    if state == .behindRow {
      try take(UInt8(ascii: ","), "',' or ']' behind a row")
      _ = try peekToken()
    }
    state = .behindRow
    let line = bytes.line
    let columns = try JSONRow.columns(cutValue(), file: bytes.path, line: line)
    defer { row += 1 }
    return Record(row: row, file: bytes.path, line: line, columns: columns)
  }

  private mutating func open() throws {
    switch try peekToken() {
    case UInt8(ascii: "["):
      bytes.advance()
      state = .firstRow
    case UInt8(ascii: "{"):
      bytes.advance()
      keys = []
      try readMembers()
    default: throw DataError.noArrayOfObjects(file: bytes.path)
    }
  }

  /// Behind the last row: the rest of the file must be as it should, too.
  private mutating func close() throws {
    if keys != nil { try readMembers() } else { try expectEnd() }
  }

  /// Reads members of the outer object up to the array of rows, or to the end.
  private mutating func readMembers() throws {
    while try peekToken() != UInt8(ascii: "}") {
      if keys?.isEmpty == false { try take(UInt8(ascii: ","), "',' or '}'") }
      let key = try readKey()
      guard try peekToken() == UInt8(ascii: "[") else {
        _ = try readValue()
        continue
      }
      bytes.advance()
      guard try peekToken() == UInt8(ascii: "{") else {
        _ = try readValue(opened: [UInt8(ascii: "[")])
        continue
      }
      if let rowsKey { throw DataError.twoArraysOfObjects(file: bytes.path, first: rowsKey, second: key) }
      rowsKey = key
      state = .firstRow
      return
    }
    bytes.advance()
    try expectEnd()
    guard rowsKey != nil else { throw DataError.noArrayOfObjects(file: bytes.path) }
  }

  private mutating func readKey() throws -> String {
    guard try peekToken() == UInt8(ascii: "\""), case .string(let key) = try readValue() else {
      throw try unexpected("a key in quotes")
    }
    guard keys?.insert(ByteString(key)).inserted == true else { throw malformed(.duplicateKey(key)) }
    try take(UInt8(ascii: ":"), "':' after a key")
    return key
  }

  private mutating func expectEnd() throws {
    try skipSpace()
    guard try bytes.peek() == nil else { throw DataError.textAfterDocument(file: bytes.path, line: bytes.line) }
    state = .done
  }
}

// MARK: - Tokens

extension JSONDocumentReader {
  private func skipSpace() throws {
    while let byte = try bytes.peek(), byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 { bytes.advance() }
  }

  /// The next byte that is not white space, not taken.
  private func peekToken() throws -> UInt8 {
    try skipSpace()
    guard let byte = try bytes.peek() else { throw malformed(.unexpectedEnd) }
    return byte
  }

  private func take(_ token: UInt8, _ expected: String) throws {
    guard try peekToken() == token else { throw try unexpected(expected) }
    bytes.advance()
  }

  private func unexpected(_ expected: String) throws -> DataError {
    malformed(.expected(expected, found: try peekToken()))
  }

  private func malformed(_ problem: JSONError.Problem) -> DataError {
    .malformedJSON(
      file: bytes.path, line: bytes.line, problem: problem, excerpt: JSONRow.excerpt(Array(bytes.lookahead)))
  }

  private func readValue(opened: [UInt8] = []) throws -> JSONValue {
    let line = bytes.line
    return try JSONRow.value(cutValue(opened: opened), file: bytes.path, line: line)
  }

  /// The bytes of the value that begins here; `opened` are brackets already taken. Where it ends is found by counting
  /// brackets outside of strings; whether it is JSON is for the parser to say.
  private func cutValue(opened: [UInt8] = []) throws -> [UInt8] {
    let line = bytes.line
    var text = opened
    var depth = opened.count
    while let byte = try bytes.peek() {
      switch byte {
      case UInt8(ascii: "\""):
        try cutString(into: &text, line: line)
        if depth == 0 { return text }
      case UInt8(ascii: "{"), UInt8(ascii: "["):
        depth += 1
        try keep(byte, &text, line: line)
      case UInt8(ascii: "}"), UInt8(ascii: "]"):
        if depth == 0 { return try nonEmpty(text) }
        depth -= 1
        try keep(byte, &text, line: line)
        if depth == 0 { return text }
      case UInt8(ascii: ","), UInt8(ascii: ":"), 0x20, 0x0A, 0x0D, 0x09:
        if depth == 0 { return try nonEmpty(text) }
        try keep(byte, &text, line: line)
      default:
        // A number or a word, right or wrong.
        try bytes.take(into: &text) { byte in
          switch byte {
          case UInt8(ascii: "\""), UInt8(ascii: "{"), UInt8(ascii: "["), UInt8(ascii: "}"), UInt8(ascii: "]"),
            UInt8(ascii: ","), UInt8(ascii: ":"), 0x20, 0x0A, 0x0D, 0x09:
            true
          default: false
          }
        }
      }
    }
    guard depth == 0 else { throw cutOff(text, line: line) }
    return text
  }

  /// A string with its quotes, escapes as they are.
  private func cutString(into text: inout [UInt8], line: Int) throws {
    try keep(UInt8(ascii: "\""), &text, line: line)
    while true {
      try bytes.take(into: &text) { $0 == UInt8(ascii: "\"") || $0 == UInt8(ascii: "\\") }
      guard let stop = try bytes.peek() else { throw cutOff(text, line: line) }
      try keep(stop, &text, line: line)
      if stop == UInt8(ascii: "\"") { return }
      guard let escaped = try bytes.peek() else { throw cutOff(text, line: line) }
      try keep(escaped, &text, line: line)
    }
  }

  private func keep(_ byte: UInt8, _ text: inout [UInt8], line: Int) throws {
    guard text.count < bytes.rowLimit else {
      throw DataError.rowTooLong(file: bytes.path, line: line, limit: bytes.rowLimit)
    }
    text.append(byte)
    bytes.advance()
  }

  private func cutOff(_ text: [UInt8], line: Int) -> DataError {
    .malformedJSON(file: bytes.path, line: line, problem: .unexpectedEnd, excerpt: JSONRow.excerpt(text))
  }

  private func nonEmpty(_ text: [UInt8]) throws -> [UInt8] {
    guard !text.isEmpty else { throw try unexpected("a value") }
    return text
  }
}
