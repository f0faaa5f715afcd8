/// A JSON value that keeps what `JSONSerialization` loses: the order of members, and keys that differ only by Unicode
/// normalization (both "é" and "e\u{301}" may be tokens of a vocabulary).
enum TokenizerJSON: Equatable, Sendable {
  case null
  case bool(Bool)
  case number(Double)
  case string(ByteString)
  case array([TokenizerJSON])
  case object([Member])

  struct Member: Equatable, Sendable {
    var key: ByteString
    var value: TokenizerJSON
  }

  var kind: String {
    switch self {
    case .null: "null"
    case .bool: "a boolean"
    case .number: "a number"
    case .string: "a string"
    case .array: "an array"
    case .object: "an object"
    }
  }

  /// - Throws: `TokenizerError.malformedJSON` with the byte where `json` stops being JSON (RFC 8259).
  init(parsing json: [UInt8], file: String) throws {
    var parser = Parser(json: json, file: file)
    // Some editors start UTF-8 files with a byte order mark.
    if json.starts(with: [0xEF, 0xBB, 0xBF]) { parser.position = 3 }
    self = try parser.value(depth: 0)
    parser.skipWhitespace()
    guard parser.position == json.count else { throw parser.failure("something follows the value") }
  }
}

/// Recursive descent over bytes.
private struct Parser {
  let json: [UInt8]
  let file: String
  var position = 0

  /// Deeper nesting is no tokenizer, and would end on the stack's guard page.
  static let maximumDepth = 128

  func failure(_ problem: String) -> TokenizerError {
    .malformedJSON(file: file, byte: position, problem: problem)
  }

  mutating func skipWhitespace() {
    while position < json.count, [0x20, 0x0A, 0x0D, 0x09].contains(json[position]) { position += 1 }
  }

  mutating func take(_ character: Character) -> Bool {
    guard position < json.count, json[position] == character.asciiValue else { return false }
    position += 1
    return true
  }

  mutating func value(depth: Int) throws -> TokenizerJSON {
    guard depth < Self.maximumDepth else { throw failure("values are nested too deeply") }
    skipWhitespace()
    guard position < json.count else { throw failure("the text ends where a value should be") }
    switch json[position] {
    case UInt8(ascii: "{"): return try object(depth: depth)
    case UInt8(ascii: "["): return try array(depth: depth)
    case UInt8(ascii: "\""): return .string(try string())
    case UInt8(ascii: "t"): return try literal("true", .bool(true))
    case UInt8(ascii: "f"): return try literal("false", .bool(false))
    case UInt8(ascii: "n"): return try literal("null", .null)
    default: return .number(try number())
    }
  }

  private mutating func literal(_ word: StaticString, _ value: TokenizerJSON) throws -> TokenizerJSON {
    let end = position + word.utf8CodeUnitCount
    guard end <= json.count, json[position..<end].elementsEqual("\(word)".utf8) else {
      throw failure("unexpected character")
    }
    position = end
    return value
  }

  private mutating func object(depth: Int) throws -> TokenizerJSON {
    position += 1
    var members: [TokenizerJSON.Member] = []
    skipWhitespace()
    if take("}") { return .object(members) }
    repeat {
      skipWhitespace()
      guard position < json.count, json[position] == UInt8(ascii: "\"") else { throw failure("expected a key") }
      let key = try string()
      skipWhitespace()
      guard take(":") else { throw failure("expected ':'") }
      members.append(.init(key: key, value: try value(depth: depth + 1)))
      skipWhitespace()
    } while take(",")
    guard take("}") else { throw failure("expected ',' or '}'") }
    return .object(members)
  }

  private mutating func array(depth: Int) throws -> TokenizerJSON {
    position += 1
    var elements: [TokenizerJSON] = []
    skipWhitespace()
    if take("]") { return .array(elements) }
    repeat {
      elements.append(try value(depth: depth + 1))
      skipWhitespace()
    } while take(",")
    guard take("]") else { throw failure("expected ',' or ']'") }
    return .array(elements)
  }

  /// `-? (0 | [1-9] [0-9]*) (. [0-9]+)? ([eE] [+-]? [0-9]+)?`; `Double` alone would take more than that.
  private mutating func number() throws -> Double {
    let start = position
    _ = take("-")
    guard take("0") || skipDigits() else { throw failure("unexpected character") }
    if take("."), !skipDigits() { throw failure("a number has no digits behind its point") }
    if take("e") || take("E") {
      _ = take("+") || take("-")
      guard skipDigits() else { throw failure("a number has no digits in its exponent") }
    }
    guard let number = Double(String(decoding: json[start..<position], as: UTF8.self)) else {
      throw failure("a number cannot be read")
    }
    return number
  }

  private mutating func skipDigits() -> Bool {
    let start = position
    while position < json.count, (0x30...0x39).contains(json[position]) { position += 1 }
    return position > start
  }

  private mutating func string() throws -> ByteString {
    position += 1
    var bytes: [UInt8] = []
    while position < json.count {
      let byte = json[position]
      switch byte {
      case UInt8(ascii: "\""):
        position += 1
        guard String(validating: bytes, as: UTF8.self) != nil else { throw failure("a string is not UTF-8") }
        return ByteString(bytes)
      case UInt8(ascii: "\\"):
        position += 1
        try appendEscape(to: &bytes)
      case ..<0x20:
        throw failure("a string has an unescaped control character")
      default:
        bytes.append(byte)
        position += 1
      }
    }
    throw failure("the text ends inside a string")
  }

  private mutating func appendEscape(to bytes: inout [UInt8]) throws {
    guard position < json.count else { throw failure("the text ends inside a string") }
    let escape = json[position]
    position += 1
    switch escape {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): bytes.append(escape)
    case UInt8(ascii: "b"): bytes.append(0x08)
    case UInt8(ascii: "f"): bytes.append(0x0C)
    case UInt8(ascii: "n"): bytes.append(0x0A)
    case UInt8(ascii: "r"): bytes.append(0x0D)
    case UInt8(ascii: "t"): bytes.append(0x09)
    case UInt8(ascii: "u"):
      var code = try hexadecimal()
      if (0xD800..<0xDC00).contains(code) {
        guard take("\\"), take("u") else { throw failure("a surrogate stands alone") }
        let low = try hexadecimal()
        guard (0xDC00..<0xE000).contains(low) else { throw failure("a surrogate stands alone") }
        code = 0x1_0000 + (code - 0xD800) << 10 + (low - 0xDC00)
      }
      guard let scalar = Unicode.Scalar(code) else { throw failure("a surrogate stands alone") }
      bytes.append(contentsOf: UTF8.encode(scalar).map { Array($0) } ?? [])
    default:
      position -= 1
      throw failure("a string has an unknown escape")
    }
  }

  private mutating func hexadecimal() throws -> UInt32 {
    let digits = json[position..<min(position + 4, json.count)].compactMap {
      Character(Unicode.Scalar($0)).hexDigitValue
    }
    guard digits.count == 4 else { throw failure("'\\u' needs four hexadecimal digits") }
    position += 4
    return digits.reduce(0) { $0 << 4 | UInt32($1) }
  }
}
