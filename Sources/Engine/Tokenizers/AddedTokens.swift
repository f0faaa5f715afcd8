/// A token on top of the model's vocabulary, found in the text before the model sees it.
struct AddedToken: Sendable, Equatable {
  var id: Int32
  var content: ByteString
  /// Whether it counts only where no word character touches it.
  var isSingleWord: Bool
  /// Whether it takes the white space before and behind it along.
  var stripsLeft: Bool
  var stripsRight: Bool
  /// Whether it is looked for in the normalized text, by its normalized content.
  var isNormalized: Bool
  /// Whether decoding can leave it out.
  var isSpecial: Bool
}

/// A search tree over the bytes of added tokens: the leftmost match counts, and of several there the longest.
struct AddedTokenTrie: Sendable {
  private struct Node {
    var children: [UInt8: Int] = [:]
    var token: Int?
  }

  private var nodes = [Node()]
  private var tokens: [AddedToken] = []
  /// The nodes of the first bytes, because most bytes of a text start nothing.
  private var roots = [Int](repeating: 0, count: 256)

  var isEmpty: Bool { tokens.isEmpty }

  /// Looks for `content` as well. Where two tokens look for the same, the first counts.
  mutating func insert(_ token: AddedToken, content: [UInt8]) {
    guard let first = content.first else { return }
    var node = 0
    for byte in content {
      if let child = nodes[node].children[byte] {
        node = child
      } else {
        nodes.append(Node())
        nodes[node].children[byte] = nodes.count - 1
        node = nodes.count - 1
      }
    }
    roots[Int(first)] = nodes[0].children[first] ?? 0
    if nodes[node].token == nil { nodes[node].token = tokens.count }
    tokens.append(token)
  }

  /// Covers `text` with spans, of which those with an id are added tokens.
  func forEachSpan(of text: UnsafeBufferPointer<UInt8>, _ body: (_ start: Int, _ end: Int, _ id: Int32?) -> Void) {
    var done = 0
    var position = 0
    while let match = nextMatch(in: text, from: position) {
      position = match.end
      let token = tokens[match.token]
      if token.isSingleWord, Self.touchesWord(text, match.start, match.end) { continue }
      var start = match.start
      var end = match.end
      if token.stripsLeft { start = max(done, Self.spaceStart(in: text, before: start)) }
      if token.stripsRight { end = Self.spaceEnd(in: text, from: end) }
      if done < start { body(done, start, nil) }
      body(start, end, token.id)
      done = end
    }
    if done < text.count { body(done, text.count, nil) }
  }

  private func nextMatch(
    in text: UnsafeBufferPointer<UInt8>, from start: Int
  ) -> (start: Int, end: Int, token: Int)? {
    for first in start..<max(start, text.count) {
      var node = roots[Int(text[first])]
      if node == 0 { continue }
      var longest: (end: Int, token: Int)?
      var end = first + 1
      while true {
        if let token = nodes[node].token { longest = (end, token) }
        guard end < text.count, let child = nodes[node].children[text[end]] else { break }
        node = child
        end += 1
      }
      if let longest { return (first, longest.end, longest.token) }
    }
    return nil
  }

  private static func touchesWord(_ text: UnsafeBufferPointer<UInt8>, _ start: Int, _ end: Int) -> Bool {
    if start > 0 {
      let before = UTF8Decoding.scalar(in: text, at: UTF8Decoding.start(in: text, before: start)).scalar
      if CharacterClasses.isWord(before) { return true }
    }
    return end < text.count && CharacterClasses.isWord(UTF8Decoding.scalar(in: text, at: end).scalar)
  }

  private static func spaceStart(in text: UnsafeBufferPointer<UInt8>, before end: Int) -> Int {
    var start = end
    while start > 0 {
      let previous = UTF8Decoding.start(in: text, before: start)
      guard CharacterClasses.isSpace(UTF8Decoding.scalar(in: text, at: previous).scalar) else { break }
      start = previous
    }
    return start
  }

  private static func spaceEnd(in text: UnsafeBufferPointer<UInt8>, from start: Int) -> Int {
    var end = start
    while end < text.count {
      let (scalar, next) = UTF8Decoding.scalar(in: text, at: end)
      guard CharacterClasses.isSpace(scalar) else { break }
      end = next
    }
    return end
  }
}
