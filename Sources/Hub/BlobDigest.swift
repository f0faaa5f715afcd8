/// The checksum by which the hub names a file: SHA-256 for large files (LFS), git's SHA-1 of a blob for the others.
internal import CCrypto
import Engine
import Foundation

/// An `ETag` that says how to check a file.
struct BlobDigest: Sendable, Hashable {
  enum Algorithm: Sendable { case gitSHA1, sha256 }

  let algorithm: Algorithm
  /// Lower case hexadecimal; the name of the blob in the cache.
  let hex: String

  /// From the header's text, with or without quotes and the mark of a weak tag; nil where it is no checksum.
  init?(etag: String) {
    let text = etag.replacing("W/", with: "").replacing("\"", with: "").lowercased()
    guard let digest = Digest(hex: text) else { return nil }
    switch digest.bytes.count {
    case 20: algorithm = .gitSHA1
    case 32: algorithm = .sha256
    default: return nil
    }
    hex = text
  }

  /// The checksum of a file's `size` bytes.
  ///
  /// - Throws: `FileError`.
  func of(_ file: URL, size: Int) throws -> String {
    switch algorithm {
    case .sha256: return try Digest.sha256(of: file).hex
    case .gitSHA1:
      guard let context = EVP_MD_CTX_new() else { preconditionFailure("out of memory for a SHA-1 context") }
      defer { EVP_MD_CTX_free(context) }
      precondition(EVP_DigestInit_ex(context, EVP_sha1(), nil) == 1, "OpenSSL has no SHA-1")
      func update(_ bytes: some ContiguousBytes) {
        bytes.withUnsafeBytes { precondition(EVP_DigestUpdate(context, $0.baseAddress, $0.count) == 1) }
      }
      update(Array("blob \(size)\0".utf8))
      let handle = try FileHandle(forReadingFrom: file)
      while let piece = try handle.read(upToCount: 1 << 20), !piece.isEmpty { update(piece) }
      var result = [UInt8](repeating: 0, count: 20)
      precondition(EVP_DigestFinal_ex(context, &result, nil) == 1, "SHA-1 was finished before")
      return Digest(bytes: result).hex
    }
  }
}
