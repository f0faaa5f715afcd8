/// `info.json` of a score store: a NumPy record of (score_i, written_i) pairs per row.
import Foundation

struct ScoreManifest {
  var storage: StorageType
  var rowCount: Int
  var queryCount: Int
  var documentCount: Int
  var hasTokenRows: Bool
  var dataFile = "scores.bin"
  /// Bytes from one score to the next within a row.
  var pairSize: Int
  var recordSize: Int
  /// 0.9.1's token scores have no flags; everything counts as written.
  var hasFlags = true

  var byteCount: Int { rowCount * recordSize }

  /// A score and its flag take the next power of two, so that scores stay aligned; the record is padded to 8 bytes.
  init(storage: StorageType, rowCount: Int, queryCount: Int, documentCount: Int, hasTokenRows: Bool) {
    self.storage = storage
    self.rowCount = rowCount
    self.queryCount = queryCount
    self.documentCount = documentCount
    self.hasTokenRows = hasTokenRows
    pairSize = 2 * storage.size
    recordSize = (queryCount * pairSize + 7) / 8 * 8
  }

  var json: JSONValue {
    var names: [JSONValue] = []
    var formats: [JSONValue] = []
    var offsets: [JSONValue] = []
    for query in 0..<queryCount {
      names += [.string("score_\(query)"), .string("written_\(query)")]
      formats += [.string(storage.rawValue), .string("bool")]
      offsets += [.integer(query * pairSize), .integer(query * pairSize + storage.size)]
    }
    return .object([
      "attribute_tokens": .bool(hasTokenRows),
      "num_items": .integer(documentCount),
      "num_rows": .integer(rowCount),
      "num_scores": .integer(queryCount),
      "dtype": .object([
        "names": .array(names), "formats": .array(formats), "offsets": .array(offsets),
        "itemsize": .integer(recordSize),
      ]),
    ])
  }
}

extension ScoreManifest {
  init(contentsOf url: URL) throws {
    let json = try JSONValue(manifest: url)
    func malformed(_ reason: String) -> IndexFileError { .malformed(path: url.path, reason: reason) }
    func count(_ key: String) throws -> Int? {
      guard let value = json[key] else { return nil }
      guard let number = value.integer, number >= 0 else { throw malformed("has no count in '\(key)'") }
      return number
    }
    func storage(_ name: String?) throws -> StorageType {
      guard let name, let storage = StorageType(rawValue: name) else {
        throw IndexFileError.unknownValue(
          path: url.path, key: "dtype", value: name ?? "nothing",
          expected: StorageType.allCases.map(\.rawValue).joined(separator: ", "))
      }
      return storage
    }

    guard let queries = try count("num_scores"), queries > 0, let record = json["dtype"] else {
      throw malformed("has no 'num_scores' and 'dtype'; is this the info.json of a score run?")
    }
    guard let documents = try count("num_items") else { throw malformed("has no 'num_items'") }
    guard let tokens = (json["attribute_tokens"] ?? .bool(false)).bool else {
      throw malformed("has neither true nor false in 'attribute_tokens'")
    }
    // No store is that large, and within the bounds no product below overflows.
    guard queries < 1 << 24, documents < 1 << 36 else { throw malformed("describes more scores than any file has") }

    if case .string(let name) = record {
      // 0.9.1's token scores: bare numbers, [tokens, queries].
      guard let rows = try count("total_tokens"), rows < 1 << 36 else { throw malformed("has no 'total_tokens'") }
      self.init(
        storage: try storage(name), rowCount: rows, queryCount: queries, documentCount: documents, hasTokenRows: true)
      dataFile = "token_scores.bin"
      pairSize = self.storage.size
      recordSize = queries * pairSize
      hasFlags = false
      return
    }
    let rows = try count("num_rows") ?? documents
    guard rows < 1 << 36 else { throw malformed("describes more scores than any file has") }
    self.init(
      storage: try storage(record["formats"]?.array?.first?.string), rowCount: rows, queryCount: queries,
      documentCount: documents, hasTokenRows: tokens)
    guard record == self.json["dtype"] else {
      throw malformed("has a 'dtype' that is not \(queries) pairs of \(self.storage.rawValue) score and written flag")
    }
  }
}
