/// A word on its way through BPE: symbols that are joined until no merge is left.
///
/// One value serves all words of a text, so that its arrays are allocated once.
struct SymbolSequence {
  private(set) var ids: [Int32] = []
  /// Bytes of the word that each symbol covers.
  private(set) var lengths: [Int32] = []
  /// The merge of each symbol with the next, or `MergeTable.none`.
  private var merges: [UInt64] = []
  private var previous: [Int32] = []
  private var next: [Int32] = []
  private var queue = MergeQueue()

  /// Up to here looking at all neighbours for every merge is faster than keeping them in order.
  static let longestScanned = 48

  var count: Int { ids.count }

  mutating func removeAll() {
    ids.removeAll(keepingCapacity: true)
    lengths.removeAll(keepingCapacity: true)
  }

  mutating func append(_ id: Int32, length: Int) {
    ids.append(id)
    lengths.append(Int32(truncatingIfNeeded: length))
  }

  /// Joins neighbours, the best ranked first and of equal ones the leftmost, until no merge is left.
  mutating func mergeAll(_ table: MergeTable) {
    guard count > 1 else { return }
    table.withLookup { lookup in
      if count <= Self.longestScanned { scan(lookup) } else { mergeInOrder(lookup) }
    }
  }

  private mutating func scan(_ lookup: MergeTable.Lookup) {
    merges.removeAll(keepingCapacity: true)
    for index in 1..<count { merges.append(lookup(ids[index - 1], ids[index])) }
    var count = count
    ids.withUnsafeMutableBufferPointer { ids in
      lengths.withUnsafeMutableBufferPointer { lengths in
        merges.withUnsafeMutableBufferPointer { merges in
          while count > 1 {
            var best = MergeTable.none
            var position = 0
            for index in 0..<count - 1 where merges[index] < best {
              best = merges[index]
              position = index
            }
            if best == MergeTable.none { break }
            ids[position] = MergeTable.mergedID(best)
            lengths[position] += lengths[position + 1]
            count -= 1
            for index in position + 1..<max(position + 1, count) {
              ids[index] = ids[index + 1]
              lengths[index] = lengths[index + 1]
              merges[index - 1] = merges[index]
            }
            if position + 1 < count { merges[position] = lookup(ids[position], ids[position + 1]) }
            if position > 0 { merges[position - 1] = lookup(ids[position - 1], ids[position]) }
          }
        }
      }
    }
    ids.removeLast(ids.count - count)
    lengths.removeLast(lengths.count - count)
  }

  private mutating func mergeInOrder(_ lookup: MergeTable.Lookup) {
    let count = count
    previous = (0..<Int32(count)).map { $0 - 1 }
    next = (0..<Int32(count)).map { $0 + 1 }
    queue.removeAll()
    for index in 1..<count {
      let merge = lookup(ids[index - 1], ids[index])
      if merge != MergeTable.none { queue.append(.init(merge, at: index - 1)) }
    }
    queue.order()
    while let candidate = queue.removeFirst() {
      let left = candidate.position
      let right = Int(next[left])
      // A symbol of length 0 has been joined to another; a pair that changed meanwhile has another rank.
      guard lengths[left] > 0, right < count else { continue }
      let merge = lookup(ids[left], ids[right])
      guard MergeQueue.Candidate(merge, at: left) == candidate else { continue }
      ids[left] = MergeTable.mergedID(merge)
      lengths[left] += lengths[right]
      lengths[right] = 0
      let following = Int(next[right])
      next[left] = Int32(following)
      if following < count {
        previous[following] = Int32(left)
        let merge = lookup(ids[left], ids[following])
        if merge != MergeTable.none { queue.insert(.init(merge, at: left)) }
      }
      let preceding = Int(previous[left])
      if preceding >= 0 {
        let merge = lookup(ids[preceding], ids[left])
        if merge != MergeTable.none { queue.insert(.init(merge, at: preceding)) }
      }
    }
    var kept = 0
    for index in 0..<count where lengths[index] > 0 {
      ids[kept] = ids[index]
      lengths[kept] = lengths[index]
      kept += 1
    }
    ids.removeLast(count - kept)
    lengths.removeLast(count - kept)
  }
}
