/// A recursive-descent parser for `OrderedJSON`. Every fault is an error with its byte offset.

struct OrderedJSONParser {
  let path: String
  let bytes: [UInt8]
  private var position = 0
  /// Deeper nesting than any manifest has; unbounded recursion would overflow the stack.
  private static let maximumDepth = 64

  init(path: String, bytes: [UInt8]) {
    self.path = path
    self.bytes = bytes
  }

  mutating func document() throws -> OrderedJSON {
    let value = try value(depth: 0)
    skipSpace()
    guard position == bytes.count else { throw fault("end of file") }
    return value
  }

  private func fault(_ expected: String) -> IndexFileError {
    .malformed(path: path, reason: "is no valid JSON: expected \(expected) at byte \(position)")
  }

  private var next: UInt8? { position < bytes.count ? bytes[position] : nil }

  private mutating func skipSpace() {
    while let byte = next, byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 { position += 1 }
  }

  private mutating func skip(_ character: Character) -> Bool {
    skipSpace()
    guard next == character.asciiValue else { return false }
    position += 1
    return true
  }

  private mutating func value(depth: Int) throws -> OrderedJSON {
    guard depth < Self.maximumDepth else { throw fault("at most \(Self.maximumDepth) levels of nesting") }
    skipSpace()
    switch next.map({ Character(Unicode.Scalar($0)) }) {
    case "{": return try object(depth: depth)
    case "[": return try array(depth: depth)
    case "\"": return .string(try string())
    case "t": return try word("true", .bool(true))
    case "f": return try word("false", .bool(false))
    case "n": return try word("null", .null)
    case "-", "0", "1", "2", "3", "4", "5", "6", "7", "8", "9": return .number(try number())
    default: throw fault("a value")
    }
  }

  private mutating func word(_ word: String, _ value: OrderedJSON) throws -> OrderedJSON {
    guard bytes[position...].starts(with: word.utf8) else { throw fault("'\(word)'") }
    position += word.utf8.count
    return value
  }

  private mutating func object(depth: Int) throws -> OrderedJSON {
    position += 1
    var members: [OrderedJSON.Member] = []
    var keys: Set<String> = []
    if skip("}") { return .object([]) }
    repeat {
      skipSpace()
      guard next == 0x22 else { throw fault("a key in quotes") }
      let key = try string()
      guard keys.insert(key).inserted else { throw fault("'\(key)' only once") }
      guard skip(":") else { throw fault("':'") }
      members.append(.init(key: key, value: try value(depth: depth + 1)))
    } while skip(",")
    guard skip("}") else { throw fault("',' or '}'") }
    return .object(members)
  }

  private mutating func array(depth: Int) throws -> OrderedJSON {
    position += 1
    var elements: [OrderedJSON] = []
    if skip("]") { return .array([]) }
    repeat { elements.append(try value(depth: depth + 1)) } while skip(",")
    guard skip("]") else { throw fault("',' or ']'") }
    return .array(elements)
  }

  private mutating func digits() throws {
    let start = position
    while let byte = next, 0x30...0x39 ~= byte { position += 1 }
    guard position > start else { throw fault("a digit") }
  }

  private mutating func number() throws -> String {
    let start = position
    if next == 0x2D { position += 1 }
    if next == 0x30 { position += 1 } else { try digits() }
    if next == 0x2E {
      position += 1
      try digits()
    }
    if next == 0x65 || next == 0x45 {
      position += 1
      if next == 0x2B || next == 0x2D { position += 1 }
      try digits()
    }
    return String(decoding: bytes[start..<position], as: UTF8.self)
  }

  private mutating func string() throws -> String {
    position += 1
    var text: [UInt8] = []
    while let byte = next {
      position += 1
      switch byte {
      case 0x22:
        guard let valid = String(validating: text, as: UTF8.self) else { throw fault("valid UTF-8 before this") }
        return valid
      case 0x5C: text += try escape().utf8
      case 0..<0x20: throw fault("no control character before this")
      default: text.append(byte)
      }
    }
    throw fault("'\"'")
  }

  private mutating func escape() throws -> String {
    guard let byte = next else { throw fault("an escape") }
    position += 1
    switch Character(Unicode.Scalar(byte)) {
    case "\"": return "\""
    case "\\": return "\\"
    case "/": return "/"
    case "b": return "\u{8}"
    case "f": return "\u{C}"
    case "n": return "\n"
    case "r": return "\r"
    case "t": return "\t"
    case "u":
      var units = [try hexadecimal()]
      if UTF16.isLeadSurrogate(units[0]), bytes[position...].starts(with: "\\u".utf8) {
        position += 2
        units.append(try hexadecimal())
      }
      guard let text = String(validating: units, as: UTF16.self) else { throw fault("a paired surrogate before this") }
      return text
    default: throw fault("a known escape before this")
    }
  }

  private mutating func hexadecimal() throws -> UInt16 {
    let digits = bytes[position...].prefix(4)
    guard digits.count == 4, digits.allSatisfy({ Character(Unicode.Scalar($0)).isHexDigit }),
      let unit = UInt16(String(decoding: digits, as: UTF8.self), radix: 16)
    else { throw fault("four hexadecimal digits") }
    position += 4
    return unit
  }
}
