import Foundation

/// Two sets of gradient rows, or rows and a preconditioner, that were made by different recipes: their product would be
/// a number without a meaning.
package struct RecipeMismatch: Error, Equatable, CustomStringConvertible {
  package let role: String
  package let path: String
  package let field: String
  package let here: String
  package let there: String
  /// The runs, as people call them, where somebody knows.
  package var runHere: String?
  package var runThere: String?

  /// A field that no setting of the recipe is: of which model the gradients are.
  static let weights = "weights"

  package var description: String {
    let other = "the \(role) in '\(path)'\(runThere.map { " (run \($0))" } ?? "")"
    let this = "this run\(runHere.map { " (\($0))" } ?? "")"
    switch field {
    case ProcessorConfig.CodingKeys.normalizers.rawValue:
      return "\(other) was made with normalizers \(there), \(this) uses normalizers \(here); "
        + "take those of one run for both with --processor_path, or leave normalizers away from both"
    case Self.weights:
      return "\(other) was made of a model with the weights \(there), \(this) has one with the weights \(here); "
        + "make both with the same model, of which --model and --revision decide"
    default:
      return
        "\(other) was made with \(field) \(there), \(this) uses \(field) \(here); make both with the same --\(field)"
    }
  }

  /// - Parameters:
  ///   - file: rows or matrices that somebody may know the origin of.
  ///   - role: what they are to the run.
  /// - Throws: a `RecipeMismatch` if they were made of another model.
  static func check(_ weights: Digest, against file: URL, role: String, _ context: RunContext) throws {
    guard let there = try context.ingredients(file)?[Self.weights], there != weights.hex else { return }
    throw RecipeMismatch(
      role: role, path: file.deletingLastPathComponent().path, field: Self.weights,
      here: String(weights.hex.prefix(12)),
      there: String(there.prefix(12)))
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
