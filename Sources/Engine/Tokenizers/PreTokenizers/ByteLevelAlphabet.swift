/// The printable characters that stand for bytes in vocabularies of byte-level tokenizers (GPT-2's `bytes_to_unicode`):
/// printable Latin-1 stands for itself, the other 68 bytes become U+0100 and up in order.
enum ByteLevelAlphabet {
  /// The code point of each byte.
  static let characters: [UInt32] = {
    var next: UInt32 = 0x100
    return (0...255).map { (byte: UInt32) in
      switch byte {
      case 0x21...0x7E, 0xA1...0xAC, 0xAE...0xFF: return byte
      default:
        defer { next += 1 }
        return next
      }
    }
  }()

  /// The stand-in for a space, `Ġ`.
  static let space = characters[0x20]

  private static let bytesOfCharacters = Dictionary(
    uniqueKeysWithValues: characters.enumerated().map { ($1, UInt8($0)) })

  /// The bytes that `token` spells, or nil where a character is not of the alphabet.
  static func bytes(of token: ByteString) -> [UInt8]? {
    var bytes: [UInt8] = []
    for scalar in token.string.unicodeScalars {
      guard let byte = bytesOfCharacters[scalar.value] else { return nil }
      bytes.append(byte)
    }
    return bytes
  }
}
