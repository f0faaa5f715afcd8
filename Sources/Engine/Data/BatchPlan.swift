/// Which documents are computed together. Documents under two tokens predict nothing and are in no batch.
///
/// A document over the token budget fills a batch of its own; whether that is an error is the caller's decision.
package enum BatchPlan {
  /// Fewer tokens than this have no next token to predict.
  package static let minimumLength = 2

  /// The Python tool's batches (`allocate_batches`): longest first (stable), packed while the padded size, longest x
  /// count, is within the budget, then the batches shuffled by `random.Random(42)`. TKFAC and Shampoo factors are
  /// defined per batch, so their numbers need exactly these.
  package static func reference(lengths: [Int], tokenBudget: Int, maxBatchSize: Int? = nil) -> [[Int]] {
    var batches = pack(lengths, maxBatchSize: maxBatchSize) { batch, _, _ in
      // The first is the longest.
      lengths[batch[0]] * (batch.count + 1) <= tokenBudget
    }
    var random = PythonRandom(seed: 42)
    random.shuffle(&batches)
    return batches
  }

  /// Batches without padding: longest first (stable), packed while the sum of the lengths is within the budget. Similar
  /// lengths share a batch, which spreads evenly over threads; order and content depend on the arguments alone.
  package static func ragged(lengths: [Int], tokenBudget: Int, maxBatchSize: Int? = nil) -> [[Int]] {
    pack(lengths, maxBatchSize: maxBatchSize) { _, tokens, length in tokens + length <= tokenBudget }
  }

  /// `fits` is asked whether a document of the given length may join a batch that has so many tokens.
  private static func pack(
    _ lengths: [Int], maxBatchSize: Int?, fits: (_ batch: [Int], _ tokens: Int, _ length: Int) -> Bool
  ) -> [[Int]] {
    precondition(maxBatchSize ?? 1 >= 1, "a batch holds at least one document")
    // Swift's sort is stable, but does not promise it: the index decides among equals.
    let order = lengths.indices.filter { lengths[$0] >= minimumLength }
      .sorted { (lengths[$1], $0) < (lengths[$0], $1) }
    var batches: [[Int]] = []
    var batch: [Int] = []
    var tokens = 0
    for document in order {
      if !batch.isEmpty, batch.count == maxBatchSize ?? .max || !fits(batch, tokens, lengths[document]) {
        batches.append(batch)
        batch = []
        tokens = 0
      }
      batch.append(document)
      tokens += lengths[document]
    }
    if !batch.isEmpty { batches.append(batch) }
    return batches
  }
}
