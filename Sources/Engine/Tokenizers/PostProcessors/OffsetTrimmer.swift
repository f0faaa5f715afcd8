/// Takes the spaces at the ends of tokens out of their offsets: `Ġworld` stands for `world` only.
struct OffsetTrimmer: PostProcessor {
  /// Whether the pre-tokenizer put a space in front, which is then not in the text and not to be taken out.
  let addsPrefixSpace: Bool

  /// Nil where the file asks for untrimmed offsets.
  init?(_ node: JSONNode) throws {
    guard try node.bool("trim_offsets", default: true) else { return nil }
    addsPrefixSpace = try node.bool("add_prefix_space", default: true)
  }

  func process(_ tokens: inout [EncodedToken], addSpecialTokens: Bool) {
    for index in tokens.indices {
      let margins = tokens[index].margins
      if margins.leading > 0 {
        let isFirst = index == 0 || tokens[index].start == 0
        let leading = isFirst && addsPrefixSpace && margins.leading == 1 ? 0 : margins.leading
        tokens[index].start = min(tokens[index].start + leading, tokens[index].end)
      }
      if margins.trailing > 0, tokens[index].end >= margins.trailing {
        tokens[index].end = max(tokens[index].end - margins.trailing, tokens[index].start)
      }
    }
  }
}
