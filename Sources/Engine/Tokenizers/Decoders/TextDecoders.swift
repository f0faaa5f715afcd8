/// Replaces every match of a pattern in each token.
struct ReplaceDecoder: TokenDecoder {
  let pattern: any TextPattern
  let content: ByteString

  init(_ node: JSONNode) throws {
    pattern = try TextPatterns.make(node.required("pattern"))
    content = try node.required("content").bytes()
  }

  func decode(_ tokens: [ByteString]) throws -> [ByteString] {
    var spans: [TextSpan] = []
    return try tokens.map { token in
      spans.removeAll(keepingCapacity: true)
      try token.bytes.withUnsafeBufferPointer { try pattern.appendSpans(of: $0, to: &spans) }
      return ByteString(spans.flatMap { $0.isMatch ? content.bytes : Array(token.bytes[$0.start..<$0.end]) })
    }
  }
}

/// Drops up to so many of one character at the ends of each token.
struct StripDecoder: TokenDecoder {
  let content: Unicode.Scalar
  let start: Int
  let stop: Int

  init(_ node: JSONNode) throws {
    content = try node.required("content").scalar()
    start = Int(try node.required("start").identifier())
    stop = Int(try node.required("stop").identifier())
  }

  func decode(_ tokens: [ByteString]) -> [ByteString] {
    tokens.map { token in
      var scalars = Array(token.string.unicodeScalars)[...]
      for _ in 0..<start where scalars.first == content { scalars.removeFirst() }
      for _ in 0..<stop where scalars.last == content { scalars.removeLast() }
      return ByteString(UTF8Decoding.bytes(of: scalars.map(\.value)))
    }
  }
}

/// Reads the visible space of SentencePiece as a space; those that begin the text go, where encoding put one there.
struct MetaspaceDecoder: TokenDecoder {
  let replacement: Unicode.Scalar
  let dropsFirst: Bool

  init(_ node: JSONNode) throws {
    replacement = try node.required("replacement").scalar()
    dropsFirst = try MetaspacePreTokenizer.prependScheme(node) != .never
  }

  func decode(_ tokens: [ByteString]) -> [ByteString] {
    tokens.enumerated().map { index, token in
      let scalars = token.string.unicodeScalars.compactMap { scalar -> UInt32? in
        if scalar != replacement { return scalar.value }
        return index == 0 && dropsFirst ? nil : 0x20
      }
      return ByteString(UTF8Decoding.bytes(of: scalars))
    }
  }
}

/// Reads the suffix that ends words as a space, at the end of the text as nothing.
struct SuffixDecoder: TokenDecoder {
  let suffix: LiteralPattern?

  init(_ node: JSONNode) throws {
    let bytes = try node.required("suffix").bytes()
    suffix = bytes.bytes.isEmpty ? nil : LiteralPattern(bytes)
  }

  func decode(_ tokens: [ByteString]) -> [ByteString] {
    guard let suffix else { return tokens }
    return tokens.enumerated().map { index, token in
      var spans: [TextSpan] = []
      token.bytes.withUnsafeBufferPointer { suffix.appendSpans(of: $0, to: &spans) }
      let replacement: [UInt8] = index == tokens.count - 1 ? [] : [0x20]
      return ByteString(spans.flatMap { $0.isMatch ? replacement : Array(token.bytes[$0.start..<$0.end]) })
    }
  }
}
