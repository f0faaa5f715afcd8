/// The k best of a stream of scores, in O(n log k) time and O(k) memory.

/// Deterministic: among equal scores the lower row comes first, whatever the order of insertion or merging. NaN is no
/// score: it is counted and never selected.
package struct TopK: Sendable {
  package enum Order: Sendable { case largest, smallest }

  package struct Entry: Equatable, Sendable {
    package let row: Int
    package let score: Float

    package init(row: Int, score: Float) {
      self.row = row
      self.score = score
    }
  }

  package let k: Int
  package let order: Order
  package private(set) var nanCount = 0
  /// A binary heap with the worst of the selected at the root, where it is found and replaced quickly.
  private var heap: [Entry] = []

  package init(_ k: Int, _ order: Order) {
    precondition(k >= 0, "k is a count")
    self.k = k
    self.order = order
  }

  package mutating func insert(_ score: Float, row: Int) {
    if score.isNaN {
      nanCount += 1
    } else {
      insert(Entry(row: row, score: score))
    }
  }

  /// Scores of consecutive rows.
  package mutating func insert(_ scores: UnsafeBufferPointer<Float>, firstRow: Int) {
    for (i, score) in scores.enumerated() { insert(score, row: firstRow + i) }
  }

  /// Adds a selection made over other rows.
  package mutating func merge(_ other: TopK) {
    precondition(other.k >= k && other.order == order, "the other selection may lack rows that belong here")
    nanCount += other.nanCount
    for entry in other.heap { insert(entry) }
  }

  /// The selection, best first.
  package var entries: [Entry] { heap.sorted { isBetter($0, $1) } }

  private func isBetter(_ a: Entry, _ b: Entry) -> Bool {
    if a.score == b.score { return a.row < b.row }
    return order == .largest ? a.score > b.score : a.score < b.score
  }

  private mutating func insert(_ entry: Entry) {
    if heap.count < k {
      heap.append(entry)
      siftUp()
    } else if let worst = heap.first, isBetter(entry, worst) {
      heap[0] = entry
      siftDown()
    }
  }

  private mutating func siftUp() {
    var child = heap.count - 1
    while child > 0 {
      let parent = (child - 1) / 2
      guard isBetter(heap[parent], heap[child]) else { return }
      heap.swapAt(parent, child)
      child = parent
    }
  }

  private mutating func siftDown() {
    var parent = 0
    while true {
      var worst = parent
      let left = 2 * parent + 1
      if left < heap.count, isBetter(heap[worst], heap[left]) { worst = left }
      if left + 1 < heap.count, isBetter(heap[worst], heap[left + 1]) { worst = left + 1 }
      if worst == parent { return }
      heap.swapAt(parent, worst)
      parent = worst
    }
  }
}
