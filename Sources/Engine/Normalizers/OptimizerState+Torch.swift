import Foundation

/// `optimizer.pt`: what `torch.save` makes of an optimizer's `state_dict()`, `{"state": {parameter: {...}},
/// "param_groups": [{"params": [...]}]}`.
extension OptimizerState {
  /// Under which a training loop's own checkpoint may keep it.
  private static let wrappers = ["optimizer", "optimizer_state_dict"]

  static func torch(_ url: URL) throws -> OptimizerState {
    let file = url.path
    let archive = try TorchArchive(url)
    guard var root = archive.root.members else {
      throw OptimizerStateError.notAnOptimizer(file: file, reason: "it holds no dict")
    }
    if root["state"] == nil, let inner = wrappers.lazy.compactMap({ root[$0]?.members }).first { root = inner }
    guard case .dictionary(let state)? = root["state"] else {
      throw OptimizerStateError.notAnOptimizer(file: file, reason: "it has no dict 'state'")
    }
    let (groups, names) = try groups(root["param_groups"], file: file)
    var moments: [Parameter: Moments] = [:]
    var fields: Set<String> = []
    for item in state {
      guard let members = item.value.members else { continue }
      fields.formUnion(members.keys)
      let parameter = try parameter(item.key, members, names, file: file)
      let reader = TorchMoments(archive: archive, parameter: parameter.description)
      guard let values = try reader.moments(members) else { continue }
      guard moments.updateValue(values, forKey: parameter) == nil else {
        throw OptimizerStateError.twice(file: file, parameter: parameter.description)
      }
    }
    guard !moments.isEmpty else { throw OptimizerStateError.noSecondMoments(file: file, found: fields.sorted()) }
    return OptimizerState(file: file, moments: moments, groups: groups)
  }

  /// The name beside the moments counts first, then that of the groups, then the number.
  private static func parameter(
    _ key: PickleValue, _ members: [String: PickleValue], _ names: [Int: String], file: String
  ) throws -> Parameter {
    if case .string(let name)? = members["param_name"] { return .name(name) }
    switch key {
    case .int(let position): return names[position].map { .name($0) } ?? .position(position)
    case .string(let name): return .name(name)
    default: throw OptimizerStateError.notAnOptimizer(file: file, reason: "a parameter is neither a number nor a name")
    }
  }

  /// The numbers of each group's parameters, and the names that newer releases of torch may write beside them.
  private static func groups(
    _ value: PickleValue?, file: String
  ) throws -> (positions: [[Int]], names: [Int: String]) {
    guard case .list(let groups)? = value else { return ([], [:]) }
    var positions: [[Int]] = []
    var names: [Int: String] = [:]
    var seen: Set<Int> = []
    for group in groups {
      guard let members = group.members, case .list(let parameters)? = members["params"] else {
        throw OptimizerStateError.notAnOptimizer(file: file, reason: "a parameter group has no list 'params'")
      }
      // Optimizers of FSDP list names.
      let numbers = parameters.compactMap { if case .int(let number) = $0 { number } else { nil } }
      guard numbers.count == parameters.count else { continue }
      guard numbers.allSatisfy({ seen.insert($0).inserted }) else {
        throw OptimizerStateError.notAnOptimizer(file: file, reason: "a parameter is in two groups")
      }
      positions.append(numbers)
      guard case .list(let given)? = members["param_names"] else { continue }
      guard given.count == numbers.count else {
        throw OptimizerStateError.notAnOptimizer(
          file: file, reason: "a group has \(given.count) names for \(numbers.count) parameters")
      }
      for (number, name) in zip(numbers, given) {
        if case .string(let name) = name { names[number] = name }
      }
    }
    return (positions, names)
  }
}

extension PickleValue {
  /// The members of a dict under names; the last of a name counts, as in Python. Nil for what is no dict.
  var members: [String: PickleValue]? {
    guard case .dictionary(let items) = self else { return nil }
    return Dictionary(
      items.compactMap { item in if case .string(let name) = item.key { (name, item.value) } else { nil } },
      uniquingKeysWith: { $1 })
  }
}

/// The second moments in one parameter's state.
private struct TorchMoments {
  let archive: TorchArchive
  let parameter: String

  /// Where 8-bit optimizers of bitsandbytes hide their state from FSDP since 0.49.
  private static let quantized = "__bnb_optimizer_quant_state__"

  func moments(_ members: [String: PickleValue]) throws -> OptimizerState.Moments? {
    // Of torch and transformers, and of torch's own Adafactor, whose rows are [O, 1] and columns [1, I].
    for (row, column, full) in [
      ("exp_avg_sq_row", "exp_avg_sq_col", "exp_avg_sq"), ("row_var", "col_var", "variance"),
    ] {
      if let row = try tensor(members, row), let column = try tensor(members, column) {
        return .factored(row: values(row), column: values(column))
      }
      if let full = try tensor(members, full) { return .full(values(full)) }
    }
    let hidden = members[Self.quantized]?.members ?? members
    guard let state = try tensor(hidden, "state2") else { return nil }
    // Small parameters keep theirs in 32 bits.
    guard state.dtype == .u8 else { return .full(values(state)) }
    guard let map = try tensor(hidden, "qmap2") else { throw malformed("has 8-bit codes without their map 'qmap2'") }
    guard let maxima = try tensor(hidden, "absmax2") ?? tensor(hidden, "max2") else {
      throw malformed("has 8-bit codes without their maxima 'absmax2'")
    }
    let coded = try QuantizedMoments(count: state.count, map: map.count, maxima: maxima.count) {
      malformed($0)
    }
    return .full(
      OptimizerState.Values(shape: state.shape) { [archive] in
        try archive.withBytes(of: state) { codes in
          coded.decode(codes, map: try archive.floats(map), maxima: try archive.floats(maxima))
        }
      })
  }

  private func malformed(_ reason: String) -> OptimizerStateError {
    .malformed(file: archive.url.path, parameter: parameter, reason: reason)
  }

  /// - Returns: nil where there is no such member, or it is no tensor (`None`).
  private func tensor(_ members: [String: PickleValue], _ name: String) throws -> TorchTensor? {
    guard let value = members[name] else { return nil }
    return try archive.tensor(value, named: "\(name) of parameter \(parameter)")
  }

  private func values(_ tensor: TorchTensor) -> OptimizerState.Values {
    OptimizerState.Values(shape: tensor.shape) { [archive] in try archive.floats(tensor) }
  }
}
