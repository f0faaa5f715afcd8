/// Cuts documents, joined with the end token after each, into pieces of one length (`--chunk_length`). What is left over
/// at the end belongs to no piece.
struct Chunker {
  struct Chunk: Equatable {
    var ids: [Int32]
    /// For each token its document.
    var documents: [Int]
  }

  let length: Int
  private let end: Int32
  private var ids: [Int32] = []
  private var documents: [Int] = []
  /// Tokens in front of this have been given out.
  private var start = 0

  init(length: Int, end: Int32) {
    precondition(length > 0)
    self.length = length
    self.end = end
  }

  mutating func append(_ tokens: [Int32], of document: Int) {
    ids.removeFirst(start)
    documents.removeFirst(start)
    start = 0
    ids.append(contentsOf: tokens)
    ids.append(end)
    documents.append(contentsOf: repeatElement(document, count: tokens.count + 1))
  }

  /// The next piece that is complete.
  mutating func next() -> Chunk? {
    guard remainder >= length else { return nil }
    let range = start..<start + length
    start += length
    return Chunk(ids: Array(ids[range]), documents: Array(documents[range]))
  }

  /// Tokens that are in no piece yet.
  var remainder: Int { ids.count - start }
}
