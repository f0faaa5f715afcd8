/// Replaces every match of a pattern by fixed text, which takes the place of the last character it replaces.
struct ReplaceNormalizer: TextNormalizer {
  let pattern: any TextPattern
  let content: [UInt32]

  init(_ node: JSONNode) throws {
    pattern = try TextPatterns.make(node.required("pattern"))
    content = try node.required("content").string().unicodeScalars.map(\.value)
  }

  func normalize(_ text: inout AlignedScalars) throws {
    text.replace(try pattern.matches(in: text.scalars), with: content)
  }
}

/// Puts fixed text in front of text that is not empty.
struct PrependNormalizer: TextNormalizer {
  let prefix: [UInt32]

  init(_ node: JSONNode) throws {
    prefix = try node.required("prepend").string().unicodeScalars.map(\.value)
  }

  func normalize(_ text: inout AlignedScalars) {
    text.prepend(prefix)
  }
}
