import Foundation

/// Two sets of gradient rows, or rows and a preconditioner, that were made by different recipes: their product would be
/// a number without a meaning.
package struct RecipeMismatch: Error, Equatable, CustomStringConvertible {
  package let role: String
  package let path: String
  package let field: String
  package let here: String
  package let there: String

  package var description: String {
    "the \(role) in '\(path)' was made with \(field) \(there), this run uses \(field) \(here); "
      + "make both with the same --\(field)"
  }

  /// - Throws: a `RecipeMismatch` if the `processor_config.yaml` in a directory differs from `processor`.
  static func check(_ processor: ProcessorConfig, against directory: String, role: String) throws {
    let url = URL(fileURLWithPath: directory).appendingPathComponent(ProcessorConfig.fileName)
    let other = try ProcessorConfig(contentsOf: url)
    if let difference = processor.firstDifference(from: other) {
      throw RecipeMismatch(
        role: role, path: directory, field: difference.key, here: difference.ours, there: difference.theirs)
    }
  }
}
