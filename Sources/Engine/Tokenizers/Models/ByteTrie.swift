/// A search tree over the bytes of a vocabulary, for all the tokens that a text begins with.
///
/// Edges lie in one open-addressing hash table: a node has few children, and their number is not bounded by 256 times
/// the number of nodes this way.
struct ByteTrie: Sendable {
  /// (node, byte) packed; `.max` is free.
  private var keys: [UInt64]
  private var children: [Int32]
  private var shift: Int
  /// The id of the token that ends at each node, or -1.
  private var ids: [Int32] = [-1]

  init() {
    keys = [UInt64](repeating: .max, count: 16)
    children = [Int32](repeating: 0, count: 16)
    shift = 60
  }

  /// The last of several ids for the same bytes counts.
  mutating func insert(_ token: some Collection<UInt8>, id: Int32) {
    var node: Int32 = 0
    for byte in token {
      if let child = child(of: node, byte) {
        node = child
      } else {
        let new = Int32(ids.count)
        ids.append(-1)
        // At most half full.
        if 2 * ids.count > keys.count { grow() }
        store(Self.key(node, byte), new)
        node = new
      }
    }
    ids[Int(node)] = id
  }

  /// Calls `body` with every token that the bytes from `start` on begin with, the shortest first. Empty tokens are none.
  @inline(__always)
  func forEachPrefix(
    of text: UnsafeBufferPointer<UInt8>, from start: Int, _ body: (_ end: Int, _ id: Int32) throws -> Void
  ) rethrows {
    var node: Int32 = 0
    var position = start
    while position < text.count, let child = child(of: node, text[position]) {
      node = child
      position += 1
      let id = ids[Int(node)]
      if id >= 0 { try body(position, id) }
    }
  }

  /// The longest token that the bytes from `start` on begin with.
  func longestPrefix(of text: UnsafeBufferPointer<UInt8>, from start: Int) -> (end: Int, id: Int32)? {
    var longest: (end: Int, id: Int32)?
    forEachPrefix(of: text, from: start) { longest = ($0, $1) }
    return longest
  }

  @inline(__always)
  private func child(of node: Int32, _ byte: UInt8) -> Int32? {
    let key = Self.key(node, byte)
    var slot = slot(of: key)
    while keys[slot] != .max {
      if keys[slot] == key { return children[slot] }
      slot = (slot + 1) & (keys.count - 1)
    }
    return nil
  }

  private mutating func store(_ key: UInt64, _ child: Int32) {
    var slot = slot(of: key)
    while keys[slot] != .max { slot = (slot + 1) & (keys.count - 1) }
    keys[slot] = key
    children[slot] = child
  }

  private mutating func grow() {
    let (oldKeys, oldChildren) = (keys, children)
    keys = [UInt64](repeating: .max, count: 2 * oldKeys.count)
    children = [Int32](repeating: 0, count: 2 * oldKeys.count)
    shift -= 1
    for (key, child) in zip(oldKeys, oldChildren) where key != .max { store(key, child) }
  }

  @inline(__always)
  private static func key(_ node: Int32, _ byte: UInt8) -> UInt64 { UInt64(node) << 8 | UInt64(byte) }

  /// Fibonacci hashing: the high bits of a product with 2^64 / φ.
  @inline(__always)
  private func slot(of key: UInt64) -> Int { Int((key &* 0x9E37_79B9_7F4A_7C15) >> UInt64(shift)) }
}
