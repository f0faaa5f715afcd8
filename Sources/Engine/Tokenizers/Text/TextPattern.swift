/// A stretch of a piece of text, in bytes, that a pattern matches or lies between matches.
struct TextSpan: Equatable {
  var start: Int
  var end: Int
  var isMatch: Bool
}

/// Something to look for in text.
protocol TextPattern: Sendable {
  /// Appends spans that cover `text` without gaps, in order.
  ///
  /// - Throws: `TokenizerError.failedSearch` where a regular expression runs into its limits.
  func appendSpans(of text: UnsafeBufferPointer<UInt8>, to spans: inout [TextSpan]) throws
}

extension TextPattern {
  /// The stretches of `scalars` that match, as ranges of scalars.
  func matches(in scalars: [UInt32]) throws -> [Range<Int>] {
    let bytes = UTF8Decoding.bytes(of: scalars)
    var spans: [TextSpan] = []
    try bytes.withUnsafeBufferPointer { try appendSpans(of: $0, to: &spans) }
    var scalarIndex = [Int](repeating: 0, count: bytes.count + 1)
    for index in bytes.indices {
      scalarIndex[index + 1] = scalarIndex[index] + (bytes[index] & 0xC0 != 0x80 ? 1 : 0)
    }
    // scalarIndex[i] counts the scalars that begin before byte i, which at a boundary is the scalar's own index.
    return spans.filter(\.isMatch).map { scalarIndex[$0.start]..<scalarIndex[$0.end] }
  }
}

/// A fixed, non-empty string of bytes.
struct LiteralPattern: TextPattern {
  let literal: [UInt8]

  init(_ literal: ByteString) {
    precondition(!literal.bytes.isEmpty, "an empty string matches everywhere")
    self.literal = literal.bytes
  }

  func appendSpans(of text: UnsafeBufferPointer<UInt8>, to spans: inout [TextSpan]) {
    var done = 0
    var position = 0
    while position + literal.count <= text.count {
      if text[position] == literal[0], text[position..<position + literal.count].elementsEqual(literal) {
        if done < position { spans.append(TextSpan(start: done, end: position, isMatch: false)) }
        position += literal.count
        spans.append(TextSpan(start: position - literal.count, end: position, isMatch: true))
        done = position
      } else {
        position += 1
      }
    }
    if done < text.count { spans.append(TextSpan(start: done, end: text.count, isMatch: false)) }
  }
}

/// Every single scalar of a class is a match.
struct ScalarPattern: TextPattern {
  let contains: @Sendable (UInt32) -> Bool

  func appendSpans(of text: UnsafeBufferPointer<UInt8>, to spans: inout [TextSpan]) {
    var done = 0
    var position = 0
    while position < text.count {
      let (scalar, next) = UTF8Decoding.scalar(in: text, at: position)
      if contains(scalar) {
        if done < position { spans.append(TextSpan(start: done, end: position, isMatch: false)) }
        spans.append(TextSpan(start: position, end: next, isMatch: true))
        done = next
      }
      position = next
    }
    if done < text.count { spans.append(TextSpan(start: done, end: text.count, isMatch: false)) }
  }
}
