import CKernels
import Foundation

/// GPT-2 (Radford et al. 2019): learned positions, normalisation before attention and MLP, biases everywhere, tied head.
/// The checkpoint stores weights [inputs, outputs]; here, and in gradients, they are [outputs, inputs].
package struct GPT2: CausalLM {
  package let configuration: Configuration
  package let modules: [ModuleDescription]
  package let parameterCount: Int
  package let head: CrossEntropyHead
  private let embedding: FloatStorage
  private let positions: FloatStorage
  private let layers: [Layer]
  private let finalNorm: LayerNorm
  private let attention: GroupedQueryAttention

  package var vocabularySize: Int { configuration.vocabularySize }
  package var maximumLength: Int { configuration.maximumPositions }

  package struct Configuration: Sendable, Equatable {
    package var vocabularySize: Int
    package var hiddenSize: Int
    package var intermediateSize: Int
    package var layerCount: Int
    package var headCount: Int
    package var maximumPositions: Int
    package var layerNormEpsilon: Double
    package var activation: Activation
    package var tiedEmbeddings: Bool
  }

  /// The linear modules of a layer, in module order.
  private enum Module: Int, CaseIterable {
    case queryKeyValue, dense, up, down

    var name: String {
      switch self {
      case .queryKeyValue: "attn.c_attn"
      case .dense: "attn.c_proj"
      case .up: "mlp.c_fc"
      case .down: "mlp.c_proj"
      }
    }
  }

  private struct Layer: Sendable {
    let attentionNorm: LayerNorm
    let mlpNorm: LayerNorm
    let linears: [Linear]  // by Module.rawValue

    subscript(module: Module) -> Linear { linears[module.rawValue] }
  }

  /// Takes the weights under `transformer`, or those of a base model saved alone, which have no prefix.
  package init(configuration: Configuration, weights: ModelWeights) throws {
    let c = configuration
    self.configuration = c
    let base = weights.contains("wte.weight") ? weights : weights.at("transformer")
    embedding = try base.storage("wte.weight", [c.vocabularySize, c.hiddenSize])
    positions = try base.storage("wpe.weight", [c.maximumPositions, c.hiddenSize])
    let shapes: [Module: (Int, Int)] = [
      .queryKeyValue: (3 * c.hiddenSize, c.hiddenSize), .dense: (c.hiddenSize, c.hiddenSize),
      .up: (c.intermediateSize, c.hiddenSize), .down: (c.hiddenSize, c.intermediateSize),
    ]
    layers = try (0..<c.layerCount).map { index in
      let layer = base.at("h", index)
      return Layer(
        attentionNorm: try layer.layerNorm("ln_1", c.hiddenSize, epsilon: c.layerNormEpsilon),
        mlpNorm: try layer.layerNorm("ln_2", c.hiddenSize, epsilon: c.layerNormEpsilon),
        linears: try Module.allCases.map { module in
          let (outputs, inputs) = shapes[module]!
          return try layer.transposedLinear(module.name, outputs: outputs, inputs: inputs)
        })
    }
    finalNorm = try base.layerNorm("ln_f", c.hiddenSize, epsilon: c.layerNormEpsilon)
    let headWeight =
      c.tiedEmbeddings ? embedding : try weights.storage("lm_head.weight", [c.vocabularySize, c.hiddenSize])
    head = CrossEntropyHead(
      linear: Linear(weight: headWeight, bias: nil, outputs: c.vocabularySize, inputs: c.hiddenSize))
    attention = GroupedQueryAttention(
      headSize: c.hiddenSize / c.headCount, headCount: c.headCount, keyValueHeadCount: c.headCount,
      rotary: RotaryEmbedding(frequencies: [], positions: c.maximumPositions), window: nil)
    modules = layers.enumerated().flatMap { index, layer in
      Module.allCases.map { module in
        ModuleDescription(
          name: "h.\(index).\(module.name)", outputs: layer[module].outputs, inputs: layer[module].inputs,
          hasBias: true)
      }
    }
    let norms = (2 * c.layerCount + 1) * 2 * c.hiddenSize
    let linears = layers.flatMap(\.linears).reduce(0) { $0 + $1.weight.count + $1.outputs }
    parameterCount =
      embedding.count + positions.count + (c.tiedEmbeddings ? 0 : headWeight.count) + norms + linears
  }

  // MARK: Passes

  /// What a layer's backward pass needs of its forward pass.
  private struct Saved {
    var attentionNorm: LayerNorm.Saved
    var mlpNorm: LayerNorm.Saved
    var queryKeyValue: Matrix  // [T, 3H]: queries, keys, values
    var context: Matrix  // [T, H]
    var logSumExp: Matrix  // [heads, T]
    var up: Matrix  // [T, 4H], before the activation
  }

  package func hiddenStates(_ batch: RaggedBatch, arena: Arena) -> Matrix {
    arena.reset()
    return forward(batch, collector: nil, arena: arena).output
  }

  package func forwardBackward(
    _ batch: RaggedBatch, loss: LossSettings, collector: any Collector, arena: Arena
  ) -> [Double] {
    arena.reset()
    let (saved, finalSaved, output) = forward(batch, collector: collector, arena: arena)
    let dOutput = arena.matrix(output.rows, output.columns)
    let losses = head.forwardBackward(hidden: output, batch: batch, settings: loss, dHidden: dOutput, arena: arena)
    guard let lowest = modules.indices.first(where: collector.wants) else { return losses }
    let dStream = arena.matrix(output.rows, output.columns, zeroed: true)
    finalNorm.backward(dOutput, finalSaved, addingTo: dStream)
    let lowestLayer = lowest / Module.allCases.count
    for index in layers.indices.reversed() where index >= lowestLayer {
      backward(
        index, saved[index], dStream: dStream, needsInput: index > lowestLayer, batch: batch, collector: collector,
        arena: arena)
    }
    return losses
  }

  private func forward(
    _ batch: RaggedBatch, collector: (any Collector)?, arena: Arena
  ) -> (saved: [Saved], finalNorm: LayerNorm.Saved, output: Matrix) {
    let hidden = configuration.hiddenSize
    var stream = arena.matrix(batch.tokenCount, hidden)
    for document in 0..<batch.count {
      for (position, row) in batch.positions(document).enumerated() {
        stream.row(row).update(from: embedding.base + Int(batch.tokens[row]) * hidden, count: hidden)
        ck_add(positions.base + position * hidden, stream.row(row), hidden)
      }
    }
    var saved: [Saved] = []
    for index in layers.indices {
      let next = arena.matrix(stream.rows, hidden)
      saved.append(forward(index, stream, into: next, batch: batch, collector: collector, arena: arena))
      stream = next
    }
    let output = arena.matrix(stream.rows, hidden)
    let finalSaved = finalNorm.makeSaved(for: stream, in: arena)
    finalNorm.forward(finalSaved, into: output)
    return (saved, finalSaved, output)
  }

  /// One layer: middle = x + attention(norm(x)), next = middle + mlp(norm(middle)).
  private func forward(
    _ index: Int, _ x: Matrix, into next: Matrix, batch: RaggedBatch, collector: (any Collector)?, arena: Arena
  ) -> Saved {
    let layer = layers[index]
    let (T, H) = (x.rows, configuration.hiddenSize)
    let qkv = arena.matrix(T, 3 * H)
    let context = arena.matrix(T, H)
    let logSumExp = arena.matrix(configuration.headCount, T)
    let middle = arena.matrix(T, H)
    let up = arena.matrix(T, configuration.intermediateSize)
    let attentionSaved = layer.attentionNorm.makeSaved(for: x, in: arena)
    let mlpSaved = layer.mlpNorm.makeSaved(for: middle, in: arena)

    let mark = arena.mark()
    defer { arena.release(to: mark) }
    func run(_ module: Module, _ input: Matrix, into output: Matrix) {
      collector?.collect(activations: input, module: moduleIndex(index, module), batch: batch)
      layer[module].forward(input, into: output)
    }
    let normalized = arena.matrix(T, H)
    layer.attentionNorm.forward(attentionSaved, into: normalized)
    run(.queryKeyValue, normalized, into: qkv)
    attention.forward(heads(qkv), into: context, logSumExp: logSumExp, batch: batch, arena: arena)
    run(.dense, context, into: middle)
    middle.add(x)

    layer.mlpNorm.forward(mlpSaved, into: normalized)
    run(.up, normalized, into: up)
    let activated = arena.matrix(T, up.columns)
    configuration.activation.forward(up, into: activated)
    run(.down, activated, into: next)
    next.add(middle)
    return Saved(
      attentionNorm: attentionSaved, mlpNorm: mlpSaved, queryKeyValue: qkv, context: context, logSumExp: logSumExp,
      up: up)
  }

  /// `dStream` comes in as the gradient of a layer's output and leaves as that of its input. Without `needsInput` the
  /// pass ends with the layer's last module and what is left in `dStream` means nothing.
  private func backward(
    _ index: Int, _ saved: Saved, dStream: Matrix, needsInput: Bool, batch: RaggedBatch, collector: any Collector,
    arena: Arena
  ) {
    let layer = layers[index]
    let (T, H) = (dStream.rows, configuration.hiddenSize)
    func hand(_ dOutput: Matrix, _ module: Module) {
      collector.collect(outputGradients: dOutput, module: moduleIndex(index, module), batch: batch)
    }
    let mark = arena.mark()
    defer { arena.release(to: mark) }
    hand(dStream, .down)
    let dUp = arena.matrix(T, saved.up.columns)
    layer[.down].backward(dStream, into: dUp)
    configuration.activation.backward(input: saved.up, gradient: dUp)
    hand(dUp, .up)
    let dNormalized = arena.matrix(T, H)
    layer[.up].backward(dUp, into: dNormalized)
    layer.mlpNorm.backward(dNormalized, saved.mlpNorm, addingTo: dStream)

    hand(dStream, .dense)
    let dContext = arena.matrix(T, H)
    layer[.dense].backward(dStream, into: dContext)
    let dQueryKeyValue = arena.matrix(T, 3 * H)
    attention.backward(
      dContext, heads: heads(saved.queryKeyValue), context: saved.context, logSumExp: saved.logSumExp,
      into: heads(dQueryKeyValue), batch: batch, arena: arena)
    hand(dQueryKeyValue, .queryKeyValue)
    guard needsInput else { return }
    layer[.queryKeyValue].backward(dQueryKeyValue, into: dNormalized)
    layer.attentionNorm.backward(dNormalized, saved.attentionNorm, addingTo: dStream)
  }

  private func heads(_ qkv: Matrix) -> Heads {
    let h = configuration.hiddenSize
    return Heads(query: qkv.columns(0..<h), key: qkv.columns(h..<2 * h), value: qkv.columns(2 * h..<3 * h))
  }

  private func moduleIndex(_ layer: Int, _ module: Module) -> Int { layer * Module.allCases.count + module.rawValue }
}

