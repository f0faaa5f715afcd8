import Foundation

/// Identifies an artifact by everything that determines its bytes: a sorted list of named ingredients, kept beside
/// their digest so that a miss can be explained by the ingredients that differ.
///
/// Paths, run names, thread counts and batch sizes are not among them: they do not change a number beyond rounding.
package struct ArtifactKey: Sendable, Hashable {
  package let ingredients: [String: String]

  /// How this version lays out what it stores: files of another are not taken for its own.
  private static let format = "1"

  package init(kind: String, _ ingredients: [String: String]) {
    self.ingredients = ingredients.merging(["artifact": kind, "format": Self.format]) { $1 }
  }

  /// A key that somebody has kept, by all of its ingredients.
  package init(ingredients: [String: String]) {
    self.ingredients = ingredients
  }

  /// SHA-256 of the canonical form: `name=value` lines, sorted by name, line breaks and backslashes escaped.
  package var digest: Digest { Digest.sha256(canonicalForm) }

  package var canonicalForm: String {
    ingredients.sorted { $0.key < $1.key }.map { "\($0.key)=\(escape($0.value))\n" }.joined()
  }

  private func escape(_ text: String) -> String {
    text.replacingOccurrences(of: "\\", with: "\\\\").replacingOccurrences(of: "\n", with: "\\n")
  }
}
