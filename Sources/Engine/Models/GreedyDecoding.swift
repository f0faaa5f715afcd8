/// What a model says next: the most probable token, again and again.
///
/// The whole prefix is read anew for every token. That costs the square of the length, and needs no cache of keys and
/// values in every architecture; it is meant for the few tokens that show what a model knows.
package struct GreedyDecoding: Sendable {
  /// Tokens made at most.
  package let limit: Int
  /// Ids that end the text; they are not part of what is returned.
  package let stops: Set<Int32>

  package init(limit: Int, stops: Set<Int32>) {
    precondition(limit > 0)
    self.limit = limit
    self.stops = stops
  }

  /// The ids that follow `prefix`, which must not be empty; fewer than `limit` where a stop id or the model's longest
  /// document comes first. Of equally probable tokens the first is taken.
  package func continuation(of prefix: [Int32], by model: any CausalLM) -> [Int32] {
    precondition(!prefix.isEmpty, "there is nothing to continue")
    let arena = Arena()
    var ids = prefix
    while ids.count < prefix.count + limit, ids.count < model.maximumLength {
      let next = mostProbable(after: ids, model, arena)
      if stops.contains(next) { break }
      ids.append(next)
    }
    return Array(ids[prefix.count...])
  }

  private func mostProbable(after ids: [Int32], _ model: any CausalLM, _ arena: Arena) -> Int32 {
    let hidden = model.hiddenStates(RaggedBatch([(document: 0, ids: ids, labels: ids)]), arena: arena)
    let logits = arena.matrix(1, model.vocabularySize)
    model.head.forward(hidden.rows(hidden.rows - 1..<hidden.rows), into: logits)
    let row = UnsafeBufferPointer(start: logits.row(0), count: logits.columns)
    return Int32(row.indices.reduce(0) { row[$1] > row[$0] ? $1 : $0 })
  }
}
