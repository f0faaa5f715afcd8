import CKernels

/// How a document's loss is made from its tokens.
package struct LossSettings: Sendable, Hashable {
  package var function: LossFunction
  package var reduction: LossReduction
  /// Of the cross-entropy: share of the target distribution spread evenly over the vocabulary (Szegedy et al. 2016).
  package var labelSmoothing: Float
  /// Logits are multiplied by this, which must be positive.
  package var logitScale: Float
  package var labels: LabelSource
  /// With the mean reduction, divide a document's gradient by the root of its number of labels: the outer product of
  /// such gradients estimates the Hessian of the mean loss, as that of undivided ones does for the sum.
  package var estimatesHessian: Bool

  package init(
    function: LossFunction = .crossEntropy, reduction: LossReduction = .sum, labelSmoothing: Float = 0,
    logitScale: Float = 1, labels: LabelSource = .data, estimatesHessian: Bool = false
  ) {
    self.function = function
    self.reduction = reduction
    self.labelSmoothing = labelSmoothing
    self.logitScale = logitScale
    self.labels = labels
    self.estimatesHessian = estimatesHessian
  }
}

/// Which token a position ought to have predicted.
package enum LabelSource: Sendable, Hashable {
  case data
  /// Drawn from the model's own distribution at every position that the data give a label: gradients then have the
  /// Fisher information as their covariance. A draw depends on seed, document and position alone, not on batches.
  case sampled(seed: Int)
}

/// The language-model head fused with its loss: logits, softmax, loss and their gradient are made in blocks of rows, so the [T, V] matrix never exists, and only at positions that carry a label.
package struct LanguageModelHead: Sendable {
  package let linear: Linear
  /// Bends the logits, where the architecture does so.
  package let softCap: SoftCap?
  /// Rows of logits at a time: 64 x 50304 floats are 13 MB.
  private static let block = 64

  package init(linear: Linear, softCap: SoftCap? = nil) {
    self.linear = linear
    self.softCap = softCap
  }

  /// hidden [T, H] -> logits [T, V]
  package func forward(_ hidden: Matrix, into logits: Matrix) {
    linear.forward(hidden, into: logits)
    softCap?.forward(logits)
  }

  /// hidden [T, H] -> loss of each document, and dHidden [T, H], the gradient of the sum of these losses.
  ///
  /// `targets[t]` is the label that position t predicts, or negative for none; a document without labels has loss 0.
  /// The losses are multiplied by the batch's weights.
  ///
  /// - Parameter base: [T, H] hidden states of the model without its adapter, for the divergence from it alone.
  package func forwardBackward(
    hidden: Matrix, base: Matrix? = nil, batch: RaggedBatch, settings: LossSettings, dHidden: Matrix, arena: Arena
  ) -> [Double] {
    let mark = arena.mark()
    defer { arena.release(to: mark) }
    precondition((settings.function == .divergenceFromBase) == (base != nil), "a divergence is from a base model")
    dHidden.fill(0)
    var losses = [Double](repeating: 0, count: batch.count)
    let rows = labelledRows(of: batch, settings)
    let sampler = LabelSampler(settings.labels)
    let block = min(Self.block, rows.count)
    let gathered = arena.matrix(block, hidden.columns)
    let dGathered = arena.matrix(block, hidden.columns)
    let logits = arena.matrix(block, linear.outputs)
    let baseLogits = base.map { _ in arena.matrix(block, linear.outputs) }
    // The loss overwrites the logits that the cap's derivative is made of.
    let capped = softCap.map { _ in arena.matrix(1, linear.outputs) }
    for start in stride(from: 0, to: rows.count, by: max(block, 1)) {
      let part = rows[start..<min(start + block, rows.count)]
      func gather(_ states: Matrix, into logits: Matrix) {
        for (i, row) in part.enumerated() {
          gathered.row(i).update(from: states.row(row.position), count: states.columns)
        }
        forward(gathered.rows(0..<part.count), into: logits)
      }
      let z = logits.rows(0..<part.count)
      if let base, let baseLogits { gather(base, into: baseLogits.rows(0..<part.count)) }
      gather(hidden, into: z)
      for (i, row) in part.enumerated() {
        var target = row.target
        if let sampler {
          let place = row.position - batch.offsets[row.document]
          target = ck_sample(
            z.row(i), linear.outputs, settings.logitScale,
            sampler.uniform(document: batch.documents[row.document], position: place))
        }
        let own = z.rows(i..<i + 1)
        capped?.copy(from: own)
        let loss =
          switch settings.function {
          case .crossEntropy:
            ck_cross_entropy(
              z.row(i), linear.outputs, target, settings.logitScale, settings.labelSmoothing, row.weight)
          case .logOdds: ck_log_odds(z.row(i), linear.outputs, target, settings.logitScale, row.weight)
          case .divergenceFromBase:
            ck_divergence(z.row(i), baseLogits?.row(i), linear.outputs, settings.logitScale, row.weight)
          }
        losses[row.document] += loss * Double(row.share)
        if let softCap, let capped { softCap.backward(output: capped, gradient: own) }
      }
      linear.backward(z, into: dGathered.rows(0..<part.count))
      for (i, row) in part.enumerated() {
        dHidden.row(row.position).update(from: dGathered.row(i), count: hidden.columns)
      }
    }
    return losses
  }

  private struct LabelledRow {
    let position: Int
    let document: Int
    let target: Int
    /// Factor of the gradient.
    let weight: Float
    /// Factor of the loss.
    let share: Float
  }

  private func labelledRows(of batch: RaggedBatch, _ settings: LossSettings) -> [LabelledRow] {
    var rows: [LabelledRow] = []
    for document in 0..<batch.count {
      let positions = batch.positions(document)
      let labels = positions.count { batch.targets[$0] >= 0 }
      let own = batch.weights?[document] ?? 1
      let mean: Float = settings.reduction == .mean ? 1 / Float(max(labels, 1)) : 1
      let share = own * mean
      let weight = own * (settings.estimatesHessian ? mean.squareRoot() : mean)
      for position in positions where batch.targets[position] >= 0 {
        rows.append(
          LabelledRow(
            position: position, document: document, target: Int(batch.targets[position]), weight: weight, share: share))
      }
    }
    return rows
  }
}
