/// A text cut into pieces, some of which are tokens already; the rest is for the model.
///
/// All pieces are ranges of one buffer of UTF-8 bytes, so that cutting text costs no copies.
struct PreTokenizedText {
  struct Piece: Equatable {
    var start: Int
    var end: Int
    /// The id of the added token that the piece is, or nil for text.
    var token: Int32?
  }

  private(set) var bytes: [UInt8]
  /// For each byte the range of scalars of the original text that its scalar stands for. Empty while the text is
  /// the original and ASCII, where byte i stands for scalar i.
  private var starts: [Int32] = []
  private var ends: [Int32] = []
  private(set) var pieces: [Piece]

  init(_ string: String) {
    bytes = Array(string.utf8)
    pieces = bytes.isEmpty ? [] : [Piece(start: 0, end: bytes.count, token: nil)]
    guard (bytes.max() ?? 0) >= 0x80 else { return }
    starts = Array(unsafeUninitializedCapacity: bytes.count) { buffer, count in
      var scalar: Int32 = -1
      for index in bytes.indices {
        if bytes[index] & 0xC0 != 0x80 { scalar += 1 }
        buffer[index] = scalar
      }
      count = bytes.count
    }
    ends = starts.map { $0 + 1 }
  }

  func originalStart(of byte: Int) -> Int32 { starts.isEmpty ? Int32(truncatingIfNeeded: byte) : starts[byte] }
  func originalEnd(of byte: Int) -> Int32 { ends.isEmpty ? Int32(truncatingIfNeeded: byte) + 1 : ends[byte] }

  /// Cuts every piece of text at the matches of `pattern`.
  mutating func split(_ pattern: any TextPattern, _ behavior: SplitBehavior, isInverted: Bool = false) throws {
    var result: [Piece] = []
    result.reserveCapacity(max(pieces.count, bytes.count / 4))
    var spans: [TextSpan] = []
    try bytes.withUnsafeBufferPointer { buffer in
      for piece in pieces {
        guard piece.token == nil else {
          result.append(piece)
          continue
        }
        spans.removeAll(keepingCapacity: true)
        try pattern.appendSpans(of: UnsafeBufferPointer(rebasing: buffer[piece.start..<piece.end]), to: &spans)
        if isInverted {
          for index in spans.indices { spans[index].isMatch.toggle() }
        }
        behavior.apply(to: &spans)
        for span in spans where span.start < span.end {
          result.append(Piece(start: piece.start + span.start, end: piece.start + span.end, token: nil))
        }
      }
    }
    pieces = result
  }

  /// Cuts every piece of text at the added tokens that `vocabulary` finds.
  mutating func split(at trie: AddedTokenTrie) {
    guard !trie.isEmpty else { return }
    var result: [Piece] = []
    bytes.withUnsafeBufferPointer { buffer in
      for piece in pieces {
        guard piece.token == nil else {
          result.append(piece)
          continue
        }
        let text = UnsafeBufferPointer(rebasing: buffer[piece.start..<piece.end])
        trie.forEachSpan(of: text) { start, end, token in
          if start < end { result.append(Piece(start: piece.start + start, end: piece.start + end, token: token)) }
        }
      }
    }
    pieces = result
  }

  /// Rewrites every piece of text; pieces that come out empty are dropped.
  mutating func rewrite(_ body: (inout AlignedScalars) throws -> Void) rethrows {
    var result = self
    result.bytes.removeAll(keepingCapacity: true)
    result.pieces.removeAll(keepingCapacity: true)
    result.starts = []
    result.ends = []
    for piece in pieces {
      let begin = result.bytes.count
      if piece.token != nil {
        for byte in piece.start..<piece.end {
          result.append(bytes[byte], start: originalStart(of: byte), end: originalEnd(of: byte))
        }
      } else {
        var scalars = alignedScalars(of: piece)
        try body(&scalars)
        result.append(scalars)
      }
      if begin < result.bytes.count {
        result.pieces.append(Piece(start: begin, end: result.bytes.count, token: piece.token))
      }
    }
    self = result
  }

  private func alignedScalars(of piece: Piece) -> AlignedScalars {
    var scalars = AlignedScalars(origin: originalStart(of: piece.start))
    bytes.withUnsafeBufferPointer { buffer in
      var position = piece.start
      while position < piece.end {
        let (scalar, next) = UTF8Decoding.scalar(in: buffer, at: position)
        scalars.append(scalar, start: originalStart(of: position), end: originalEnd(of: position))
        position = next
      }
    }
    return scalars
  }

  private mutating func append(_ byte: UInt8, start: Int32, end: Int32) {
    bytes.append(byte)
    starts.append(start)
    ends.append(end)
  }

  private mutating func append(_ scalars: AlignedScalars) {
    for index in 0..<scalars.count {
      UTF8Decoding.forEachByte(of: scalars.scalars[index]) { byte in
        append(byte, start: scalars.starts[index], end: scalars.ends[index])
      }
    }
  }
}