extension GPT2.Configuration {
  package init(_ file: ModelConfiguration) throws {
    vocabularySize = try file.integer("vocab_size")
    hiddenSize = try file.integer("n_embd")
    intermediateSize = try file.integer("n_inner", default: 4 * hiddenSize)
    layerCount = try file.integer("n_layer")
    headCount = try file.integer("n_head")
    maximumPositions = try file.integer("n_positions")
    layerNormEpsilon = try file.number("layer_norm_epsilon", in: 0...1, default: 1e-5)
    tiedEmbeddings = try file.bool("tie_word_embeddings", default: true)
    let name = try file.string("activation_function", default: "gelu_new")
    guard let known = Activation(rawValue: name) else {
      throw file.unsupported(
        "activation_function", name, supported: Activation.allCases.map(\.rawValue).joined(separator: ", "))
    }
    activation = known
    for (key, supported) in [
      ("scale_attn_weights", true), ("scale_attn_by_inverse_layer_idx", false), ("add_cross_attention", false),
    ] where try file.bool(key, default: supported) != supported {
      throw file.unsupported(key, "\(!supported)", supported: "\(supported)")
    }
    guard hiddenSize % headCount == 0 else {
      throw file.unsupported("n_embd", "\(hiddenSize)", supported: "a multiple of n_head \(headCount)")
    }
  }
}
