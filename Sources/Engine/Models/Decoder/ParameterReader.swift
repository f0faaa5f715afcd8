/// Reads the parameters of a model and keeps their names and shapes, and those of its linear modules, in the order in which
/// they are asked for: it has to be the order of torch's `named_parameters()`, which is module order.
package struct ParameterReader {
  private let weights: ModelWeights
  /// Where the reader stands in the base model, as module names have it: `layers.0`.
  private let place: String
  /// Index of the first linear module that is read here.
  private let firstModule: Int
  private let record: Record

  private final class Record {
    var modules: [ModuleDescription] = []
    var parameters: [ParameterDescription] = []
  }

  package init(_ weights: ModelWeights) {
    self.init(weights: weights, place: "", record: Record())
  }

  private init(weights: ModelWeights, place: String, record: Record) {
    self.weights = weights
    self.place = place
    self.record = record
    firstModule = record.modules.count
  }

  /// The linear modules that were read so far, by all readers that come of the same one.
  package var modules: [ModuleDescription] { record.modules }
  package var parameters: [ParameterDescription] { record.parameters }

  /// The base model inside the full one, such as `gpt_neox`: module names begin below it.
  ///
  /// - Parameter isSavedAlone: whether the checkpoint has the base model only, under names without that of its place.
  package func base(_ component: String, isSavedAlone: Bool = false) -> ParameterReader {
    ParameterReader(
      weights: isSavedAlone ? weights.named(component) : weights.at(component), place: "", record: record)
  }

  /// One layer of the model.
  package func at(_ component: String, _ index: Int) -> ParameterReader {
    ParameterReader(weights: weights.at(component, index), place: path("\(component).\(index)"), record: record)
  }

  private func path(_ name: String) -> String { place.isEmpty ? name : "\(place).\(name)" }

  package func contains(_ name: String) -> Bool { weights.contains(name) }

  package func storage(_ name: String, _ shape: [Int]) throws -> FloatStorage {
    weights.adapter?.pass(weights.module(ofTensor: name))
    let storage = try weights.storage(name, shape)
    try note(name, shape, .other)
    return storage
  }

  /// The table of token embeddings [V, H].
  package func tokenEmbedding(
    _ name: String, _ shape: [Int], positions: (name: String, shape: [Int])? = nil, scale: Float? = nil
  ) throws -> TokenEmbedding {
    let tokens = try storage(name, shape)
    return TokenEmbedding(
      tokens: tokens, headTokens: try weights.tableOfTiedHead(name, shape),
      positions: try positions.map { try storage($0.name, $0.shape) }, scale: scale)
  }

  /// The next linear module.
  ///
  /// - Parameter transposed: the checkpoint stores the weight [inputs, outputs], as GPT-2's Conv1D does.
  package func linear(
    _ name: String, outputs: Int, inputs: Int, bias: Bool, transposed: Bool = false
  ) throws -> ModuleLinear {
    let linear =
      transposed
      ? try weights.transposedLinear(name, outputs: outputs, inputs: inputs, bias: bias)
      : try weights.linear(name, outputs: outputs, inputs: inputs, bias: bias)
    let module = record.modules.count
    let isModule = weights.adapter == nil
    try note(
      "\(name).weight", transposed ? [inputs, outputs] : [outputs, inputs],
      isModule ? .weight(module: module, isTransposed: transposed) : .other)
    if bias { try note("\(name).bias", [outputs], isModule ? .bias(module: module) : .other) }
    guard let adapter = weights.adapter else {
      record.modules.append(
        ModuleDescription(name: path(name), outputs: outputs, inputs: inputs, hasBias: bias))
      return ModuleLinear(linear, module: module)
    }
    let update = try adapter.update(
      of: weights.name(of: name), outputs: outputs, inputs: inputs, precision: weights.precision)
    return ModuleLinear(
      linear,
      adapter: update.map { update in
        record.modules += update.descriptions
        record.parameters += update.parameters(firstModule: module)
        return AdapterModules(update, first: module)
      })
  }

  package func layerNorm(_ name: String, _ size: Int, epsilon: Double) throws -> LayerNorm {
    weights.adapter?.pass(weights.name(of: name))
    let norm = try weights.layerNorm(name, size, epsilon: epsilon)
    for part in ["weight", "bias"] { try note("\(name).\(part)", [size], .layerNorm) }
    return norm
  }

  /// - Parameter offset: what is added to the stored weight.
  package func rmsNorm(_ name: String, _ size: Int, epsilon: Double, offset: Float = 0) throws -> RMSNorm {
    weights.adapter?.pass(weights.name(of: name))
    let norm = try weights.rmsNorm(name, size, epsilon: epsilon, offset: offset)
    try note("\(name).weight", [size], .other)
    return norm
  }

  /// The language-model head [V, H], or the embedding that it is tied to, unless an adapter has a head of its own.
  package func head(
    _ name: String, tiedTo embedding: TokenEmbedding?, _ shape: [Int], softCap: SoftCap? = nil
  ) throws -> LanguageModelHead {
    let tensor = "\(name).weight"
    weights.adapter?.pass(weights.name(of: name))
    let tied = try weights.isReplaced(tensor) ? nil : embedding
    let weight = try tied?.headTokens ?? storage(tensor, shape)
    return LanguageModelHead(
      linear: Linear(weight: weight, bias: nil, outputs: shape[0], inputs: shape[1]), softCap: softCap)
  }

  /// A block of the modules that were read for it.
  package func block<Norm, MLP>(
    attention: ResidualBranch<Norm, SelfAttention>, mlp: ResidualBranch<Norm, MLP>, isParallel: Bool = false
  ) -> DecoderBlock<Norm, MLP> {
    DecoderBlock(
      modules: firstModule..<modules.count, attention: attention, mlp: mlp, isParallel: isParallel)
  }

  private func note(_ tensor: String, _ shape: [Int], _ role: ParameterDescription.Role) throws {
    let isTrained = try weights.adapter == nil || weights.isReplaced(tensor)
    record.parameters.append(
      ParameterDescription(name: weights.name(of: tensor), shape: shape, role: role, isTrained: isTrained))
  }
}
