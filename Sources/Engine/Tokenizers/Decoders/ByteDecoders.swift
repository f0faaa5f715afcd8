/// Reads the printable characters of byte-level vocabularies as the bytes they stand for. Bytes that are not UTF-8 in
/// the end become U+FFFD.
struct ByteLevelDecoder: TokenDecoder {
  func decode(_ tokens: [ByteString]) -> [ByteString] {
    // A token with other characters, as added tokens may have, stands for itself.
    let bytes = tokens.flatMap { ByteLevelAlphabet.bytes(of: $0) ?? $0.bytes }
    return [ByteString(String(decoding: bytes, as: UTF8.self))]
  }
}

/// Reads runs of tokens such as `<0xE2>` as bytes. A run that is not UTF-8 gives one U+FFFD for each of its bytes.
struct ByteFallbackDecoder: TokenDecoder {
  func decode(_ tokens: [ByteString]) -> [ByteString] {
    var result: [ByteString] = []
    var run: [UInt8] = []
    func flush() {
      if run.isEmpty { return }
      if String(validating: run, as: UTF8.self) != nil {
        result.append(ByteString(run))
      } else {
        result.append(contentsOf: repeatElement(ByteString("\u{FFFD}"), count: run.count))
      }
      run.removeAll()
    }
    for token in tokens {
      if let byte = Self.byte(token.bytes) {
        run.append(byte)
      } else {
        flush()
        result.append(token)
      }
    }
    flush()
    return result
  }

  private static func byte(_ token: [UInt8]) -> UInt8? {
    guard token.count == 6, token.starts(with: "<0x".utf8), token[5] == UInt8(ascii: ">") else { return nil }
    return UInt8(String(decoding: token[3...4], as: UTF8.self), radix: 16)
  }
}
