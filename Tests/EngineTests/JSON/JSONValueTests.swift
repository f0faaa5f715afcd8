import Foundation
import Testing

@testable import Engine

extension JSONValue {
  var canonicalText: String { String(decoding: canonicalBytes, as: UTF8.self) }
}

struct JSONValueTests {
  @Test func canonicalTextIsReadBackAndSorted() throws {
    let value = JSONValue.object([
      "b": .array([.null, .bool(true), .integer(-3), .number(0.1), .number(2)]), "a": .string("\"\\\n\u{1f}é/"),
      "Z": .object([:]),
    ])
    #expect(value.canonicalText == #"{"Z":{},"a":"\"\\\n\u001fé/","b":[null,true,-3,0.1,2.0]}"#)
    #expect(try JSONParser.parse(value.canonicalText) == value)
  }

  @Test func equalityIsThatOfBytesAndNotOfOrder() {
    #expect(JSONValue.string("\u{E9}") != .string("e\u{301}"))
    #expect(JSONValue.object(["a": .null, "b": .bool(true)]) == .object(["b": .bool(true), "a": .null]))
    #expect(JSONValue.object(["a": .null]) != .object(["a": .null, "b": .null]))
    #expect(JSONValue.object(["a": .null]) != .object(["b": .null]))
    #expect(JSONValue.integer(1) != .number(1))
  }

  @Test func indentedTextIsThatOfPython() {
    let value = JSONValue.object([
      "z": .array([.null, .bool(true), .bool(false), .integer(-3)]),
      "a": .object(["y": .array([]), "b": .object([:])]),
      "\u{E9}": .string("q\" b\\ /\n\r\t\u{8}\u{C}\u{7F} \u{20AC}\u{1F600}"),
    ])
    // print(json.dumps(value, indent=2))
    #expect(
      value.indentedText == #"""
        {
          "z": [
            null,
            true,
            false,
            -3
          ],
          "a": {
            "y": [],
            "b": {}
          },
          "\u00e9": "q\" b\\ /\n\r\t\b\f\u007f \u20ac\ud83d\ude00"
        }
        """#)
  }

  /// Both sides as `json.dumps` of Python 3 has them.
  @Test(arguments: [
    (0.1, "0.1"), (2, "2.0"), (-0.0, "-0.0"), (1e-4, "0.0001"), (1e-5, "1e-05"), (1.5e-7, "1.5e-07"),
    (0x1p53, "9007199254740992.0"), (-9_999_999_999_999_998, "-9999999999999998.0"),
    (1e16, "1e+16"), (-1.2e16, "-1.2e+16"),
    (0x1p54, "1.8014398509481984e+16"), (1e17, "1e+17"), (1e22, "1e+22"),
    (1.7976931348623157e308, "1.7976931348623157e+308"),
    (.leastNonzeroMagnitude, "5e-324"),
  ])
  func numbersArePrintedAsPythonPrintsThem(number: Double, text: String) {
    #expect(JSONValue.number(number).indentedText == text)
  }

  @Test func indentedTextIsReadBackInItsOrder() throws {
    let text = #"{"z": 1, "a": {"y": [], "b": {}}, "m": [true, false, null, -1.5e+3, "\u00e9\/\ud83d\ude00"]}"#
    let value = try JSONParser.parse(text)
    #expect(value.object?.keys == ["z", "a", "m"])
    #expect(value["a"]?.object?.keys == ["y", "b"])
    #expect(value["m"]?.array?.last?.string == "\u{E9}/\u{1F600}")
    let again = try JSONParser.parse(value.indentedText)
    #expect(again == value)
    #expect(again.object?.keys == ["z", "a", "m"])
    #expect(value.indentedText.utf8.allSatisfy { $0 < 0x7F })
  }

  @Test func accessorsGiveOnlyTheirOwnType() {
    #expect(JSONValue.integer(3).integer == 3)
    #expect(JSONValue.number(3).integer == nil)
    #expect(JSONValue.bool(true).bool == true)
    #expect(JSONValue.null.bool == nil)
    #expect(JSONValue.null["a"] == nil)
    #expect(JSONValue.array([.null]).array == [.null])
    #expect(JSONValue.string("3").integer == nil)
  }
}
