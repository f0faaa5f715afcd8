/// Text as UTF-8 bytes, equal only when the bytes are.
///
/// `String` compares by canonical equivalence: as dictionary keys "é" and "e\u{301}" would be one token, and a
/// vocabulary that has both would lose one of them.
struct ByteString: Hashable, Sendable {
  var bytes: [UInt8]

  init(_ bytes: [UInt8]) {
    self.bytes = bytes
  }

  init(_ string: String) {
    bytes = Array(string.utf8)
  }

  var string: String { String(decoding: bytes, as: UTF8.self) }
}
