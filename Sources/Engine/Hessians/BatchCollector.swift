/// A collector that brings what it makes of each batch into sums that workers share.
///
/// A collector's calls throw nothing: what keeps a batch from being added, since other workers have failed, comes out at
/// the batch's end.
package protocol BatchCollector: Collector {
  /// - Parameter batch: its number in the plan, by which sums are ordered.
  func begin(batch: Int)
  /// - Throws: what kept the batch from being added.
  func end() throws
}

extension BatchPass {
  /// A pass in which every worker has a collector of its own and no rows are made.
  func run(
    _ context: RunContext, stage: String, abandon: @Sendable () -> Void,
    makeCollector: @Sendable () -> any BatchCollector
  ) throws -> Summary {
    try run(context, stage: stage, abandon: abandon) {
      let arena = Arena()
      let collector = makeCollector()
      return { index, batch in
        collector.begin(batch: index)
        let losses = model.forwardBackward(batch, loss: loss, collector: collector, arena: arena)
        try collector.end()
        return Finished(losses: losses, norms: [])
      }
    }
  }
}
