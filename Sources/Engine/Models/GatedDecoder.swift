import CKernels
import Foundation

/// The decoder that the Llama family shares (Touvron et al. 2023): RMSNorm before attention and before a gated MLP,
/// rotary embeddings, grouped queries. What its members choose is in `Configuration`.
package struct GatedDecoder: CausalLM {
  package let configuration: Configuration
  package let modules: [ModuleDescription]
  package let parameterCount: Int
  package let head: CrossEntropyHead
  private let embedding: FloatStorage
  private let layers: [Layer]
  private let finalNorm: RMSNorm
  private let rotary: RotaryEmbedding

  package var vocabularySize: Int { configuration.vocabularySize }
  package var maximumLength: Int { configuration.maximumPositions }

  /// The linear modules of a layer, in module order.
  private enum Module: Int, CaseIterable {
    case query, key, value, output, gate, up, down

    var name: String {
      switch self {
      case .query: "self_attn.q_proj"
      case .key: "self_attn.k_proj"
      case .value: "self_attn.v_proj"
      case .output: "self_attn.o_proj"
      case .gate: "mlp.gate_proj"
      case .up: "mlp.up_proj"
      case .down: "mlp.down_proj"
      }
    }
  }

  private struct Layer: Sendable {
    let attentionNorm: RMSNorm
    let mlpNorm: RMSNorm
    /// Over each head's columns, where the architecture has them.
    let queryNorm: RMSNorm?
    let keyNorm: RMSNorm?
    let linears: [Linear]  // by Module.rawValue

    subscript(module: Module) -> Linear { linears[module.rawValue] }
  }

  /// Takes the weights under `model` and `lm_head` of a checkpoint.
  package init(configuration: Configuration, weights: ModelWeights) throws {
    let c = configuration
    self.configuration = c
    let base = weights.at("model")
    embedding = try base.storage("embed_tokens.weight", [c.vocabularySize, c.hiddenSize])
    let (queries, keys) = (c.headCount * c.headSize, c.keyValueHeadCount * c.headSize)
    let shapes: [Module: (Int, Int, Bool)] = [
      .query: (queries, c.hiddenSize, c.queryKeyValueBias), .key: (keys, c.hiddenSize, c.queryKeyValueBias),
      .value: (keys, c.hiddenSize, c.queryKeyValueBias), .output: (c.hiddenSize, queries, c.outputBias),
      .gate: (c.intermediateSize, c.hiddenSize, c.mlpBias), .up: (c.intermediateSize, c.hiddenSize, c.mlpBias),
      .down: (c.hiddenSize, c.intermediateSize, c.mlpBias),
    ]
    layers = try (0..<c.layerCount).map { index in
      let layer = base.at("layers", index)
      func headNorm(_ name: String) throws -> RMSNorm? {
        c.queryKeyNorms ? try layer.rmsNorm("self_attn.\(name)", c.headSize, epsilon: c.normEpsilon) : nil
      }
      return Layer(
        attentionNorm: try layer.rmsNorm("input_layernorm", c.hiddenSize, epsilon: c.normEpsilon),
        mlpNorm: try layer.rmsNorm("post_attention_layernorm", c.hiddenSize, epsilon: c.normEpsilon),
        queryNorm: try headNorm("q_norm"), keyNorm: try headNorm("k_norm"),
        linears: try Module.allCases.map { module in
          let (outputs, inputs, bias) = shapes[module]!
          return try layer.linear(module.name, outputs: outputs, inputs: inputs, bias: bias)
        })
    }
    finalNorm = try base.rmsNorm("norm", c.hiddenSize, epsilon: c.normEpsilon)
    let headWeight =
      c.tiedEmbeddings ? embedding : try weights.storage("lm_head.weight", [c.vocabularySize, c.hiddenSize])
    head = CrossEntropyHead(
      linear: Linear(weight: headWeight, bias: nil, outputs: c.vocabularySize, inputs: c.hiddenSize))
    rotary = RotaryEmbedding(
      frequencies: c.rotaryScaling.frequencies(dimensions: c.headSize, base: c.rotaryBase),
      positions: c.maximumPositions)
    modules = layers.enumerated().flatMap { index, layer in
      Module.allCases.map { module in
        ModuleDescription(
          name: "layers.\(index).\(module.name)", outputs: layer[module].outputs, inputs: layer[module].inputs,
          hasBias: layer[module].bias != nil)
      }
    }
    let norms = (2 * c.layerCount + 1) * c.hiddenSize + (c.queryKeyNorms ? 2 * c.layerCount * c.headSize : 0)
    let linears = layers.flatMap(\.linears).reduce(0) { $0 + $1.weight.count + ($1.bias?.count ?? 0) }
    parameterCount = embedding.count + (c.tiedEmbeddings ? 0 : headWeight.count) + norms + linears
  }

  // MARK: Passes

  /// What a layer's backward pass needs of its forward pass.
  private struct Saved {
    var attentionNorm: RMSNorm.Saved
    var mlpNorm: RMSNorm.Saved
    var queryNorm: RMSNorm.Saved?
    var keyNorm: RMSNorm.Saved?
    var heads: Heads  // rotated
    var context: Matrix  // [T, heads d]
    var logSumExp: Matrix  // [heads, T]
    var gate: Matrix  // [T, I], before the activation
    var up: Matrix  // [T, I]
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
  ) -> (saved: [Saved], finalNorm: RMSNorm.Saved, output: Matrix) {
    let hidden = configuration.hiddenSize
    var stream = arena.matrix(batch.tokenCount, hidden)
    for (position, token) in batch.tokens.enumerated() {
      stream.row(position).update(from: embedding.base + Int(token) * hidden, count: hidden)
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
    let (T, H, I) = (x.rows, configuration.hiddenSize, configuration.intermediateSize)
    let heads = Heads(rows: T, configuration, arena: arena)
    let context = arena.matrix(T, heads.query.columns)
    let logSumExp = arena.matrix(configuration.headCount, T)
    let middle = arena.matrix(T, H)
    let (gate, up) = (arena.matrix(T, I), arena.matrix(T, I))
    let attentionSaved = layer.attentionNorm.makeSaved(for: x, in: arena)
    let mlpSaved = layer.mlpNorm.makeSaved(for: middle, in: arena)
    // Head norms keep what they read; without them the projections are written where attention reads them.
    let d = configuration.headSize
    func norm(_ norm: RMSNorm?, of matrix: Matrix) -> RMSNorm.Saved? {
      norm?.makeSaved(for: arena.matrix(T * matrix.columns / d, d), in: arena)
    }
    let querySaved = norm(layer.queryNorm, of: heads.query)
    let keySaved = norm(layer.keyNorm, of: heads.key)

    let mark = arena.mark()
    defer { arena.release(to: mark) }
    func run(_ module: Module, _ input: Matrix, into output: Matrix) {
      collector?.collect(activations: input, module: moduleIndex(index, module), batch: batch)
      layer[module].forward(input, into: output)
    }
    func run(_ module: Module, _ input: Matrix, _ norm: RMSNorm?, _ saved: RMSNorm.Saved?, into output: Matrix) {
      guard let norm, let saved else { return run(module, input, into: output) }
      run(module, input, into: saved.input.reshaped(T, output.columns))
      norm.forward(saved, into: output.reshaped(saved.input.rows, d))
    }
    let normalized = arena.matrix(T, H)
    layer.attentionNorm.forward(attentionSaved, into: normalized)
    run(.query, normalized, layer.queryNorm, querySaved, into: heads.query)
    run(.key, normalized, layer.keyNorm, keySaved, into: heads.key)
    run(.value, normalized, into: heads.value)
    attention(index).forward(heads, into: context, logSumExp: logSumExp, batch: batch, arena: arena)
    run(.output, context, into: middle)
    middle.add(x)

    layer.mlpNorm.forward(mlpSaved, into: normalized)
    run(.gate, normalized, into: gate)
    run(.up, normalized, into: up)
    let activated = arena.matrix(T, I)
    configuration.activation.forward(gate, into: activated)
    activated.multiply(by: up)
    run(.down, activated, into: next)
    next.add(middle)
    return Saved(
      attentionNorm: attentionSaved, mlpNorm: mlpSaved, queryNorm: querySaved, keyNorm: keySaved, heads: heads,
      context: context, logSumExp: logSumExp, gate: gate, up: up)
  }

  /// `dStream` comes in as the gradient of a layer's output and leaves as that of its input. Without `needsInput` the
  /// pass ends with the layer's last module and what is left in `dStream` means nothing.
  private func backward(
    _ index: Int, _ saved: Saved, dStream: Matrix, needsInput: Bool, batch: RaggedBatch, collector: any Collector,
    arena: Arena
  ) {
    let layer = layers[index]
    let (T, H, I) = (dStream.rows, configuration.hiddenSize, configuration.intermediateSize)
    func hand(_ dOutput: Matrix, _ module: Module) {
      collector.collect(outputGradients: dOutput, module: moduleIndex(index, module), batch: batch)
    }
    let mark = arena.mark()
    defer { arena.release(to: mark) }
    // y = f(gate) up: dup = dy f(gate), dgate = dy up f'(gate)
    hand(dStream, .down)
    let (dGate, dUp, activated) = (arena.matrix(T, I), arena.matrix(T, I), arena.matrix(T, I))
    layer[.down].backward(dStream, into: dGate)
    dUp.copy(from: dGate)
    configuration.activation.forward(saved.gate, into: activated)
    dUp.multiply(by: activated)
    dGate.multiply(by: saved.up)
    configuration.activation.backward(input: saved.gate, gradient: dGate)
    hand(dGate, .gate)
    hand(dUp, .up)
    let dNormalized = arena.matrix(T, H)
    layer[.gate].backward(dGate, into: dNormalized)
    layer[.up].backward(dUp, into: dNormalized, accumulate: true)
    layer.mlpNorm.backward(dNormalized, saved.mlpNorm, addingTo: dStream)

    hand(dStream, .output)
    let dContext = arena.matrix(T, saved.context.columns)
    layer[.output].backward(dStream, into: dContext)
    var dHeads = Heads(rows: T, configuration, arena: arena)
    attention(index).backward(
      dContext, heads: saved.heads, context: saved.context, logSumExp: saved.logSumExp, into: dHeads, batch: batch,
      arena: arena)
    func throughNorm(_ norm: RMSNorm?, _ saved: RMSNorm.Saved?, _ gradient: Matrix) -> Matrix {
      guard let norm, let saved else { return gradient }
      let input = arena.matrix(saved.input.rows, saved.input.columns, zeroed: true)
      norm.backward(gradient.reshaped(input.rows, input.columns), saved, addingTo: input)
      return input.reshaped(gradient.rows, gradient.columns)
    }
    dHeads.query = throughNorm(layer.queryNorm, saved.queryNorm, dHeads.query)
    dHeads.key = throughNorm(layer.keyNorm, saved.keyNorm, dHeads.key)
    hand(dHeads.query, .query)
    hand(dHeads.key, .key)
    hand(dHeads.value, .value)
    guard needsInput else { return }
    layer[.query].backward(dHeads.query, into: dNormalized)
    layer[.key].backward(dHeads.key, into: dNormalized, accumulate: true)
    layer[.value].backward(dHeads.value, into: dNormalized, accumulate: true)
    layer.attentionNorm.backward(dNormalized, saved.attentionNorm, addingTo: dStream)
  }

  private func attention(_ layer: Int) -> GroupedQueryAttention {
    GroupedQueryAttention(
      headSize: configuration.headSize, headCount: configuration.headCount,
      keyValueHeadCount: configuration.keyValueHeadCount, rotary: rotary, window: configuration.windows[layer])
  }

  private func moduleIndex(_ layer: Int, _ module: Module) -> Int { layer * Module.allCases.count + module.rawValue }
}

extension Heads {
  fileprivate init(rows: Int, _ c: GatedDecoder.Configuration, arena: Arena) {
    let keys = c.keyValueHeadCount * c.headSize
    self.init(
      query: arena.matrix(rows, c.headCount * c.headSize), key: arena.matrix(rows, keys),
      value: arena.matrix(rows, keys))
  }
}
