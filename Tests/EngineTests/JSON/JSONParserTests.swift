import Foundation
import Testing

@testable import Engine

extension JSONParser {
  static func parse(_ text: String) throws -> JSONValue {
    try Array(text.utf8).withUnsafeBytes { try parse($0) }
  }
}

struct JSONParserTests {
  @Test(
    arguments: [
      ("null", .null), ("true", .bool(true)), (" false\n", .bool(false)),
      ("0", .integer(0)), ("-12", .integer(-12)), ("9223372036854775807", .integer(.max)),
      ("-9223372036854775808", .integer(.min)),
      // One more than fits is the nearest double.
      ("9223372036854775808", .number(0x1p63)),
      ("1.0", .number(1)), ("1e2", .number(100)), ("-0.5E-1", .number(-0.05)), ("0.1", .number(0.1)),
      ("\"\"", .string("")), (#""a\"\\\/\b\f\n\r\t\u00e9""#, .string("a\"\\/\u{8}\u{c}\n\r\té")),
      (#""\ud83d\ude00 x""#, .string("😀 x")), ("\"ä😀\"", .string("ä😀")), (#""\u0000""#, .string("\0")),
      ("[]", .array([])), ("[1, [2]]", .array([.integer(1), .array([.integer(2)])])),
      ("{}", .object([:])), (#"{"a": {"b": null}}"#, .object(["a": .object(["b": .null])])),
      ("-1.5e+3", .number(-1500)), ("9007199254740993", .integer(9_007_199_254_740_993)),
      // Keys that are canonically equivalent are two keys.
      ("{\"\u{E9}\": 1, \"e\u{301}\": 2}", .object(["\u{E9}": .integer(1), "e\u{301}": .integer(2)])),
    ] as [(String, JSONValue)])
  func valuesAreRead(text: String, value: JSONValue) throws {
    #expect(try JSONParser.parse(text) == value)
  }

  @Test func negativeZeroKeepsItsSign() throws {
    guard case .number(let zero) = try JSONParser.parse("-0") else {
      Issue.record("-0 is not a number")
      return
    }
    #expect(zero.sign == .minus)
  }

  @Test(
    arguments: [
      ("", 0, .unexpectedEnd), ("  ", 2, .unexpectedEnd), ("[1", 2, .unexpectedEnd), ("{\"a\":", 5, .unexpectedEnd),
      ("\"a", 2, .unexpectedEnd), ("\"\\", 1, .unexpectedEnd), ("\"\\u12", 5, .unexpectedEnd),
      ("1 2", 2, .trailingText), ("{}x", 2, .trailingText),
      ("[1,]", 3, .expected("a value", found: 0x5D)), ("[,1]", 1, .expected("a value", found: 0x2C)),
      ("[1 2]", 3, .expected("',' or ']'", found: 0x32)),
      ("{\"a\":1,}", 7, .expected("a key in quotes", found: 0x7D)),
      ("{a:1}", 1, .expected("a key in quotes", found: 0x61)),
      ("{\"a\" 1}", 5, .expected("':' after a key", found: 0x31)),
      ("{\"a\":1 \"b\":2}", 7, .expected("',' or '}'", found: 0x22)), ("'a'", 0, .expected("a value", found: 0x27)),
      ("tru", 0, .expected("true", found: 0x74)), ("nul", 0, .expected("null", found: 0x6E)),
      ("{\"a\":1,\"b\":2,\"a\":3}", 13, .duplicateKey("a")),
      ("NaN", 0, .notJSON("NaN")), ("[Infinity]", 1, .notJSON("Infinity")), ("-Infinity", 0, .notJSON("-Infinity")),
      ("01", 0, .invalidNumber("01")), ("-", 0, .invalidNumber("-")), ("1.", 0, .invalidNumber("1.")),
      ("[1e]", 1, .invalidNumber("1e")), ("-.5", 0, .invalidNumber("-.5")), ("1e+", 0, .invalidNumber("1e+")),
      ("+1", 0, .expected("a value", found: 0x2B)), ("0x1", 1, .trailingText),
      ("1e400", 0, .numberOutOfRange("1e400")),
      ("{", 1, .unexpectedEnd), ("{\"a\"", 4, .unexpectedEnd),
      ("{\"a\"}", 4, .expected("':' after a key", found: 0x7D)),
      ("tru e", 0, .expected("true", found: 0x74)), (".5", 0, .expected("a value", found: 0x2E)),
      ("]", 0, .expected("a value", found: 0x5D)), ("1.e5", 0, .invalidNumber("1.e5")), ("--1", 0, .invalidNumber("-")),
      ("{} {}", 3, .trailingText), ("{\"a\":1,\"\\u0061\":2}", 7, .duplicateKey("a")),
      ("\u{FEFF}1", 0, .expected("a value", found: 0xEF)),
      ("\"\\u+123\"", 1, .invalidEscape), ("\"\\u12\"", 1, .invalidEscape),
      ("\"\\ud83dx\"", 1, .loneSurrogate),
      ("\"\u{1}\"", 1, .controlCharacter(1)), ("\"\\n\n\"", 3, .controlCharacter(10)),
      ("\"\\x\"", 1, .invalidEscape), ("\"\\u12g4\"", 1, .invalidEscape),
      ("\"\\ud800\"", 1, .loneSurrogate), ("\"\\ud800\\u0041\"", 1, .loneSurrogate), ("\"\\udc00\"", 1, .loneSurrogate),
    ] as [(String, Int, JSONError.Problem)])
  func malformedTextsAreRefused(text: String, offset: Int, problem: JSONError.Problem) {
    #expect(throws: JSONError(offset: offset, problem: problem)) { try JSONParser.parse(text) }
  }

  @Test(arguments: [[0xFF], [0xC3, 0x28], [0xED, 0xA0, 0x80], [0xC0, 0x80]] as [[UInt8]])
  func invalidUTF8IsRefused(bytes: [UInt8]) {
    let text = [UInt8(ascii: "\"")] + bytes + [UInt8(ascii: "\"")]
    #expect(throws: JSONError(offset: 1, problem: .invalidUTF8)) {
      try text.withUnsafeBytes { try JSONParser.parse($0) }
    }
  }

  @Test func nestingIsBounded() throws {
    let limit = JSONParser.Limits().depth
    func nested(_ depth: Int) -> String { String(repeating: "[", count: depth) + String(repeating: "]", count: depth) }
    _ = try JSONParser.parse(nested(limit))
    #expect(throws: JSONError(offset: limit, problem: .tooDeep(limit: limit))) {
      try JSONParser.parse(nested(limit + 1))
    }
    let objects = String(repeating: #"{"a":"#, count: 100_000)
    #expect(throws: JSONError(offset: limit * 5, problem: .tooDeep(limit: limit))) { try JSONParser.parse(objects) }
  }

  @Test func aByteOrderMarkIsSkippedWhereItIsAllowed() throws {
    var limits = JSONParser.Limits()
    limits.allowsByteOrderMark = true
    let value = try Array("\u{FEFF}[1]".utf8).withUnsafeBytes { try JSONParser.parse($0, limits: limits) }
    #expect(value == .array([.integer(1)]))
  }

  @Test func anErrorSaysWhereAndWhat() {
    let error = JSONError(offset: 5, problem: .expected("',' or '}'", found: 0x22))
    #expect(error.description == "expected ',' or '}', found '\"' at byte 5")
  }
}
