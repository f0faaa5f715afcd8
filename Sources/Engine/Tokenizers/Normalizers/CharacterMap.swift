import Foundation

/// A `precompiled_charsmap` of SentencePiece: which strings of bytes become which.
///
/// Four bytes with the size of a tree, the tree, and the replacements, each ended by a zero byte. The tree is the double
/// array of Darts-clone: 32-bit units, of which a child lies where the parent's position, its offset and the byte meet
/// in an exclusive or. A file can say anything, so all that the search can reach is checked when it is read.
struct CharacterMap: Sendable {
  private let units: [UInt32]
  private let replacements: [UInt8]

  /// Reads the bytes that `node` spells in base64.
  ///
  /// - Throws: `TokenizerError.malformedCharsmap`.
  init(_ node: JSONNode) throws {
    func malformed(_ reason: String) -> TokenizerError {
      .malformedCharsmap(file: node.file, path: node.path, reason: reason)
    }
    guard let data = Data(base64Encoded: try node.string()) else { throw malformed("it is not base64") }
    let bytes = [UInt8](data)
    func number(at position: Int) -> UInt32 {
      (0..<4).reduce(0) { $0 | UInt32(bytes[position + $1]) << UInt32(8 * $1) }
    }
    guard bytes.count >= 4 else { throw malformed("its \(bytes.count) bytes hold no size") }
    let size = Int(number(at: 0)) / 4
    guard size <= (bytes.count - 4) / 4 else {
      throw malformed("its tree has \(number(at: 0)) bytes, and \(bytes.count - 4) are there")
    }
    units = (0..<size).map { number(at: 4 + 4 * $0) }
    replacements = Array(bytes[(4 + 4 * size)...])
    guard String(validating: replacements, as: UTF8.self) != nil else {
      throw malformed("its replacements are not UTF-8")
    }
    if let reason = flaw { throw malformed(reason) }
  }

  /// What is wrong with the tree or with what it points to.
  private var flaw: String? {
    guard !units.isEmpty, units.count.isMultiple(of: 256) else {
      return "its tree has \(units.count) units, expected a multiple of 256"
    }
    var isSeen = [Bool](repeating: false, count: units.count)
    var waiting: [Int] = []
    /// Notes the node that the unit at `position` leads to; each once, so that circles end.
    func visit(_ position: Int) -> String? {
      let node = position ^ Self.offset(units[position])
      guard node < units.count else { return "unit \(position) of its tree points outside" }
      if Self.hasLeaf(units[position]) {
        let start = Self.value(units[node])
        guard start <= replacements.count, start == replacements.count || replacements[start] & 0xC0 != 0x80 else {
          return "unit \(node) of its tree points to no replacement"
        }
      }
      if !isSeen[node] {
        isSeen[node] = true
        waiting.append(node)
      }
      return nil
    }
    if let flaw = visit(0) { return flaw }
    while let node = waiting.popLast() {
      // The children of a node lie in its block of 256 units.
      for byte in 1...255 where Self.label(units[node ^ byte]) == byte {
        if let flaw = visit(node ^ byte) { return flaw }
      }
    }
    return nil
  }

  /// The replacement of the shortest entry that `text` begins with, as the reference takes it; nil where there is none.
  func replacement(of text: some Sequence<UInt8>) -> ArraySlice<UInt8>? {
    var position = Self.offset(units[0])
    for byte in text {
      if byte == 0 { return nil }
      position ^= Int(byte)
      let unit = units[position]
      if Self.label(unit) != Int(byte) { return nil }
      position ^= Self.offset(unit)
      if Self.hasLeaf(unit) { return replacements[Self.value(units[position])...].prefix { $0 != 0 } }
    }
    return nil
  }

  private static func hasLeaf(_ unit: UInt32) -> Bool { unit >> 8 & 1 == 1 }
  private static func value(_ unit: UInt32) -> Int { Int(unit & 0x7FFF_FFFF) }
  /// The byte that leads to a unit; with the highest bit set it is a value and no byte leads to it.
  private static func label(_ unit: UInt32) -> Int { Int(unit & 0x8000_00FF) }
  private static func offset(_ unit: UInt32) -> Int { Int(unit >> 10) << Int((unit & 0x200) >> 6) }
}
