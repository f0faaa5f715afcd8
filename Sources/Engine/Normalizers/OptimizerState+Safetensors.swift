import Foundation

/// Second moments as safetensors: `NAME` has one for every weight of the parameter of that name; `NAME/exp_avg_sq_row` and
/// `NAME/exp_avg_sq_col`, `NAME/exp_avg_sq`, and 8-bit `NAME/state2`, `NAME/absmax2`, `NAME/qmap2` are what a state of torch
/// has under these names. A dot may take the slash's place.
extension OptimizerState {
  private static let fields = [
    "exp_avg_sq_row", "exp_avg_sq_col", "exp_avg_sq", "state2", "qmap2", "absmax2", "exp_avg", "step", "state1",
    "qmap1",
    "absmax1",
  ]

  static func safetensors(_ url: URL) throws -> OptimizerState {
    let file = try SafetensorsFile(url)
    var parameters: [String: [String: String]] = [:]
    for tensor in file.names {
      let (name, field) = split(tensor)
      parameters[name, default: [:]][field] = tensor
    }
    var moments: [Parameter: Moments] = [:]
    for (name, tensors) in parameters {
      moments[.name(name)] = try SafetensorsMoments(file: file, parameter: "'\(name)'").moments(tensors)
    }
    guard !moments.isEmpty else {
      throw OptimizerStateError.noSecondMoments(
        file: url.path, found: Set(parameters.values.flatMap(\.keys)).sorted())
    }
    return OptimizerState(file: url.path, moments: moments, groups: [])
  }

  /// A tensor's parameter, and what of it the tensor is: plain names are of second moments.
  private static func split(_ tensor: String) -> (parameter: String, field: String) {
    for field in fields {
      for separator in ["/", "."] where tensor.hasSuffix(separator + field) {
        return (String(tensor.dropLast(field.count + 1)), field)
      }
    }
    return (tensor, "exp_avg_sq")
  }
}

/// The second moments among one parameter's tensors.
private struct SafetensorsMoments {
  let file: SafetensorsFile
  let parameter: String

  func moments(_ tensors: [String: String]) throws -> OptimizerState.Moments? {
    if let row = tensors["exp_avg_sq_row"], let column = tensors["exp_avg_sq_col"] {
      return .factored(row: try values(row), column: try values(column))
    }
    if let full = tensors["exp_avg_sq"] { return .full(try values(full)) }
    guard let state = tensors["state2"] else { return nil }
    guard try file.dtype(of: state) == .u8 else { return .full(try values(state)) }
    guard let map = tensors["qmap2"], let maxima = tensors["absmax2"] else {
      throw malformed("has 8-bit codes without 'qmap2' or 'absmax2'")
    }
    let shape = try file.shape(of: state)
    let coded = try QuantizedMoments(
      count: file.elementCount(of: state), map: file.elementCount(of: map), maxima: file.elementCount(of: maxima)
    ) { malformed($0) }
    return .full(
      OptimizerState.Values(shape: shape) { [file] in
        try file.withBytes(of: state) { codes in
          coded.decode(codes, map: try file.floats(map), maxima: try file.floats(maxima))
        }
      })
  }

  private func malformed(_ reason: String) -> OptimizerStateError {
    .malformed(file: file.url.path, parameter: parameter, reason: reason)
  }

  private func values(_ tensor: String) throws -> OptimizerState.Values {
    OptimizerState.Values(shape: try file.shape(of: tensor)) { [file] in try file.floats(tensor) }
  }
}
