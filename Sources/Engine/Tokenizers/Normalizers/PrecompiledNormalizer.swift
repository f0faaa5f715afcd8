/// SentencePiece's normalization by a table, as the Rust library `tokenizers` applies it: a grapheme of less than six
/// bytes is replaced as a whole where the table has it or a beginning of it, otherwise character by character.
struct PrecompiledNormalizer: TextNormalizer {
  private let map: CharacterMap

  init(_ node: JSONNode) throws {
    map = try CharacterMap(node.required("precompiled_charsmap"))
  }

  func normalize(_ text: inout AlignedScalars) {
    var changes: [AlignedScalars.Change] = []
    changes.reserveCapacity(text.count)
    var isChanged = false
    /// The alignment is the reference's: scalars replace one another in order; what is longer adds the rest, and what is
    /// shorter lets its last scalar swallow the rest. An empty replacement leaves that to the scalar in front of it, or
    /// where there is none to nobody: offsets of what follows then fall behind.
    func replace(_ count: Int, by replacement: ArraySlice<UInt8>) {
      isChanged = true
      let scalars = String(decoding: replacement, as: UTF8.self).unicodeScalars
      for (index, scalar) in scalars.enumerated() {
        changes.append(.init(scalar: scalar.value, change: index < count ? 0 : 1))
      }
      if scalars.count < count, !changes.isEmpty { changes[changes.count - 1].change -= count - scalars.count }
    }
    for grapheme in String(decoding: UTF8Decoding.bytes(of: text.scalars), as: UTF8.self) {
      if grapheme.utf8.count < 6, let replacement = map.replacement(of: grapheme.utf8) {
        replace(grapheme.unicodeScalars.count, by: replacement)
        continue
      }
      for scalar in grapheme.unicodeScalars {
        if let replacement = map.replacement(of: UTF8.encode(scalar) ?? .init()) {
          replace(1, by: replacement)
        } else {
          changes.append(.init(scalar: scalar.value, change: 0))
        }
      }
    }
    if isChanged { text.transform(changes) }
  }
}
