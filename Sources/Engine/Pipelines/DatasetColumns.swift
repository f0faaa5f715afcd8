import Foundation

/// The data set that a run stores beside its index: `length` and `loss` of every document, its `advantage` where losses
/// are weighted and, unless columns are dropped, what the documents came with. Chunks, which are nowhere else, are stored
/// with their tokens (`input_ids`) and for each the place of its document in the split (`doc_ids`).
///
/// Rows are passed over twice, once for the types of their columns and once to write them: no column is ever in memory.
struct DatasetColumns {
  private static let length = ArrowType.Field("length", .int64)
  private static let loss = ArrowType.Field("loss", .float32)
  private static let advantage = ArrowType.Field("advantage", .float64)
  private static let tokens = ArrowType.Field("input_ids", .list(.int64))
  private static let origins = ArrowType.Field("doc_ids", .list(.int64))
  /// Text of a batch; thousand rows usually have less.
  private static let batchBytes = 32 << 20

  /// The columns that documents came with, by name.
  private let fields: [ArrowType.Field]
  private let inputs: CollectionInputs
  private let losses: [Float]
  private var writer: ArrowDatasetWriter

  static func write(_ inputs: CollectionInputs, losses: [Float], to directory: URL) throws {
    var columns = try DatasetColumns(inputs, losses, directory)
    try columns.writeRows()
  }

  private init(_ inputs: CollectionInputs, _ losses: [Float], _ directory: URL) throws {
    self.inputs = inputs
    self.losses = losses
    var own = [Self.length, Self.loss]
    if inputs.documents.weights != nil { own.insert(Self.advantage, at: 0) }
    if inputs.documents.chunks != nil { own.insert(contentsOf: [Self.tokens, Self.origins], at: 0) }
    fields = inputs.configuration.dropColumns ? [] : try Self.fields(of: inputs.records, without: own)
    writer = try ArrowDatasetWriter(
      fields + own, to: directory.appendingPathComponent(ArrowDataset.folderName))
  }

  private static func fields(of records: Dataset, without own: [ArrowType.Field]) throws -> [ArrowType.Field] {
    var types: [ByteString: ArrowTypeInference] = [:]
    try records.scan { _, record in
      for (key, value) in record.columns { types[ByteString(key), default: ArrowTypeInference()].add(value) }
    }
    for field in own { types[ByteString(field.name)] = nil }
    return types.map { ArrowType.Field($0.key.string, $0.value.type) }.sorted { $0.name < $1.name }
  }

  private mutating func writeRows() throws {
    if fields.isEmpty {
      for start in stride(from: 0, to: losses.count, by: ArrowDatasetWriter.rowsPerBatch) {
        try write([], start..<min(start + ArrowDatasetWriter.rowsPerBatch, losses.count))
      }
    } else {
      var rows: [JSONObject] = []
      var bytes = 0
      try inputs.records.scan { position, record in
        rows.append(record.columns)
        bytes += Self.size(.object(record.columns))
        if rows.count == ArrowDatasetWriter.rowsPerBatch || bytes > Self.batchBytes || position + 1 == losses.count {
          try write(rows, position + 1 - rows.count..<position + 1)
          rows.removeAll(keepingCapacity: true)
          bytes = 0
        }
      }
    }
    try writer.finish()
  }

  private mutating func write(_ rows: [JSONObject], _ positions: Range<Int>) throws {
    var columns = fields.map { field in
      ArrowColumn(field.name, .json(field.type, rows.map { $0[field.name] ?? .null }))
    }
    if let chunks = inputs.documents.chunks {
      let tokens = try positions.map { try inputs.tokens.row(at: $0).ids.map(Int64.init) }
      columns.append(ArrowColumn(Self.tokens.name, .int64Lists(tokens)))
      columns.append(
        ArrowColumn(Self.origins.name, .int64Lists(positions.map { chunks[$0].documents.map(Int64.init) })))
    }
    if let weights = inputs.documents.weights {
      columns.append(ArrowColumn(Self.advantage.name, .float64(Array(weights[positions]))))
    }
    columns.append(ArrowColumn(Self.length.name, .int64(inputs.tokens.lengths[positions].map(Int64.init))))
    columns.append(ArrowColumn(Self.loss.name, .float32(Array(losses[positions]))))
    try writer.append(columns)
  }

  /// About as many bytes as a value takes.
  private static func size(_ value: JSONValue) -> Int {
    switch value {
    case .string(let text): text.utf8.count + MemoryLayout<JSONValue>.stride
    case .array(let values): values.reduce(MemoryLayout<JSONValue>.stride) { $0 + size($1) }
    case .object(let members): members.reduce(MemoryLayout<JSONValue>.stride) { $0 + size($1.value) }
    default: MemoryLayout<JSONValue>.stride
    }
  }
}
