/// A decoder-only model: embedding, blocks, a last norm, the head. Architectures differ in what they put into it; the
/// passes through the layers are here, once.
package struct DecoderStack<Norm: RowNorm, MLP: Sublayer>: CausalLM {
  package typealias Block = DecoderBlock<Norm, MLP>

  package let modules: [ModuleDescription]
  package let parameters: [ParameterDescription]
  package let maximumLength: Int
  package let head: LanguageModelHead
  private let embedding: TokenEmbedding
  private let blocks: [Block]
  private let finalNorm: Norm

  package var vocabularySize: Int { head.linear.outputs }

  /// - Parameter reader: the reader of all parts.
  package init(
    embedding: TokenEmbedding, blocks: [Block], finalNorm: Norm, head: LanguageModelHead, maximumLength: Int,
    reader: ParameterReader
  ) {
    precondition(blocks.reduce(0) { $0 + $1.modules.count } == reader.modules.count, "a module outside of the blocks")
    modules = reader.modules
    parameters = reader.parameters
    self.maximumLength = maximumLength
    self.head = head
    self.embedding = embedding
    self.blocks = blocks
    self.finalNorm = finalNorm
  }

  package func hiddenStates(_ batch: RaggedBatch, arena: Arena) -> Matrix {
    arena.reset()
    return forward(ModelPass(batch: batch, collector: nil, arena: arena)).output
  }

  package func forwardBackward(
    _ batch: RaggedBatch, loss: LossSettings, collector: any Collector, arena: Arena
  ) -> [Double] {
    arena.reset()
    let base = loss.function == .divergenceFromBase ? baseStates(batch, arena: arena) : nil
    let pass = ModelPass(batch: batch, collector: collector, arena: arena)
    let (saved, finalSaved, output) = forward(pass)
    let dOutput = arena.matrix(output.rows, output.columns)
    let losses = head.forwardBackward(
      hidden: output, base: base, batch: batch, settings: loss, dHidden: dOutput, arena: arena)
    guard let lowest = blocks.firstIndex(where: { $0.modules.contains(where: collector.wants) }) else { return losses }
    let dStream = arena.matrix(output.rows, output.columns, zeroed: true)
    finalNorm.backward(dOutput, finalSaved, addingTo: dStream)
    for index in (lowest..<blocks.count).reversed() {
      blocks[index].backward(dStream, saved[index], needsInput: index > lowest, pass)
    }
    return losses
  }

  /// Hidden states [T, H] of the model as it is without its adapter.
  private func baseStates(_ batch: RaggedBatch, arena: Arena) -> Matrix {
    let states = arena.matrix(batch.tokenCount, head.linear.inputs)
    let mark = arena.mark()
    defer { arena.release(to: mark) }
    let pass = ModelPass(batch: batch, collector: nil, arena: arena, usesAdapter: false)
    states.copy(from: forward(pass).output)
    return states
  }

  private func forward(_ pass: ModelPass) -> (saved: [Block.Saved], finalNorm: Norm.Saved, output: Matrix) {
    let arena = pass.arena
    var stream = arena.matrix(pass.batch.tokenCount, head.linear.inputs)
    embedding.forward(pass.batch, into: stream)
    var saved: [Block.Saved] = []
    for block in blocks {
      let next = arena.matrix(stream.rows, stream.columns)
      saved.append(block.forward(stream, into: next, pass))
      stream = next
    }
    let output = arena.matrix(stream.rows, stream.columns)
    let finalSaved = finalNorm.makeSaved(for: stream, in: arena)
    finalNorm.forward(finalSaved, into: output)
    return (saved, finalSaved, output)
  }
}
