/// A strict JSON parser (RFC 8259) over bytes, for everything in JSON that this program reads.
///
/// Foundation's is not used because it misreports: it keeps one of two duplicate keys in silence (a safetensors header
/// could then hide a tensor) and takes canonically equivalent keys for duplicates (a vocabulary would lose a token),
/// forgets the order of members (that of the columns of an index), turns integers and booleans into one NSNumber, and
/// gives no bound on nesting or size that a hostile header would meet.
package struct JSONParser {
  package struct Limits: Sendable {
    /// Nested arrays and objects; the parser recurses, and worker threads have small stacks.
    package var depth = 512
    /// Elements of one array.
    package var elements = Int.max
    /// Whether a byte order mark may stand in front, as some editors put it into UTF-8 files.
    package var allowsByteOrderMark = false

    package init() {}
  }

  private let bytes: UnsafeRawBufferPointer
  private let limits: Limits
  private var position = 0

  /// Parses one value that is the whole of `bytes`, white space aside.
  package static func parse(_ bytes: UnsafeRawBufferPointer, limits: Limits = Limits()) throws(JSONError) -> JSONValue {
    var parser = JSONParser(bytes: bytes, limits: limits)
    if limits.allowsByteOrderMark, bytes.starts(with: [0xEF, 0xBB, 0xBF]) { parser.position = 3 }
    let value = try parser.value(depth: 0)
    parser.skipSpace()
    guard parser.position == bytes.count else { throw parser.error(.trailingText) }
    return value
  }

  private init(bytes: UnsafeRawBufferPointer, limits: Limits) {
    self.bytes = bytes
    self.limits = limits
  }

  private func error(_ problem: JSONError.Problem, at offset: Int? = nil) -> JSONError {
    JSONError(offset: offset ?? position, problem: problem)
  }

  private mutating func skipSpace() {
    while position < bytes.count {
      switch bytes[position] {
      case 0x20, 0x0A, 0x0D, 0x09: position += 1
      default: return
      }
    }
  }

  /// The next byte that is not white space, not consumed.
  private mutating func peek() throws(JSONError) -> UInt8 {
    skipSpace()
    guard position < bytes.count else { throw error(.unexpectedEnd) }
    return bytes[position]
  }

  private mutating func value(depth: Int) throws(JSONError) -> JSONValue {
    let first = try peek()
    switch first {
    case UInt8(ascii: "{"): return try object(depth: depth + 1)
    case UInt8(ascii: "["): return try array(depth: depth + 1)
    case UInt8(ascii: "\""): return .string(try string())
    case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return try number()
    case UInt8(ascii: "t"):
      try token("true")
      return .bool(true)
    case UInt8(ascii: "f"):
      try token("false")
      return .bool(false)
    case UInt8(ascii: "n"):
      try token("null")
      return .null
    case UInt8(ascii: "N") where starts(with: "NaN"): throw error(.notJSON("NaN"))
    case UInt8(ascii: "I") where starts(with: "Infinity"): throw error(.notJSON("Infinity"))
    default: throw error(.expected("a value", found: first))
    }
  }

  private func starts(with token: StaticString) -> Bool {
    let count = token.utf8CodeUnitCount
    guard bytes.count - position >= count else { return false }
    return UnsafeRawBufferPointer(rebasing: bytes[position..<position + count])
      .elementsEqual(UnsafeRawBufferPointer(start: token.utf8Start, count: count))
  }

  private mutating func token(_ token: StaticString) throws(JSONError) {
    guard starts(with: token) else { throw error(.expected("\(token)", found: bytes[position])) }
    position += token.utf8CodeUnitCount
  }

  private mutating func object(depth: Int) throws(JSONError) -> JSONValue {
    guard depth <= limits.depth else { throw error(.tooDeep(limit: limits.depth)) }
    position += 1
    var members = JSONObject()
    if try peek() == UInt8(ascii: "}") {
      position += 1
      return .object(members)
    }
    while true {
      let start = try peek()
      guard start == UInt8(ascii: "\"") else { throw error(.expected("a key in quotes", found: start)) }
      let keyOffset = position
      let key = try string()
      let separator = try peek()
      guard separator == UInt8(ascii: ":") else { throw error(.expected("':' after a key", found: separator)) }
      position += 1
      let member = try value(depth: depth)
      guard members.append(key, member) else { throw error(.duplicateKey(key), at: keyOffset) }
      let next = try peek()
      switch next {
      case UInt8(ascii: ","): position += 1
      case UInt8(ascii: "}"):
        position += 1
        return .object(members)
      default: throw error(.expected("',' or '}'", found: next))
      }
    }
  }

  private mutating func array(depth: Int) throws(JSONError) -> JSONValue {
    guard depth <= limits.depth else { throw error(.tooDeep(limit: limits.depth)) }
    position += 1
    var values: [JSONValue] = []
    if try peek() == UInt8(ascii: "]") {
      position += 1
      return .array(values)
    }
    while true {
      guard values.count < limits.elements else { throw error(.tooManyElements(limit: limits.elements)) }
      values.append(try value(depth: depth))
      let next = try peek()
      switch next {
      case UInt8(ascii: ","): position += 1
      case UInt8(ascii: "]"):
        position += 1
        return .array(values)
      default: throw error(.expected("',' or ']'", found: next))
      }
    }
  }
}

