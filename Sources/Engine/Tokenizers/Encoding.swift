/// The tokens of one text.
package struct Encoding: Sendable, Equatable {
  package var ids: [Int32]
  /// For each token the Unicode scalars of the text, as it was before normalization, that the token stands for. Tokens
  /// of the post-processor stand for none and have 0..<0.
  package var offsets: [Range<Int>]

  package init(ids: [Int32], offsets: [Range<Int>]) {
    self.ids = ids
    self.offsets = offsets
  }
}

/// The tokens of one text with their spelling, for people to look at.
package struct SpelledEncoding: Sendable, Equatable {
  package var encoding: Encoding
  /// As in the vocabulary; of added tokens and of unknown text what was found. Nil where a post-processor adds an id
  /// that no token has.
  package var tokens: [String?]
}
