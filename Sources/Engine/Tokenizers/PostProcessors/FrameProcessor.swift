/// BERT's and RoBERTa's post-processors: one token in front, one behind; RoBERTa's trims offsets as well.
struct FrameProcessor: PostProcessor {
  private let front: EncodedToken
  private let back: EncodedToken
  private let trimmer: OffsetTrimmer?

  init(_ node: JSONNode, trimmer: OffsetTrimmer?) throws {
    front = try Self.token(node.required("cls"))
    back = try Self.token(node.required("sep"))
    self.trimmer = trimmer
  }

  private static func token(_ node: JSONNode) throws -> EncodedToken {
    let parts = try node.elements()
    guard parts.count == 2 else { throw node.unsupportedValue("an array of \(parts.count)", expected: "[token, id]") }
    return .special(try parts[1].identifier(), try parts[0].bytes())
  }

  func process(_ tokens: inout [EncodedToken], addSpecialTokens: Bool) {
    trimmer?.process(&tokens, addSpecialTokens: addSpecialTokens)
    if addSpecialTokens { tokens = [front] + tokens + [back] }
  }
}