// MARK: - Numbers

extension JSONParser {
  private mutating func number() throws(JSONError) -> JSONValue {
    let start = position
    var isInteger = true
    if bytes[position] == UInt8(ascii: "-") {
      position += 1
      if starts(with: "Infinity") { throw error(.notJSON("-Infinity"), at: start) }
    }
    let leading = position
    let integerDigits = skipDigits()
    var isValid = integerDigits == 1 || (integerDigits > 1 && bytes[leading] != UInt8(ascii: "0"))
    if position < bytes.count, bytes[position] == UInt8(ascii: ".") {
      isInteger = false
      position += 1
      isValid = skipDigits() > 0 && isValid
    }
    if position < bytes.count, bytes[position] | 0x20 == UInt8(ascii: "e") {
      isInteger = false
      position += 1
      if position < bytes.count, bytes[position] == UInt8(ascii: "-") || bytes[position] == UInt8(ascii: "+") {
        position += 1
      }
      isValid = skipDigits() > 0 && isValid
    }
    let text = String(decoding: bytes[start..<position], as: UTF8.self)
    guard isValid else { throw error(.invalidNumber(text), at: start) }
    // "-0" is a float in all but its spelling: as an integer it would lose its sign.
    if isInteger, text != "-0", let integer = Int(text) { return .integer(integer) }
    guard let number = Double(text), number.isFinite else { throw error(.numberOutOfRange(text), at: start) }
    return .number(number)
  }

  private mutating func skipDigits() -> Int {
    let start = position
    while position < bytes.count, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(bytes[position]) { position += 1 }
    return position - start
  }
}

// MARK: - Strings

extension JSONParser {
  private mutating func string() throws(JSONError) -> String {
    position += 1
    let start = position
    while position < bytes.count {
      switch bytes[position] {
      case UInt8(ascii: "\""):
        let text = try validated(bytes[start..<position], at: start)
        position += 1
        return text
      case UInt8(ascii: "\\"): return try escapedString(from: start)
      case 0..<0x20: throw error(.controlCharacter(bytes[position]))
      default: position += 1
      }
    }
    throw error(.unexpectedEnd)
  }

  private func validated(_ text: some Collection<UInt8>, at offset: Int) throws(JSONError) -> String {
    guard let text = String(validating: text, as: UTF8.self) else { throw error(.invalidUTF8, at: offset) }
    return text
  }

  /// The slow path: a string with at least one escape, whose first bytes up to `position` have none.
  private mutating func escapedString(from start: Int) throws(JSONError) -> String {
    var decoded = Array(bytes[start..<position])
    while position < bytes.count {
      let byte = bytes[position]
      switch byte {
      case UInt8(ascii: "\""):
        position += 1
        return try validated(decoded, at: start)
      case UInt8(ascii: "\\"): try appendEscape(to: &decoded)
      case 0..<0x20: throw error(.controlCharacter(byte))
      default:
        decoded.append(byte)
        position += 1
      }
    }
    throw error(.unexpectedEnd)
  }

  private mutating func appendEscape(to decoded: inout [UInt8]) throws(JSONError) {
    let start = position
    guard position + 1 < bytes.count else { throw error(.unexpectedEnd) }
    let letter = bytes[position + 1]
    position += 2
    switch letter {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): decoded.append(letter)
    case UInt8(ascii: "b"): decoded.append(0x08)
    case UInt8(ascii: "f"): decoded.append(0x0C)
    case UInt8(ascii: "n"): decoded.append(0x0A)
    case UInt8(ascii: "r"): decoded.append(0x0D)
    case UInt8(ascii: "t"): decoded.append(0x09)
    case UInt8(ascii: "u"):
      var code = try codeUnit(escapeAt: start)
      if (0xD800..<0xDC00).contains(code) {
        guard starts(with: "\\u") else { throw error(.loneSurrogate, at: start) }
        position += 2
        let low = try codeUnit(escapeAt: start)
        guard (0xDC00..<0xE000).contains(low) else { throw error(.loneSurrogate, at: start) }
        code = 0x10000 + (code - 0xD800) << 10 + (low - 0xDC00)
      }
      guard let scalar = UnicodeScalar(code) else { throw error(.loneSurrogate, at: start) }
      decoded.append(contentsOf: UTF8.encode(scalar)!)
    default: throw error(.invalidEscape, at: start)
    }
  }

  /// Four hexadecimal digits.
  private mutating func codeUnit(escapeAt start: Int) throws(JSONError) -> UInt32 {
    var code: UInt32 = 0
    for _ in 0..<4 {
      guard position < bytes.count else { throw error(.unexpectedEnd) }
      guard let digit = Character(UnicodeScalar(bytes[position])).hexDigitValue else {
        throw error(.invalidEscape, at: start)
      }
      code = code << 4 | UInt32(digit)
      position += 1
    }
    return code
  }
}
