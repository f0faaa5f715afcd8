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
    if field == ProcessorConfig.CodingKeys.normalizers.rawValue {
      return "the \(role) in '\(path)' was made with normalizers \(there), this run uses normalizers \(here); "
        + "take those of one run for both with --processor_path, or leave normalizers away from both"
    }
    return "the \(role) in '\(path)' was made with \(field) \(there), this run uses \(field) \(here); "
      + "make both with the same --\(field)"
  }

  /// - Throws: a `RecipeMismatch` if the `processor_config.yaml` in a directory differs from `processor`.
  static func check(_ processor: ProcessorConfig, against directory: String, role: String) throws {
    let url = URL(fileURLWithPath: directory).appendingPathComponent(ProcessorConfig.fileName)
    var other = try ProcessorConfig(contentsOf: url)
    if other.normalizers == nil {
      // Runs of the Python tool do not say which they were made with, but have them.
      other.normalizers = try NormalizerFiles.read(from: URL(fileURLWithPath: directory))?.digest.hex
    }
    if let difference = processor.firstDifference(from: other) {
      throw RecipeMismatch(
        role: role, path: directory, field: difference.key, here: difference.ours, there: difference.theirs)
    }
  }
}
