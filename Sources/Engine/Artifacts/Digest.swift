internal import CCrypto
package import Foundation

/// Fingerprints of bytes: SHA-256 for identity, MD5 where the Python tool derives seeds from it (never for identity).
/// Both come from OpenSSL's EVP interface, which picks the machine's SHA instructions.
package struct Digest: Hashable, Sendable, CustomStringConvertible {
  package let bytes: [UInt8]

  package init(bytes: [UInt8]) {
    self.bytes = bytes
  }

  /// Reads lower or upper case hexadecimal; nil for an odd count or any other character.
  package init?(hex: String) {
    let digits = Array(hex.utf8)
    guard digits.count.isMultiple(of: 2) else { return nil }
    var bytes: [UInt8] = []
    bytes.reserveCapacity(digits.count / 2)
    for pair in stride(from: 0, to: digits.count, by: 2) {
      guard let high = Self.nibble(digits[pair]), let low = Self.nibble(digits[pair + 1]) else { return nil }
      bytes.append(high << 4 | low)
    }
    self.bytes = bytes
  }

  /// Lower case hexadecimal, two characters a byte.
  package var hex: String {
    let alphabet = Array("0123456789abcdef".utf8)
    var characters: [UInt8] = []
    characters.reserveCapacity(bytes.count * 2)
    for byte in bytes {
      characters.append(alphabet[Int(byte >> 4)])
      characters.append(alphabet[Int(byte & 15)])
    }
    return String(decoding: characters, as: UTF8.self)
  }

  package var description: String { hex }

  private static func nibble(_ character: UInt8) -> UInt8? {
    switch character {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): character - UInt8(ascii: "0")
    case UInt8(ascii: "a")...UInt8(ascii: "f"): character - UInt8(ascii: "a") + 10
    case UInt8(ascii: "A")...UInt8(ascii: "F"): character - UInt8(ascii: "A") + 10
    default: nil
    }
  }
}

extension Digest {
  package static func sha256(_ bytes: some Sequence<UInt8>) -> Digest {
    var hasher = SHA256Hasher()
    hasher.update(bytes)
    return hasher.finalize()
  }

  package static func sha256(_ text: String) -> Digest {
    sha256(text.utf8)
  }

  /// Digest of a file's bytes, read in pieces of 1 MiB: the file may be larger than memory, and one that shrinks
  /// meanwhile gives an error or a digest of less, where a memory map would kill the process.
  package static func sha256(of file: URL) throws -> Digest {
    let source = try FileByteSource(file)
    var hasher = SHA256Hasher()
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 20, alignment: 64)
    defer { buffer.deallocate() }
    while true {
      let count = try source.read(into: buffer)
      if count == 0 { return hasher.finalize() }
      hasher.update(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
    }
  }

  /// The 16 bytes of MD5, which key the Python tool's projections.
  package static func md5(_ bytes: [UInt8]) -> [UInt8] {
    var result = [UInt8](repeating: 0, count: 16)
    let status = EVP_Digest(bytes, bytes.count, &result, nil, EVP_md5(), nil)
    precondition(status == 1, "OpenSSL refuses MD5, which seeds projections; is it restricted to FIPS algorithms?")
    return result
  }
}

/// SHA-256 of bytes that come in pieces.
package struct SHA256Hasher: ~Copyable {
  private let context: OpaquePointer

  package init() {
    guard let context = EVP_MD_CTX_new() else { preconditionFailure("out of memory for a SHA-256 context") }
    self.context = context
    precondition(EVP_DigestInit_ex(context, EVP_sha256(), nil) == 1, "OpenSSL has no SHA-256")
  }

  deinit {
    EVP_MD_CTX_free(context)
  }

  package mutating func update(_ bytes: UnsafeRawBufferPointer) {
    guard let base = bytes.baseAddress, bytes.count > 0 else { return }
    precondition(EVP_DigestUpdate(context, base, bytes.count) == 1, "SHA-256 was finished before this update")
  }

  package mutating func update(_ bytes: some Sequence<UInt8>) {
    let contiguous: Void? = bytes.withContiguousStorageIfAvailable { update(UnsafeRawBufferPointer($0)) }
    if contiguous == nil {
      Array(bytes).withUnsafeBytes { update($0) }
    }
  }

  /// The UTF-8 bytes of a text, without its length: separate what must not run together.
  package mutating func update(_ text: String) {
    update(text.utf8)
  }

  package consuming func finalize() -> Digest {
    var result = [UInt8](repeating: 0, count: 32)
    precondition(EVP_DigestFinal_ex(context, &result, nil) == 1, "SHA-256 was finished before")
    return Digest(bytes: result)
  }
}
