/// Where a JSON text goes wrong, and how.
package struct JSONError: Error, Equatable, CustomStringConvertible {
  package enum Problem: Equatable, Sendable {
    case unexpectedEnd
    case expected(String, found: UInt8)
    case trailingText
    case duplicateKey(String)
    case invalidUTF8
    case controlCharacter(UInt8)
    case invalidEscape
    case loneSurrogate
    case invalidNumber(String)
    case numberOutOfRange(String)
    /// `NaN`, `Infinity` or `-Infinity`, which Python's json module writes although JSON has no such tokens.
    case notJSON(String)
    case tooDeep(limit: Int)
    case tooManyElements(limit: Int)
  }

  /// Bytes from the beginning of the text.
  package let offset: Int
  package let problem: Problem

  package var description: String {
    "\(problem) at byte \(offset)"
  }
}

extension JSONError.Problem: CustomStringConvertible {
  package var description: String {
    switch self {
    case .unexpectedEnd: "the text ends in the middle of a value"
    case .expected(let expected, let found): "expected \(expected), found \(Self.name(found))"
    case .trailingText: "more text after the value"
    case .duplicateKey(let key): "the key '\(key)' appears twice in one object"
    case .invalidUTF8: "a string is not valid UTF-8"
    case .controlCharacter(let byte): "a string holds the raw control character \(Self.name(byte)), expected an escape"
    case .invalidEscape: "a string holds an escape that JSON does not know"
    case .loneSurrogate: "a string holds half of a surrogate pair, which is no character"
    case .invalidNumber(let text): "'\(text)' is not a number"
    case .numberOutOfRange(let text): "the number \(text) does not fit a 64-bit float"
    case .notJSON(let token):
      "'\(token)' is not JSON, although Python's json module writes it; write null (json.dumps(..., allow_nan=False))"
    case .tooDeep(let limit): "values are nested more than \(limit) deep"
    case .tooManyElements(let limit): "an array has more than \(limit) elements"
    }
  }

  private static func name(_ byte: UInt8) -> String {
    (0x21...0x7E).contains(byte)
      ? "'\(Character(UnicodeScalar(byte)))'" : "byte 0x" + String(byte, radix: 16, uppercase: true)
  }
}
