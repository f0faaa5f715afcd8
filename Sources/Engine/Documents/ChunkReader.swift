/// Which documents the tokens of a chunk come from, as runs of tokens: most chunks have few documents.
package struct ChunkOrigin: Sendable, Equatable {
  private var runs: [(document: UInt32, tokens: Int32)] = []

  /// - Parameter documents: for each token the place of its document in the split.
  init(_ documents: [Int]) {
    for document in documents {
      if let last = runs.last, last.document == document {
        runs[runs.count - 1].tokens += 1
      } else {
        runs.append((UInt32(document), 1))
      }
    }
  }

  /// For each token the place of its document in the split.
  package var documents: [Int] { runs.flatMap { repeatElement(Int($0.document), count: Int($0.tokens)) } }

  package static func == (a: ChunkOrigin, b: ChunkOrigin) -> Bool {
    a.runs.elementsEqual(b.runs) { $0 == $1 }
  }
}

/// Joins the documents of a data set and cuts them into chunks, as a stream: neither documents nor chunks are in memory.
struct ChunkReader: ~Copyable {
  private let dataset: Dataset
  private let tokenizer: DocumentTokenizer
  private let limit: Int
  private var chunker: Chunker
  private var rows = TokenRowWriter()
  private var starts = RecordStoreWriter()
  private var origins: [ChunkOrigin] = []
  private var blank = 0

  /// There are as many chunks as are wanted; the rest of the documents need not be read.
  private struct Enough: Error {}

  init(_ dataset: Dataset, _ tokenizer: DocumentTokenizer, limit: Int?) throws {
    self.dataset = dataset
    self.tokenizer = tokenizer
    self.limit = limit ?? .max
    chunker = try tokenizer.chunker()
  }

  var warnings: [String] {
    switch blank {
    case 0: []
    case 1: ["1 document without text is in no chunk"]
    default: ["\(blank) documents without text are in no chunk"]
    }
  }

  mutating func read(workers: Int, isCancelled: () -> Bool) throws {
    let tokenizer = tokenizer
    do {
      try dataset.scan(
        workers: workers, isCancelled: isCancelled, transform: { try tokenizer.plainTokens($0) },
        body: { position, tokens in try append(tokens, position) })
    } catch is Enough {}
  }

  private mutating func append(_ tokens: [Int32]?, _ position: Int) throws {
    guard let tokens else {
      blank += 1
      return
    }
    chunker.append(tokens, of: position)
    while let chunk = chunker.next() {
      guard origins.count < limit else { throw Enough() }
      let first = try dataset.record(at: chunk.documents[0])
      try starts.append(Record(row: origins.count, file: first.file, line: first.line, columns: JSONObject()))
      try rows.append(TokenizedDataset.Row(ids: chunk.ids, labels: chunk.ids))
      origins.append(ChunkOrigin(chunk.documents))
    }
  }

  /// - Throws: `TokenizationError.noChunk`; `SpillError`.
  consuming func finish() throws -> (records: Dataset, tokens: TokenizedDataset, origins: [ChunkOrigin]) {
    guard !origins.isEmpty else {
      throw TokenizationError.noChunk(length: chunker.length, tokens: chunker.remainder)
    }
    let records = dataset.replacing(try starts.finish())
    let origins = origins
    return (records, try rows.finish(), origins)
  }
}
