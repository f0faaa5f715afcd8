/// The merges of a BPE vocabulary that gives every token a score instead: SentencePiece joins the pair whose token scores
/// best, so that each way to cut a token into two others is a merge, and the better token's come first.
///
/// In the order of transformers' `generate_merges`: by score, then by the lengths of the left and the right side, all from
/// the largest; what is still equal by token, and by the ids of its sides.
enum ImpliedMerges {
  private struct Merge {
    let score: Double
    /// In Unicode scalars.
    let leftLength: Int
    let rightLength: Int
    let left: Int32
    let right: Int32
    let token: Int32
  }

  static func of(_ tokens: [ByteString], scores: [Double]) -> [(left: ByteString, right: ByteString)] {
    precondition(tokens.count == scores.count, "\(scores.count) scores for \(tokens.count) tokens")
    let ids = Vocabulary(tokens: tokens).ids
    var merges: [Merge] = []
    for (id, token) in tokens.enumerated() {
      // Between characters only: no token is half of one.
      let cuts = token.bytes.indices.dropFirst().filter { token.bytes[$0] & 0xC0 != 0x80 }
      for (index, cut) in cuts.enumerated() {
        guard let left = ids[ByteString(Array(token.bytes[..<cut]))],
          let right = ids[ByteString(Array(token.bytes[cut...]))]
        else { continue }
        merges.append(
          Merge(
            score: scores[id], leftLength: index + 1, rightLength: cuts.count - index, left: left, right: right,
            token: Int32(id)))
      }
    }
    merges.sort { one, other in
      // Greater first for the first three, less first for the rest.
      (one.score, one.leftLength, one.rightLength, -one.token, -one.left, -one.right)
        > (other.score, other.leftLength, other.rightLength, -other.token, -other.left, -other.right)
    }
    return merges.map { (tokens[Int($0.left)], tokens[Int($0.right)]) }
  }
}
