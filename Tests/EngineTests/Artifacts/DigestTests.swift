import Foundation
import Testing

@testable import Engine

struct DigestTests {
  @Test(arguments: [
    // FIPS 180-2, appendix B, and the empty message.
    ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
    ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
    (
      "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
      "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
    ),
  ])
  func sha256MatchesThePublishedVectors(message: String, hex: String) {
    #expect(Digest.sha256(message).hex == hex)
  }

  @Test(arguments: [
    // RFC 1321, appendix A.5.
    ("", "d41d8cd98f00b204e9800998ecf8427e"),
    ("message digest", "f96b697d7cb7938d525a2f31aaf161d0"),
  ])
  func md5MatchesThePublishedVectors(message: String, hex: String) {
    #expect(Digest(bytes: Digest.md5(Array(message.utf8))).hex == hex)
  }

  @Test func piecesGiveTheDigestOfTheWhole() {
    let bytes = (0..<1000).map { UInt8(truncatingIfNeeded: $0 &* 7) }
    var hasher = SHA256Hasher()
    hasher.update(bytes[..<1])
    hasher.update(bytes[1..<130])
    bytes[130...].withUnsafeBytes { hasher.update($0) }
    hasher.update("")
    #expect(hasher.finalize() == Digest.sha256(bytes))
  }

  @Test func sequencesWithoutContiguousStorageAreHashedToo() {
    let bytes: [UInt8] = [1, 2, 3]
    #expect(Digest.sha256(bytes.lazy.map { $0 }) == Digest.sha256(bytes))
  }

  @Test func aFileLargerThanTheBufferHasTheDigestOfItsBytes() throws {
    let scratch = try CheckpointScratch()
    let bytes = [UInt8](repeating: 0x61, count: (1 << 20) + 17)
    let file = try scratch.write(bytes, to: "large")
    #expect(try Digest.sha256(of: file) == Digest.sha256(bytes))
    #expect(try Digest.sha256(of: scratch.write("", to: "empty")) == Digest.sha256(""))
  }

  @Test func anUnreadableFileIsAnErrorThatNamesIt() throws {
    let scratch = try CheckpointScratch()
    let missing = scratch.file("missing")
    #expect(throws: FileError(action: "open", path: missing.path, code: ENOENT)) {
      try Digest.sha256(of: missing)
    }
    #expect(throws: FileError(action: "read", path: scratch.url.path, code: EISDIR)) { try Digest.sha256(of: scratch.url) }
  }

  @Test func hexadecimalIsReadBack() {
    let digest = Digest.sha256("abc")
    #expect(Digest(hex: digest.hex) == digest)
    #expect(Digest(hex: digest.hex.uppercased()) == digest)
    #expect(Digest(hex: "00fF")?.bytes == [0, 255])
    #expect(Digest(hex: "0") == nil)
    #expect(Digest(hex: "0g") == nil)
  }
}
