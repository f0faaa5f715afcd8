/// The merges that are possible in a long word, the one to do first in front: a binary heap.
struct MergeQueue {
  /// The rank of a merge and where it would happen, in one number that sorts by rank and then from left to right.
  struct Candidate: Equatable {
    fileprivate let key: UInt64

    /// - Precondition: `position` is below 2^32; what the merge makes of the pair is not kept.
    init(_ merge: UInt64, at position: Int) {
      key = merge & 0xFFFF_FFFF_0000_0000 | UInt64(UInt32(position))
    }

    var position: Int { Int(UInt32(truncatingIfNeeded: key)) }
  }

  private var heap: [UInt64] = []

  mutating func removeAll() {
    heap.removeAll(keepingCapacity: true)
  }

  /// Adds a candidate without putting it in its place; `order()` has to follow.
  mutating func append(_ candidate: Candidate) {
    heap.append(candidate.key)
  }

  mutating func order() {
    for index in (0..<heap.count / 2).reversed() { sink(heap[index], from: index) }
  }

  mutating func insert(_ candidate: Candidate) {
    heap.append(candidate.key)
    var index = heap.count - 1
    while index > 0 {
      let parent = (index - 1) / 2
      if heap[parent] <= candidate.key { break }
      heap[index] = heap[parent]
      index = parent
    }
    heap[index] = candidate.key
  }

  mutating func removeFirst() -> Candidate? {
    guard let first = heap.first, let last = heap.popLast() else { return nil }
    if !heap.isEmpty { sink(last, from: 0) }
    return Candidate(first, at: Int(UInt32(truncatingIfNeeded: first)))
  }

  /// Puts `key` in the place of the element at `start`, below every smaller one.
  private mutating func sink(_ key: UInt64, from start: Int) {
    heap.withUnsafeMutableBufferPointer { heap in
      var index = start
      while true {
        var child = 2 * index + 1
        if child >= heap.count { break }
        if child + 1 < heap.count, heap[child + 1] < heap[child] { child += 1 }
        if key <= heap[child] { break }
        heap[index] = heap[child]
        index = child
      }
      heap[index] = key
    }
  }
}
