/// The documents of a data set as token rows, each beside the record that it was made of.
///
/// Records are read forward, once; only rewards are looked at before, since each is weighed against those of its prompt.
package struct Documents: Sendable {
  /// Row i was made of record i. A chunk, which many records may have made, has a record without columns: it is numbered
  /// as the chunk and lies where its first document does.
  package private(set) var records: Dataset
  package private(set) var tokens: TokenizedDataset
  /// What the losses of the rows are multiplied by; nil for 1.
  package private(set) var weights: [Double]?
  /// Where the tokens of each chunk come from; nil where documents are not joined.
  package private(set) var chunks: [ChunkOrigin]?
  /// What was left out on the way, for the run's warnings.
  package private(set) var warnings: [String] = []
  /// Of what determines gradients: the token rows and, where losses are weighed, the weights.
  package private(set) var digest: Digest

  /// - Parameters:
  ///   - limit: only so many rows, from the start; none for all.
  ///   - maxTokens: rows worth so many tokens, see `TokenLimit`.
  /// - Throws: `TokenizationError`, `TokenLimitError`, and `DataError` for missing columns; `CancellationError`.
  init(
    _ dataset: Dataset, _ tokenizer: DocumentTokenizer, limit: Int?, maxTokens: Int?, workers: Int,
    isCancelled: () -> Bool = { false }
  ) throws {
    var records = dataset
    var weights: [Double]?
    if tokenizer.reader.configuration.chunkLength > 0 {
      var reader = try ChunkReader(dataset, tokenizer, limit: limit)
      try reader.read(workers: workers, isCancelled: isCancelled)
      warnings = reader.warnings
      (self.records, tokens, chunks) = try reader.finish()
    } else {
      if let weighed = try DocumentWeights(tokenizer.reader, { try dataset.scan($0) }) {
        records = dataset.selecting(weighed.positions)
        weights = weighed.weights
        let left = dataset.count - weighed.positions.count
        if left > 0 {
          warnings.append(
            left == 1 ? "1 document without a reward was left out" : "\(left) documents without a reward were left out")
        }
      }
      if let limit {
        records = records.prefix(limit)
        weights = weights.map { Array($0.prefix(limit)) }
      }
      var rows = TokenRowWriter()
      try records.scan(
        workers: workers, isCancelled: isCancelled, transform: { try tokenizer.row($0) },
        body: { _, row in try rows.append(row) })
      tokens = try rows.finish()
      self.records = records
    }
    self.weights = weights
    digest = Self.digest(tokens, weights)
    if let maxTokens { self = try selecting(TokenLimit.positions(lengths: tokens.lengths, limit: maxTokens)) }
  }

  /// Only the rows at these positions, in this order.
  package func selecting(_ positions: [Int]) throws -> Documents {
    var copy = self
    copy.records = records.selecting(positions)
    copy.weights = weights.map { weights in positions.map { weights[$0] } }
    copy.tokens = try tokens.selecting(positions)
    copy.chunks = chunks.map { chunks in positions.map { chunks[$0] } }
    copy.digest = Self.digest(copy.tokens, copy.weights)
    return copy
  }

  private static func digest(_ tokens: TokenizedDataset, _ weights: [Double]?) -> Digest {
    guard let weights else { return tokens.digest }
    var hasher = SHA256Hasher()
    hasher.update("bergson weighed token rows 1 \(tokens.digest.hex)")
    for weight in weights {
      withUnsafeBytes(of: weight.bitPattern.littleEndian) { hasher.update($0) }
    }
    return hasher.finalize()
  }
}
