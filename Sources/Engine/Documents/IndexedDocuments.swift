package import Foundation

/// The documents that the rows of an index are gradients of, found again without a model, for people to read.
package struct IndexedDocuments: Sendable {
  /// One for each row.
  package private(set) var records: Dataset
  private let text: DocumentText

  /// - Parameters:
  ///   - data: what the index was made of, of which `maxTokens` may have repeated rows or left some out.
  ///   - directory: the run that has the index.
  ///   - rowCount: its rows; nil for an aggregate, of which only the records that went into it can be found.
  ///   - columns: what is wanted of the records.
  ///   - repositories: where the data come from when they are not on this disk.
  /// - Throws: what reading the data throws. Whether it has as many rows as the index is for the caller to ask.
  package init(
    of data: DataConfig, maxTokens: Int?, directory: URL, rowCount: Int?, columns: ColumnSelection = .all,
    tokenizer: Tokenizer, _ repositories: any Repositories
  ) throws {
    text = try DocumentText(data, tokenizer: tokenizer)
    if data.chunkLength > 0, rowCount != nil {
      // Chunks exist nowhere but in the run: they are stored with their tokens.
      records = try Dataset(path: directory.appendingPathComponent(ArrowDataset.folderName).path)
      return
    }
    var records = try Dataset(data, repositories, columns: columns)
    if let weighed = try DocumentWeights(DocumentReader(data), { try records.scan($0) }) {
      records = records.selecting(weighed.positions)
    }
    // Rows under --max_tokens are whole passes and a prefix, so that row i is document i modulo their number.
    if maxTokens != nil, let rowCount {
      let count = records.count
      records = records.selecting((0..<rowCount).map { $0 % count })
    }
    self.records = records
  }

  /// Only those at these positions, in this order.
  package func selecting(_ positions: [Int]) -> IndexedDocuments {
    var copy = self
    copy.records = records.selecting(positions)
    return copy
  }

  package var count: Int { records.count }

  package func text(_ row: Int) throws -> String { try text.text(of: records.record(at: row)) }
}
