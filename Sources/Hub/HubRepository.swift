/// A repository of the hub by kind and id, and the names that go with it.
import Foundation

package struct HubRepository: Sendable, Hashable, CustomStringConvertible {
  package enum Kind: String, Sendable { case model, dataset }

  package let kind: Kind
  /// `owner/name`, or only a name as the oldest repositories have it.
  package let id: String

  /// - Throws: `HubError.badID` for what cannot be the id of a repository.
  package init(_ kind: Kind, _ id: String) throws {
    guard Self.isID(id) else { throw HubError.badID(id) }
    self.kind = kind
    self.id = id
  }

  /// By the rules of `huggingface_hub`: words of letters, digits, `-`, `_` and `.`, at most 96 characters in all.
  package static func isID(_ text: String) -> Bool {
    let words = text.split(separator: "/", omittingEmptySubsequences: false)
    return words.count <= 2 && text.utf8.count <= 96 && !text.contains("--") && !text.contains("..")
      && words.allSatisfy { word in
        word.utf8.allSatisfy(Self.isPlain) && !word.hasPrefix("-") && !word.hasPrefix(".") && !word.hasSuffix("-")
          && !word.hasSuffix(".") && !word.isEmpty
      }
  }

  private static func isPlain(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "."):
      true
    default: false
    }
  }

  package var description: String { "\(kind.rawValue) '\(id)'" }

  /// `models--owner--name`, the repository's folder in the cache.
  var folder: String { "\(kind.rawValue)s--" + id.replacing("/", with: "--") }

  func informationURL(revision: String, endpoint: URL) throws -> URL {
    try address(
      "\(endpoint.absoluteString)/api/\(kind.rawValue)s/\(id)/revision/\(Self.escaped(revision, slashes: true))")
  }

  /// Of a file at a commit.
  func fileURL(_ name: String, commit: String, endpoint: URL) throws -> URL {
    let base = endpoint.absoluteString + (kind == .dataset ? "/datasets/" : "/")
    return try address("\(base)\(id)/resolve/\(commit)/\(Self.escaped(name, slashes: false))")
  }

  private func address(_ text: String) throws -> URL {
    guard let url = URL(string: text) else { throw HubError.badEndpoint(text) }
    return url
  }

  private static func escaped(_ text: String, slashes: Bool) -> String {
    text.utf8.map { byte in
      if isPlain(byte) || byte == UInt8(ascii: "~") || (byte == UInt8(ascii: "/") && !slashes) {
        return String(UnicodeScalar(byte))
      }
      let digits = String(byte, radix: 16, uppercase: true)
      return "%" + (digits.count == 1 ? "0" : "") + digits
    }.joined()
  }
}
