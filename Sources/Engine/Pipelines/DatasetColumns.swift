import Foundation

/// The data set that a run stores beside its index: `length` and `loss` of every document, its `advantage` where losses
/// are weighted and, unless columns are dropped, what the documents came with. Chunks, which are nowhere else, are stored
/// with their tokens (`input_ids`) and for each the place of its document in the split (`doc_ids`).
enum DatasetColumns {
  static func write(_ inputs: CollectionInputs, losses: [Double], to directory: URL) throws {
    var columns: [ArrowColumn] = []
    if !inputs.configuration.dropColumns {
      let records = inputs.records.rows
      var names: Set<ByteString> = []
      for record in records { names.formUnion(record.columns.lazy.map { ByteString($0.key) }) }
      let own = ["length", "loss"] + (inputs.documents.weights == nil ? [] : ["advantage"])
      names.subtract(own.map { ByteString($0) })
      columns = names.map(\.string).sorted().map { name in
        ArrowColumn(name, values(of: records.map { $0.columns[name] ?? .null }))
      }
    }
    if let chunks = inputs.documents.chunks {
      columns.append(ArrowColumn("input_ids", .int64Lists(inputs.tokens.rows.map { $0.ids.map(Int64.init) })))
      columns.append(ArrowColumn("doc_ids", .int64Lists(chunks.map { $0.map(Int64.init) })))
    }
    if let weights = inputs.documents.weights { columns.append(ArrowColumn("advantage", .float64(weights))) }
    columns.append(ArrowColumn("length", .int64(inputs.tokens.lengths.map(Int64.init))))
    columns.append(ArrowColumn("loss", .float32(losses.map(Float.init))))
    try ArrowDataset.write(columns, to: directory.appendingPathComponent(ArrowDataset.folderName))
  }

  /// Columns of one type keep it; anything else, nulls included, is stored as its JSON text.
  private static func values(of column: [JSONValue]) -> ArrowColumn.Values {
    let strings = column.compactMap { if case .string(let text) = $0 { text } else { nil } }
    if strings.count == column.count { return .utf8(strings) }
    let integers = column.compactMap { if case .integer(let integer) = $0 { Int64(integer) } else { nil } }
    if integers.count == column.count { return .int64(integers) }
    let numbers = column.compactMap { value -> Double? in
      switch value {
      case .integer(let integer): Double(integer)
      case .number(let number): number
      default: nil
      }
    }
    if numbers.count == column.count { return .float64(numbers) }
    return .utf8(column.map { String(decoding: $0.canonicalBytes, as: UTF8.self) })
  }
}
