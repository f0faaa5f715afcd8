/// Every way in which second moments can fail to be those of a model. `origin` says where they come from, `file` is a path.
package enum NormalizerError: Error, Equatable, CustomStringConvertible {
  case otherShape(origin: String, module: String, found: String, outputs: Int, inputs: Int)
  case noBias(origin: String, module: String)
  case notASecondMoment(origin: String, module: String, value: Float)
  case matchesNoModule(origin: String, found: [String], modules: [String])
  case noGradients(documents: Int)
  // Files of normalizers.
  case noNormalizers(directory: String)
  case malformed(file: String, module: String, reason: String)

  package var description: String {
    switch self {
    case .otherShape(let origin, let module, let found, let outputs, let inputs):
      "the normalizer of '\(module)' (\(origin)) has \(found), the module has \(outputs) outputs and \(inputs) inputs; "
        + "is it of another model?"
    case .noBias(let origin, let module):
      "the normalizer of '\(module)' (\(origin)) has no second moments of its bias, which --include_bias needs; "
        + "fit or load one that has, or leave --include_bias away"
    case .notASecondMoment(let origin, let module, let value):
      "the normalizer of '\(module)' (\(origin)) has the value \(value), which is no mean of squares; "
        + "is the file one of weights or of first moments, or has training diverged?"
    case .matchesNoModule(let origin, let found, let modules):
      "no module of the model has a normalizer (\(origin)): it has \(Self.some(found)), the model has "
        + "\(Self.some(modules))"
    case .noGradients(let documents):
      "none of \(documents) documents has a gradient, so there are no second moments to fit; "
        + "documents need two tokens at least"
    case .noNormalizers(let directory):
      "'\(directory)' has neither normalizers.safetensors nor normalizers.pth"
    case .malformed(let file, let module, let reason): "the normalizer of '\(module)' in '\(file)' \(reason)"
    }
  }

  /// A few names of many.
  static func some(_ names: [String]) -> String {
    guard !names.isEmpty else { return "none" }
    return names.prefix(3).map { "'\($0)'" }.joined(separator: ", ")
      + (names.count > 3 ? ", ... (\(names.count) in all)" : "")
  }
}
