import CKernels
import Foundation

/// GPT-NeoX (Black et al. 2022), the architecture of Pythia: rotary embeddings on part of each head, attention and MLP
/// side by side on the same residual (or one after the other), biases everywhere, untied head.
package struct GPTNeoX: CausalLM {
  package let configuration: Configuration
  package let modules: [ModuleDescription]
  package let parameterCount: Int
  package let head: CrossEntropyHead
  private let embedding: FloatStorage
  private let layers: [Layer]
  private let finalNorm: LayerNorm
  private let rotary: RotaryEmbedding

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
    package var rotaryFraction: Double
    package var rotaryBase: Double
    package var activation: Activation
    package var parallelResidual: Bool
    package var attentionBias: Bool
    package var tiedEmbeddings: Bool

    var headSize: Int { hiddenSize / headCount }
    var rotaryDimensions: Int { Int(Double(headSize) * rotaryFraction) }
  }

  /// The linear modules of a layer, in module order.
  private enum Module: Int, CaseIterable {
    case queryKeyValue, dense, up, down

    var name: String {
      switch self {
      case .queryKeyValue: "attention.query_key_value"
      case .dense: "attention.dense"
      case .up: "mlp.dense_h_to_4h"
      case .down: "mlp.dense_4h_to_h"
      }
    }
  }

  private struct Layer: Sendable {
    let attentionNorm: LayerNorm
    let mlpNorm: LayerNorm
    let linears: [Linear]  // by Module.rawValue

    subscript(module: Module) -> Linear { linears[module.rawValue] }
  }

  /// Takes the weights under `gpt_neox` and `embed_out` of a checkpoint.
  package init(configuration: Configuration, weights: ModelWeights) throws {
    let c = configuration
    self.configuration = c
    let base = weights.at("gpt_neox")
    embedding = try base.storage("embed_in.weight", [c.vocabularySize, c.hiddenSize])
    layers = try (0..<c.layerCount).map { index in
      let layer = base.at("layers", index)
      let shapes: [Module: (Int, Int, Bool)] = [
        .queryKeyValue: (3 * c.hiddenSize, c.hiddenSize, c.attentionBias),
        .dense: (c.hiddenSize, c.hiddenSize, c.attentionBias),
        .up: (c.intermediateSize, c.hiddenSize, true),
        .down: (c.hiddenSize, c.intermediateSize, true),
      ]
      return Layer(
        attentionNorm: try layer.layerNorm("input_layernorm", c.hiddenSize, epsilon: c.layerNormEpsilon),
        mlpNorm: try layer.layerNorm("post_attention_layernorm", c.hiddenSize, epsilon: c.layerNormEpsilon),
        linears: try Module.allCases.map { module in
          let (outputs, inputs, bias) = shapes[module]!
          return try layer.linear(module.name, outputs: outputs, inputs: inputs, bias: bias)
        })
    }
    finalNorm = try base.layerNorm("final_layer_norm", c.hiddenSize, epsilon: c.layerNormEpsilon)
    let headWeight =
      c.tiedEmbeddings ? embedding : try weights.storage("embed_out.weight", [c.vocabularySize, c.hiddenSize])
    head = CrossEntropyHead(
      linear: Linear(weight: headWeight, bias: nil, outputs: c.vocabularySize, inputs: c.hiddenSize))
    rotary = RotaryEmbedding(dimensions: c.rotaryDimensions, base: c.rotaryBase, positions: c.maximumPositions)
    modules = layers.enumerated().flatMap { index, layer in
      Module.allCases.map { module in
        ModuleDescription(
          name: "layers.\(index).\(module.name)", outputs: layer[module].outputs, inputs: layer[module].inputs,
          hasBias: layer[module].bias != nil)
      }
    }
    let norms = (2 * c.layerCount + 1) * 2 * c.hiddenSize
    let linears = layers.flatMap(\.linears).reduce(0) { $0 + $1.weight.count + ($1.bias?.count ?? 0) }
    parameterCount = embedding.count + (c.tiedEmbeddings ? 0 : headWeight.count) + norms + linears
  }

  // MARK: Passes

  /// What a layer's backward pass needs of its forward pass.
  private struct Saved {
    var attentionNorm: LayerNorm.Saved
    var mlpNorm: LayerNorm.Saved
    var queryKeyValue: Matrix  // [T, 3H], rotated; per head: query, key, value
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

  /// One layer: next = x + attention(norm(x)) + mlp(norm(x)), or the MLP on x + attention.
  private func forward(
    _ index: Int, _ x: Matrix, into next: Matrix, batch: RaggedBatch, collector: (any Collector)?, arena: Arena
  ) -> Saved {
    let layer = layers[index]
    let (T, H) = (x.rows, configuration.hiddenSize)
    let qkv = arena.matrix(T, 3 * H)
    let context = arena.matrix(T, H)
    let logSumExp = arena.matrix(configuration.headCount, T)
    let up = arena.matrix(T, configuration.intermediateSize)
    let attentionSaved = layer.attentionNorm.makeSaved(for: x, in: arena)
    // Between the residual streams: the parallel form normalises x itself, the sequential one x + attention.
    let middle = configuration.parallelResidual ? x : arena.matrix(T, H)
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
    attentionForward(qkv, into: context, logSumExp: logSumExp, batch: batch, arena: arena)
    let attention = normalized  // no longer needed
    run(.dense, context, into: attention)
    next.copy(from: x)
    next.add(attention)
    if !configuration.parallelResidual { middle.copy(from: next) }

    layer.mlpNorm.forward(mlpSaved, into: normalized)
    run(.up, normalized, into: up)
    let activated = arena.matrix(T, up.columns)
    configuration.activation.forward(up, into: activated)
    run(.down, activated, into: normalized)
    next.add(normalized)
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
    let dMLP = arena.matrix(T, H)
    layer[.up].backward(dUp, into: dMLP)
    // One after the other, the attention's output feeds the MLP; side by side, both see the same gradient.
    if !configuration.parallelResidual { layer.mlpNorm.backward(dMLP, saved.mlpNorm, addingTo: dStream) }

    hand(dStream, .dense)
    let dContext = arena.matrix(T, H)
    layer[.dense].backward(dStream, into: dContext)
    let dQueryKeyValue = arena.matrix(T, 3 * H, zeroed: true)
    attentionBackward(dContext, saved, into: dQueryKeyValue, batch: batch, arena: arena)
    hand(dQueryKeyValue, .queryKeyValue)
    guard needsInput else { return }
    if configuration.parallelResidual { layer.mlpNorm.backward(dMLP, saved.mlpNorm, addingTo: dStream) }
    let dNormalized = dContext  // no longer needed
    layer[.queryKeyValue].backward(dQueryKeyValue, into: dNormalized)
    layer.attentionNorm.backward(dNormalized, saved.attentionNorm, addingTo: dStream)
  }

  // MARK: Attention over the documents of a batch

  private func attentionForward(
    _ qkv: Matrix, into context: Matrix, logSumExp: Matrix, batch: RaggedBatch, arena: Arena
  ) {
    forEachHead(batch) { head, positions in
      let (query, key, value) = split(qkv, head, positions)
      rotary.forward(query)
      rotary.forward(key)
      attention.forward(
        query: query, key: key, value: value, into: slice(context, head, positions),
        logSumExp: logSumExp.row(head) + positions.lowerBound, arena: arena)
    }
  }

  private func attentionBackward(
    _ dContext: Matrix, _ saved: Saved, into dQueryKeyValue: Matrix, batch: RaggedBatch, arena: Arena
  ) {
    forEachHead(batch) { head, positions in
      let (query, key, value) = split(saved.queryKeyValue, head, positions)
      let (dQuery, dKey, dValue) = split(dQueryKeyValue, head, positions)
      attention.backward(
        dContext: slice(dContext, head, positions), query: query, key: key, value: value,
        context: slice(saved.context, head, positions), logSumExp: saved.logSumExp.row(head) + positions.lowerBound,
        dQuery: dQuery, dKey: dKey, dValue: dValue, arena: arena)
      rotary.backward(dQuery)
      rotary.backward(dKey)
    }
  }

  private var attention: CausalAttention { CausalAttention(scale: 1 / Float(configuration.headSize).squareRoot()) }

  private func forEachHead(_ batch: RaggedBatch, _ body: (_ head: Int, _ positions: Range<Int>) -> Void) {
    for document in 0..<batch.count where !batch.positions(document).isEmpty {
      for head in 0..<configuration.headCount { body(head, batch.positions(document)) }
    }
  }

  /// The checkpoint interleaves: each head's 3 d columns are its query, key and value.
  private func split(_ qkv: Matrix, _ head: Int, _ positions: Range<Int>) -> (Matrix, Matrix, Matrix) {
    let d = configuration.headSize
    let own = qkv.rows(positions).columns(head * 3 * d..<(head + 1) * 3 * d)
    return (own.columns(0..<d), own.columns(d..<2 * d), own.columns(2 * d..<3 * d))
  }

  private func slice(_ context: Matrix, _ head: Int, _ positions: Range<Int>) -> Matrix {
    let d = configuration.headSize
    return context.rows(positions).columns(head * d..<(head + 1) * d)
  }

  private func moduleIndex(_ layer: Int, _ module: Module) -> Int { layer * Module.allCases.count + module.rawValue }
}
