import Foundation
import Testing

@testable import Engine

struct TextNormalizerTests {
  @Test(arguments: [
    (#"{"type": "Lowercase"}"#, "AİB", "ai\u{307}b", [0..<1, 1..<2, 1..<2, 2..<3]),
    (#"{"type": "Prepend", "prepend": "▁"}"#, "ab", "▁ab", [0..<1, 0..<1, 1..<2]),
    (#"{"type": "Prepend", "prepend": "▁"}"#, "", "", []),
    (#"{"type": "Strip", "strip_left": true, "strip_right": true}"#, " \ta b\u{3000}", "a b", [2..<3, 3..<4, 4..<5]),
    (#"{"type": "Strip", "strip_left": false, "strip_right": true}"#, " a ", " a", [0..<1, 1..<2]),
    (#"{"type": "Strip", "strip_left": true, "strip_right": true}"#, "  ", "", []),
    // Replaced text stands for the last character it replaces.
    (
      #"{"type": "Replace", "pattern": {"String": "''"}, "content": "ab"}"#, "x''y", "xaby",
      [0..<1, 2..<3, 2..<3, 3..<4]
    ),
    (#"{"type": "Replace", "pattern": {"Regex": "\\s+"}, "content": " "}"#, "é  b", "é b", [0..<1, 2..<3, 3..<4]),
    (#"{"type": "StripAccents"}"#, "e\u{304}\u{304}o", "eo", [0..<1, 3..<4]),
    (#"{"type": "Nmt"}"#, "a\u{1}\u{200B}b", "a b", [0..<1, 2..<3, 3..<4]),
    (#"{"type": "ByteLevel"}"#, "é ", "Ã©Ġ", [0..<1, 0..<1, 1..<2]),
    // A composed letter takes the place of its base; what follows moves up.
    (#"{"type": "NFC"}"#, "e\u{301}o", "\u{E9}o", [0..<1, 2..<3]),
    (#"{"type": "NFD"}"#, "\u{E9}o", "e\u{301}o", [0..<1, 0..<1, 1..<2]),
    (#"{"type": "NFKC"}"#, "\u{FB01}x", "fix", [0..<1, 0..<1, 1..<2]),
    (#"{"type": "NFC"}"#, "\u{1112}\u{1161}\u{11AB}", "\u{D55C}", [0..<1]),
    // U+11A7 is no consonant and composes with nothing.
    (#"{"type": "NFC"}"#, "\u{1101}\u{116F}\u{11A7}", "\u{AFD4}\u{11A7}", [0..<1, 2..<3]),
    (
      #"{"type": "BertNormalizer", "clean_text": true, "handle_chinese_chars": true, "strip_accents": null, "lowercase": true}"#,
      "É\t語\u{0}", "e  語 ", [0..<1, 1..<2, 2..<3, 2..<3, 2..<3]
    ),
    (
      #"{"type": "Sequence", "normalizers": [{"type": "NFKD"}, {"type": "StripAccents"}, {"type": "Lowercase"}]}"#,
      "Ậ…", "a...", [0..<1, 1..<2, 1..<2, 1..<2]
    ),
  ])
  func keepsTrackOfWhatComesFromWhere(json: String, text: String, expected: String, offsets: [Range<Int>]) throws {
    let (normalized, actual) = try TokenizerParts.normalize(text, json)
    #expect(Array(normalized.unicodeScalars) == Array(expected.unicodeScalars))
    #expect(actual == offsets)
  }

  /// Text with much to compose and to reorder; `make_normalization.py` says how it was made. (Foundation on Linux is no
  /// oracle: it leaves U+AC00 U+11AB and U+0307 U+3099 as they are.)
  @Test func normalizationFormsAgreeWithPython() throws {
    let rows = try JSONDecoder().decode(
      [[String]].self, from: Data(contentsOf: TokenizerFixtures.folder.appending(path: "normalization.json")))
    #expect(rows.count == 200)
    for row in rows {
      for (kind, expected) in zip(["NFC", "NFD", "NFKC", "NFKD"], row.dropFirst()) {
        let (normalized, offsets) = try TokenizerParts.normalize(row[0], #"{"type": "\#(kind)"}"#)
        #expect(
          Array(normalized.unicodeScalars) == Array(expected.unicodeScalars), "\(kind) of \(row[0].debugDescription)")
        #expect(offsets.allSatisfy { $0.upperBound <= row[0].unicodeScalars.count })
      }
    }
  }

  /// The shortcut must not leave out anything that normalization would change.
  @Test(arguments: ["NFC", "NFD", "NFKC", "NFKD", "StripAccents"])
  func textThatIsCalledNormalizedIs(kind: String) throws {
    let json = #"{"type": "\#(kind)"}"#
    let normalizer = try TextNormalizers.make(TokenizerParts.node(json))
    for largest in UInt8.min...UInt8.max where normalizer.isIdentity(upToByte: largest) {
      for scalar in (UInt32(0)..<0x800).compactMap(Unicode.Scalar.init) where String(scalar).utf8.max() == largest {
        for text in [String(scalar), "e\(scalar)", "\(scalar)e"] {
          #expect(try TokenizerParts.normalize(text, json).text.unicodeScalars.elementsEqual(text.unicodeScalars))
        }
      }
    }
  }
}
