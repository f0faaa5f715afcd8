/// Which documents are computed together. Documents under two tokens predict nothing and are in no batch.
///
/// A document over the token budget fills a batch of its own; whether that is an error is the caller's decision. A plan
/// takes 4 bytes a document and 8 a batch.
package struct BatchPlan: Sendable, Equatable {
  /// Fewer tokens than this have no next token to predict.
  package static let minimumLength = 2

  /// The documents of all batches, batch after batch.
  private var documents: [UInt32] = []
  /// [batches + 1] batch b has the documents at `starts[b]..<starts[b + 1]`.
  private var starts = [0]

  /// Documents in all batches.
  package var documentCount: Int { documents.count }

  /// The Python tool's batches (`allocate_batches`): longest first (stable), packed while the padded size, longest x
  /// count, is within the budget, then the batches shuffled by `random.Random(42)`. TKFAC and Shampoo factors are
  /// defined per batch, so their numbers need exactly these.
  package static func reference(lengths: [Int32], tokenBudget: Int, maxBatchSize: Int? = nil) -> BatchPlan {
    let packed = BatchPlan(lengths, maxBatchSize: maxBatchSize) { batch in
      batch.longest * (batch.count + 1) <= tokenBudget
    }
    var order = Array(packed.indices)
    var random = PythonRandom(seed: 42)
    random.shuffle(&order)
    var shuffled = BatchPlan()
    for batch in order { shuffled.append(packed.documents[packed.places(batch)]) }
    return shuffled
  }

  /// Batches without padding: longest first (stable), packed while the sum of the lengths is within the budget. Similar
  /// lengths share a batch, which spreads evenly over threads; order and content depend on the arguments alone.
  package static func ragged(lengths: [Int32], tokenBudget: Int, maxBatchSize: Int? = nil) -> BatchPlan {
    BatchPlan(lengths, maxBatchSize: maxBatchSize) { batch in batch.tokens + batch.next <= tokenBudget }
  }

  private init() {}

  /// A batch that is being filled, and the length of the document that may join it.
  private struct OpenBatch {
    var count = 0
    var longest = 0
    var tokens = 0
    var next = 0
  }

  private init(_ lengths: [Int32], maxBatchSize: Int?, fits: (OpenBatch) -> Bool) {
    precondition(maxBatchSize ?? 1 >= 1, "a batch holds at least one document")
    documents = Self.longestFirst(lengths)
    var batch = OpenBatch()
    for (place, document) in documents.enumerated() {
      batch.next = Int(lengths[Int(document)])
      if batch.count > 0, batch.count == maxBatchSize ?? .max || !fits(batch) {
        starts.append(place)
        batch = OpenBatch(next: batch.next)
      }
      if batch.count == 0 { batch.longest = batch.next }
      batch.count += 1
      batch.tokens += batch.next
    }
    if batch.count > 0 { starts.append(documents.count) }
  }

  /// Documents that are in batches, by a counting sort: stable, and without working memory for each document.
  private static func longestFirst(_ lengths: [Int32]) -> [UInt32] {
    let longest = Int(lengths.max() ?? 0)
    guard longest >= minimumLength else { return [] }
    /// Where the next document of each length goes.
    var next = [Int](repeating: 0, count: longest + 1)
    for length in lengths where length >= minimumLength { next[Int(length)] += 1 }
    var place = 0
    for length in stride(from: longest, through: 0, by: -1) {
      let count = next[length]
      next[length] = place
      place += count
    }
    var order = [UInt32](repeating: 0, count: place)
    for (document, length) in lengths.enumerated() where length >= minimumLength {
      order[next[Int(length)]] = UInt32(document)
      next[Int(length)] += 1
    }
    return order
  }

  private func places(_ batch: Int) -> Range<Int> { starts[batch]..<starts[batch + 1] }

  private mutating func append(_ batch: ArraySlice<UInt32>) {
    documents.append(contentsOf: batch)
    starts.append(documents.count)
  }
}

extension BatchPlan: RandomAccessCollection {
  package var startIndex: Int { 0 }
  package var endIndex: Int { starts.count - 1 }
  /// The documents of a batch.
  package subscript(batch: Int) -> [Int] { documents[places(batch)].map { Int($0) } }
}
