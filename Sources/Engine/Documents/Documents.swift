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
  /// For each token of each chunk the place of its document in the split; nil where documents are not joined.
  package private(set) var chunks: [[Int]]?
  /// What was left out on the way, for the run's warnings.
  package private(set) var warnings: [String] = []

  /// - Parameters:
  ///   - limit: only so many rows, from the start; none for all.
  ///   - maxTokens: rows worth so many tokens, see `TokenLimit`.
  /// - Throws: `TokenizationError`, `TokenLimitError`, and `DataError` for missing columns.
  init(_ dataset: Dataset, _ tokenizer: DocumentTokenizer, limit: Int?, maxTokens: Int?, workers: Int) throws {
    records = dataset
    tokens = TokenizedDataset(rows: [])
    let configuration = tokenizer.reader.configuration
    if configuration.chunkLength > 0 {
      try readChunks(of: dataset, tokenizer, limit: limit, workers: workers)
    } else {
      if let weighed = try DocumentWeights(dataset.rows, tokenizer.reader) {
        records = dataset.selecting(weighed.positions)
        weights = weighed.weights
        let left = dataset.rows.count - weighed.positions.count
        if left > 0 {
          warnings.append(
            left == 1 ? "1 document without a reward was left out" : "\(left) documents without a reward were left out")
        }
      }
      if let limit { keep(Array(0..<min(limit, records.rows.count)), tokenized: false) }
      tokens = TokenizedDataset(rows: try Parallel.map(records.rows, workers: workers) { try tokenizer.row($0) })
    }
    if let maxTokens { keep(try TokenLimit.positions(lengths: tokens.lengths, limit: maxTokens)) }
  }

  /// Documents are encoded some thousand at a time, so that no more of them than that are in memory twice.
  private mutating func readChunks(of dataset: Dataset, _ tokenizer: DocumentTokenizer, limit: Int?, workers: Int)
    throws
  {
    var chunker = try tokenizer.chunker()
    var rows: [TokenizedDataset.Row] = []
    var starts: [Record] = []
    var origins: [[Int]] = []
    var blank = 0
    for start in stride(from: 0, to: dataset.rows.count, by: 4096) where rows.count < limit ?? .max {
      let part = dataset.rows[start..<min(start + 4096, dataset.rows.count)]
      let encoded = try Parallel.map(Array(part), workers: workers) { try tokenizer.plainTokens($0) }
      for (place, ids) in zip(start..., encoded) {
        guard let ids else {
          blank += 1
          continue
        }
        chunker.append(ids, of: place)
        while rows.count < limit ?? .max, let chunk = chunker.next() {
          let first = dataset.rows[chunk.documents[0]]
          starts.append(Record(row: rows.count, file: first.file, line: first.line, columns: JSONObject()))
          rows.append(TokenizedDataset.Row(ids: chunk.ids, labels: chunk.ids))
          origins.append(chunk.documents)
        }
      }
    }
    guard !rows.isEmpty else {
      throw TokenizationError.noChunk(length: chunker.length, tokens: chunker.remainder)
    }
    if blank > 0 {
      warnings.append(
        blank == 1 ? "1 document without text is in no chunk" : "\(blank) documents without text are in no chunk")
    }
    records = dataset.replacing(starts)
    tokens = TokenizedDataset(rows: rows)
    chunks = origins
  }

  /// Only the rows at these positions, in this order.
  package func selecting(_ positions: [Int]) -> Documents {
    var copy = self
    copy.keep(positions)
    return copy
  }

  private mutating func keep(_ positions: [Int], tokenized: Bool = true) {
    records = records.selecting(positions)
    weights = weights.map { weights in positions.map { weights[$0] } }
    guard tokenized else { return }
    let rows = tokens.rows
    tokens = TokenizedDataset(rows: positions.map { rows[$0] })
    chunks = chunks.map { chunks in positions.map { chunks[$0] } }
  }

  /// Digest of what determines gradients: the token rows and, where losses are weighed, the weights.
  package func digest() -> Digest {
    guard let weights else { return tokens.digest() }
    var hasher = SHA256Hasher()
    hasher.update("bergson weighed token rows 1 \(tokens.digest().hex)")
    for weight in weights {
      withUnsafeBytes(of: weight.bitPattern.littleEndian) { hasher.update($0) }
    }
    return hasher.finalize()
  }
}
