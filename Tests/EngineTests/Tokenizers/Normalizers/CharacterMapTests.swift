import Foundation
import Testing

@testable import Engine

/// Hostile character maps; what a good one does is in the fixture `unigram_style`.
struct CharacterMapTests {
  /// A map as it lies in a file: size, tree, replacements.
  private static func bytes(size: Int? = nil, units: [Int: UInt32], count: Int = 256, replacements: [UInt8] = [])
    -> [UInt8]
  {
    let tree = (0..<count).flatMap { index in
      withUnsafeBytes(of: (units[index] ?? 0x8000_0000).littleEndian) { Array($0) }
    }
    return withUnsafeBytes(of: UInt32(size ?? tree.count).littleEndian) { Array($0) } + tree + replacements
  }

  private static func map(_ bytes: [UInt8]) throws -> CharacterMap {
    try CharacterMap(TokenizerParts.node("\"\(Data(bytes).base64EncodedString())\""))
  }

  /// A unit that the byte `label` leads to, with the children `offset` away.
  private static func unit(_ label: UInt8, offset: UInt32, leaf: Bool = false) -> UInt32 {
    offset << 10 | (leaf ? 0x100 : 0) | UInt32(label)
  }

  @Test func theShortestEntryCounts() throws {
    // From the root at 0 "a" leads to 97, whose children begin at 1; its value lies there.
    let map = try Self.map(
      Self.bytes(
        units: [0: Self.unit(0, offset: 0), 97: Self.unit(97, offset: 98, leaf: true), 3: 0x8000_0001],
        replacements: Array("\0yes\0".utf8)))
    #expect(map.replacement(of: "ab".utf8).map { String(decoding: $0, as: UTF8.self) } == "yes")
    #expect(map.replacement(of: "b".utf8) == nil)
    #expect(map.replacement(of: "\0".utf8) == nil)
    #expect(map.replacement(of: "".utf8) == nil)
  }

  @Test(arguments: [
    ("no size", [1, 2, 3], "its 3 bytes hold no size"),
    ("truncated", Array(bytes(units: [:]).dropLast()), "its tree has 1024 bytes, and 1023 are there"),
    ("oversized", bytes(size: 0xFFFF_FFFF, units: [:]), "its tree has 4294967295 bytes, and 1024 are there"),
    ("empty tree", bytes(size: 0, units: [:], count: 0), "its tree has 0 units, expected a multiple of 256"),
    ("odd tree", bytes(units: [:], count: 255), "its tree has 255 units, expected a multiple of 256"),
    ("root outside", bytes(units: [0: unit(0, offset: 4096)]), "unit 0 of its tree points outside"),
    (
      "child outside", bytes(units: [0: unit(0, offset: 0), 97: unit(97, offset: 4096)]),
      "unit 97 of its tree points outside"
    ),
    (
      "value outside", bytes(units: [0: unit(0, offset: 0), 97: unit(97, offset: 98, leaf: true), 3: 0x8000_0009]),
      "unit 3 of its tree points to no replacement"
    ),
    (
      "value inside a character",
      bytes(
        units: [0: unit(0, offset: 0), 97: unit(97, offset: 98, leaf: true), 3: 0x8000_0001],
        replacements: [0xC3, 0xA9, 0]),
      "unit 3 of its tree points to no replacement"
    ),
    ("replacements", bytes(units: [:], replacements: [0xFF]), "its replacements are not UTF-8"),
  ])
  func malformedMapsAreRefused(name: String, bytes: [UInt8], reason: String) {
    let error = #expect(throws: TokenizerError.malformedCharsmap(file: "test.json", path: "", reason: reason)) {
      try Self.map(bytes)
    }
    #expect(error?.description.contains("test.json") == true)
  }

  @Test func whatIsNotBase64IsRefused() {
    #expect(throws: TokenizerError.malformedCharsmap(file: "test.json", path: "", reason: "it is not base64")) {
      try CharacterMap(TokenizerParts.node(#""*""#))
    }
  }

  /// Reading ends, and so does searching, which takes a byte of the text for every step.
  @Test func aTreeThatRunsInCirclesEnds() throws {
    // 97 leads back to the root's children, by which "a" leads to 97 again.
    let map = try Self.map(Self.bytes(units: [0: Self.unit(0, offset: 0), 97: Self.unit(97, offset: 97)]))
    #expect(map.replacement(of: Array(repeating: 97, count: 1000)) == nil)
  }
}
