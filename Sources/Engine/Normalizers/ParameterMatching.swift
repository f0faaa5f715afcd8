/// Which of a model's parameters the entries of an optimizer's file are of: by name where it has names, else by number.
struct ParameterMatching {
  /// Parameters by their bare names, and by those below the full model's first part.
  private let byName: [String: ParameterDescription]
  private let byPosition: [Int: ParameterDescription]

  /// - Throws: `OptimizerStateError.otherCount` for numbers that are not those of this model's parameters.
  init(_ state: OptimizerState, _ parameters: [ParameterDescription]) throws {
    let named = parameters.map { (name: Self.bare($0.name), parameter: $0) }
    // A base model that was trained alone has no prefix.
    let below = named.map { (name: String($0.name.drop { $0 != "." }.dropFirst()), parameter: $0.parameter) }
    byName = Dictionary((named + below).map { ($0.name, $0.parameter) }, uniquingKeysWith: { first, _ in first })
    let hasNumbers = state.moments.keys.contains { if case .position = $0 { true } else { false } }
    byPosition = hasNumbers ? try Self.positions(state, parameters.filter(\.isTrained)) : [:]
  }

  /// Nil for a parameter that the model does not have.
  func parameter(_ key: OptimizerState.Parameter) -> ParameterDescription? {
    switch key {
    case .name(let name): byName[Self.bare(name)]
    case .position(let position): byPosition[position]
    }
  }

  /// What wrappers of the model put before its names (DDP, FSDP, torch.compile, PEFT), and an adapter's own name.
  private static func bare(_ name: String) -> String {
    var name = name
    for wrapper in ["_fsdp_wrapped_module.", "_orig_mod.", "base_model.model."] {
      name = name.replacing(wrapper, with: "")
    }
    if name.hasPrefix("module.") { name.removeFirst("module.".count) }
    return name.replacing(".default.", with: ".")
  }

  /// Numbers count through the groups. One group has all parameters in the model's order; of two, as Hugging Face's Trainer
  /// and most training loops make them, the first has those that weight decay applies to.
  private static func positions(
    _ state: OptimizerState, _ trained: [ParameterDescription]
  ) throws -> [Int: ParameterDescription] {
    let groups = state.groups.isEmpty ? [Array(trained.indices)] : state.groups
    let decayRules: [(ParameterDescription) -> Bool] = [
      // Matrices; since 4.46 of transformers also by what norms are called, which is the same.
      { $0.shape.count > 1 },
      // Before: norms only of the class LayerNorm, so that RMSNorm's weights decay.
      { $0.role != .layerNorm && !$0.name.contains("bias") },
    ]
    let splits =
      groups.count == 1
      ? [[trained]] : decayRules.map { decays in [trained.filter(decays), trained.filter { !decays($0) }] }
    guard let split = splits.first(where: { $0.map(\.count) == groups.map(\.count) }) else {
      throw OptimizerStateError.otherCount(
        file: state.file, found: groups.map(\.count), trained: trained.count,
        decayed: Set(decayRules.map { trained.filter($0).count }).sorted())
    }
    let numbers = zip(groups.joined(), split.joined())
    return Dictionary(numbers.map { ($0, $1) }, uniquingKeysWith: { first, _ in first })
  }
}

extension OptimizerState {
  /// The second moments of a model's linear modules, [O, I] each.
  ///
  /// - Throws: `OptimizerStateError` where the file is not of this model, `NormalizerError` for values that are no second
  ///   moments, and what reading them throws.
  package func normalizers(of model: any CausalLM) throws -> NormalizerSet {
    let matching = try ParameterMatching(self, model.parameters)
    var weights: [Int: SecondMoments.Weight] = [:]
    var biases: [Int: [Float]] = [:]
    var seen: Set<ParameterDescription> = []
    for (key, moments) in moments {
      guard let parameter = matching.parameter(key) else { continue }
      guard seen.insert(parameter).inserted else {
        throw OptimizerStateError.twice(file: file, parameter: "'\(parameter.name)'")
      }
      try check(moments, of: key, parameter)
      switch parameter.role {
      case .weight(let module, let isTransposed):
        weights[module] = try moments.weight(parameter, isTransposed: isTransposed)
      case .bias(let module):
        if case .full(let values) = moments { biases[module] = try values.floats() }
      case .layerNorm, .other: break
      }
    }
    guard !weights.isEmpty else {
      throw OptimizerStateError.otherModel(
        file: file, found: moments.keys.map(\.description).sorted(),
        expected: model.parameters.compactMap { if case .weight = $0.role { $0.name } else { nil } })
    }
    let named = weights.map { (model.modules[$0].name, SecondMoments(weight: $1, bias: biases[$0])) }
    return try NormalizerSet(Dictionary(named, uniquingKeysWith: { $1 }), origin: "of '\(file)'")
  }

  private func check(_ moments: Moments, of key: Parameter, _ parameter: ParameterDescription) throws {
    func refuse(_ found: [Int]) -> OptimizerStateError {
      .otherShape(
        file: file, parameter: key.description, name: parameter.name, found: found, expected: parameter.shape)
    }
    switch moments {
    case .full(let values):
      guard values.shape == parameter.shape else { throw refuse(values.shape) }
    case .factored(let row, let column):
      guard [row.count, column.count] == parameter.shape else { throw refuse([row.count, column.count]) }
    }
  }
}

extension OptimizerState.Moments {
  /// In [outputs, inputs], however the parameter is stored.
  fileprivate func weight(_ parameter: ParameterDescription, isTransposed: Bool) throws -> SecondMoments.Weight {
    switch self {
    case .factored(let row, let column):
      return isTransposed
        ? .factored(row: try column.floats(), column: try row.floats())
        : .factored(row: try row.floats(), column: try column.floats())
    case .full(let values):
      let stored = try values.floats()
      guard isTransposed else {
        return .full(FloatStorage(stored).matrix(parameter.shape[0], parameter.shape[1]))
      }
      let (inputs, outputs) = (parameter.shape[0], parameter.shape[1])
      let weight = FloatStorage(count: stored.count).matrix(outputs, inputs)
      for i in 0..<inputs {
        for o in 0..<outputs { weight[o, i] = stored[i * outputs + o] }
      }
      return .full(weight)
    }
  }
}
