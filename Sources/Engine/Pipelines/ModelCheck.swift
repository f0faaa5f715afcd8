import Foundation

/// What can silently be wrong with a model, its tokenizer and its documents before anything is attributed: looked for on a
/// few documents.
package struct ModelCheck: Sendable {
  package struct Finding: Sendable, Equatable, Codable {
    package enum Verdict: String, Sendable, Codable {
      case good, doubtful, bad
    }

    package let name: String
    package let verdict: Verdict
    /// What was found, with its numbers, and what to do.
    package let words: String
  }

  package let configuration: IndexConfig
  /// Documents that are looked at, from the start of the split.
  package let documents: Int

  package init(_ configuration: IndexConfig, documents: Int) {
    self.configuration = configuration
    self.documents = documents
  }

  /// The largest relative distance of a document's gradient alone from that in a batch. Products of other shapes add in
  /// another order, which changes the last bits of float32; a model that looks beyond a document changes all of them.
  private static let batchTolerance = 1e-4
  /// Of a model's parameters.
  private static let smallShare = 0.1

  /// - Throws: whatever is wrong with model, data or settings; `ModelCheckError.nothingToRead`.
  package func run(_ context: RunContext) throws -> [Finding] {
    let inputs = try CollectionInputs(configuration, context, limit: documents)
    let lengths = inputs.tokens.lengths
    let readable = lengths.indices.filter { lengths[$0] >= BatchPlan.minimumLength }
    guard !readable.isEmpty else { throw ModelCheckError.nothingToRead(dataset: configuration.data.dataset) }
    let alone = try readable.map { try gradients(of: [$0], inputs, context) }
    return [
      try batches(readable, alone, inputs, context), loss(alone, inputs), try specialTokens(readable, inputs),
      share(inputs), try readability(inputs),
    ] + normalizers(inputs)
  }

  private struct Gradients {
    let rows: FloatStorage
    let losses: [Double]
    let labels: Int
  }

  private func gradients(
    of documents: [Int], _ inputs: CollectionInputs, _ context: RunContext
  ) throws -> Gradients {
    if context.isCancelled() { throw CancellationError() }
    let batch = try inputs.tokens.batch(documents)
    let recipe = inputs.recipe
    let rows = FloatStorage(count: documents.count * recipe.rowWidth)
    let collector = GradientCollector(recipe: recipe)
    collector.begin(batch, rows: rows.matrix(documents.count, recipe.rowWidth))
    let losses = inputs.model.model.forwardBackward(batch, loss: inputs.loss, collector: collector, arena: Arena())
    return Gradients(rows: rows, losses: losses, labels: batch.targets.count { $0 != RaggedBatch.noTarget })
  }

  // MARK: Findings

  private func batches(
    _ documents: [Int], _ alone: [Gradients], _ inputs: CollectionInputs, _ context: RunContext
  ) throws -> Finding {
    let width = inputs.recipe.rowWidth
    let lengths = documents.map { inputs.tokens.lengths[$0] }
    let plan = BatchPlan.ragged(
      lengths: lengths, tokenBudget: configuration.tokenBatchSize, maxBatchSize: configuration.maxBatchSize)
    var (worst, row) = (0.0, documents[0])
    for batch in 0..<plan.count {
      let places = plan[batch]
      let together = try gradients(of: places.map { documents[$0] }, inputs, context)
      for (i, place) in places.enumerated() {
        let own = alone[place].rows.matrix(1, width)
        let difference = Arena().matrix(1, width)
        for c in 0..<width { difference[0, c] = own[0, c] - together.rows.base[i * width + c] }
        let norm = own.norm(ofRow: 0)
        let distance = norm > 0 ? difference.norm(ofRow: 0) / norm : difference.norm(ofRow: 0)
        // NaN is no distance that is small enough, and none that comes later makes up for it.
        if !worst.isNaN, !(distance <= worst) { (worst, row) = (distance, documents[place]) }
      }
    }
    let record = try inputs.records.record(at: row).row
    let measured = String(format: "%.1e", worst)
    return worst <= Self.batchTolerance
      ? Finding(
        name: "batches", verdict: .good,
        words: "a document's gradient is the same alone and beside others (within \(measured)); there is no padding")
      : Finding(
        name: "batches", verdict: .bad,
        words: "the gradient of row \(record) changes by \(measured) of its length beside others; "
          + "with --max_batch_size 1 every document is alone")
  }

  private func loss(_ alone: [Gradients], _ inputs: CollectionInputs) -> Finding {
    let labels = alone.reduce(0) { $0 + $1.labels }
    guard configuration.lossFunction == .crossEntropy, inputs.loss.reduction == .sum, labels > 0,
      inputs.documents.weights == nil
    else {
      return Finding(
        name: "loss", verdict: labels > 0 ? .good : .bad,
        words: labels > 0
          ? "not compared with chance: it is no plain sum of cross-entropies" : "no token carries a loss")
    }
    let mean = alone.reduce(0) { $0 + $1.losses.reduce(0, +) } / Double(labels)
    let chance = log(Double(inputs.model.model.vocabularySize))
    let words = String(format: "%.2f nats a token, chance is %.2f", mean, chance)
    return mean < chance
      ? Finding(name: "loss", verdict: .good, words: words)
      : Finding(
        name: "loss", verdict: .bad,
        words: words + ": the model knows less than nothing of these documents; "
          + "are the tokenizer and the weights its own?")
  }

  /// Whether a special token stands twice at the start or the end of a document: the tokenizer has added one that the text,
  /// or the chat template, has already.
  private func specialTokens(_ documents: [Int], _ inputs: CollectionInputs) throws -> Finding {
    var doubled: [String: Int] = [:]
    for document in documents {
      let ids = try inputs.tokens.row(at: document).ids
      for (first, second) in [(0, 1), (ids.count - 1, ids.count - 2)] where ids[first] == ids[second] {
        let text = try inputs.tokenizer.decode([ids[first]], skipSpecialTokens: false)
        guard !text.isEmpty, try inputs.tokenizer.decode([ids[first]]).isEmpty else { continue }
        doubled[text, default: 0] += 1
      }
    }
    guard let (token, count) = doubled.max(by: { ($0.value, $1.key) < ($1.value, $0.key) }) else {
      return Finding(name: "special tokens", verdict: .good, words: "none stands twice at a document's start or end")
    }
    return Finding(
      name: "special tokens", verdict: .bad,
      words: "\(token) stands twice at the start or the end of \(count) of \(documents.count) documents; "
        + "take it out of the texts or the template, since the tokenizer adds it")
  }

  private func share(_ inputs: CollectionInputs) -> Finding {
    let (attributed, all) = (inputs.recipe.attributedParameterCount, inputs.model.model.parameterCount)
    let share = Double(attributed) / Double(max(all, 1))
    let words = String(format: "%.1f %% of %d parameters (embeddings and head never are)", 100 * share, all)
    return Finding(
      name: "attributed", verdict: share < Self.smallShare && inputs.model.adapter == nil ? .doubtful : .good,
      words: words)
  }

  private func readability(_ inputs: CollectionInputs) throws -> Finding {
    let lengths = inputs.tokens.lengths
    let short = lengths.indices.filter { lengths[$0] < BatchPlan.minimumLength }
    guard let first = short.first else {
      return Finding(
        name: "documents", verdict: .good,
        words:
          "\(lengths.count) with \(inputs.tokens.tokenCount) tokens, \(lengths.max() ?? 0) at most; the model reads "
          + "\(inputs.model.model.maximumLength)")
    }
    return Finding(
      name: "documents", verdict: .doubtful,
      words: "\(short.count) of \(lengths.count) have fewer than two tokens and no gradient, as row "
        + "\(try inputs.records.record(at: first).row)")
  }

  private func normalizers(_ inputs: CollectionInputs) -> [Finding] {
    guard inputs.normalizers != nil else { return [] }
    let without = inputs.modulesWithoutNormalizer
    return [
      Finding(
        name: "normalizers", verdict: without.isEmpty ? .good : .doubtful,
        words: without.isEmpty
          ? "every module has one"
          : "\(without.count) of \(inputs.recipe.modules.count) modules have none and weigh as they are: "
            + NormalizerError.some(without))
    ]
  }
}

package enum ModelCheckError: Error, Equatable, CustomStringConvertible {
  case nothingToRead(dataset: String)

  package var description: String {
    switch self {
    case .nothingToRead(let dataset):
      "none of the documents of '\(dataset)' that were looked at has two tokens, so there is no gradient to look at; "
        + "give others, or look at more with --documents"
    }
  }
}
