/// Reads the parameters of a model, numbers its linear modules in the order in which they are asked for, which is module
/// order, and counts what was read.
package struct ParameterReader {
  private let weights: ModelWeights
  /// Where the reader stands in the base model, as module names have it: `layers.0`.
  private let place: String
  /// Index of the first linear module that is read here.
  private let firstModule: Int
  private let record: Record

  private final class Record {
    var modules: [ModuleDescription] = []
    var parameterCount = 0
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
  package var parameterCount: Int { record.parameterCount }

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
    return counted(try weights.storage(name, shape), \.count)
  }

  /// The table of token embeddings [V, H].
  package func tokenEmbedding(
    _ name: String, _ shape: [Int], positions: FloatStorage? = nil, scale: Float? = nil
  ) throws -> TokenEmbedding {
    TokenEmbedding(
      tokens: try storage(name, shape), headTokens: try weights.tableOfTiedHead(name, shape), positions: positions,
      scale: scale)
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
    record.parameterCount += linear.weight.count + (linear.bias?.count ?? 0)
    guard let adapter = weights.adapter else {
      record.modules.append(
        ModuleDescription(name: path(name), outputs: outputs, inputs: inputs, hasBias: bias))
      return ModuleLinear(linear, module: record.modules.count - 1)
    }
    let update = try adapter.update(
      of: weights.name(of: name), outputs: outputs, inputs: inputs, precision: weights.precision)
    return ModuleLinear(
      linear,
      adapter: update.map { update in
        record.modules += update.descriptions
        record.parameterCount += update.parameterCount
        return AdapterModules(update, first: record.modules.count - 2)
      })
  }

  package func layerNorm(_ name: String, _ size: Int, epsilon: Double) throws -> LayerNorm {
    weights.adapter?.pass(weights.name(of: name))
    return counted(try weights.layerNorm(name, size, epsilon: epsilon)) { $0.weight.count + $0.bias.count }
  }

  /// - Parameter offset: what is added to the stored weight.
  package func rmsNorm(_ name: String, _ size: Int, epsilon: Double, offset: Float = 0) throws -> RMSNorm {
    weights.adapter?.pass(weights.name(of: name))
    return counted(try weights.rmsNorm(name, size, epsilon: epsilon, offset: offset), \.weight.count)
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

  private func counted<Part>(_ part: Part, _ count: (Part) -> Int) -> Part {
    record.parameterCount += count(part)
    return part
  }
}
