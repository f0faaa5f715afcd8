/// The columns of a data set that are worth reading.
///
/// A row that lacks one of `required` keeps all of its columns: whoever asks for the missing one then gets an error that
/// names those that are there.
package struct ColumnSelection: Sendable, Equatable {
  /// nil for all.
  private let required: Set<ByteString>?
  private let optional: Set<ByteString>

  package static let all = ColumnSelection(required: nil, optional: [])

  /// - Parameters:
  ///   - required: columns without which rows are of no use.
  ///   - optional: columns that are read where they are there.
  package init(required: some Sequence<String>, optional: some Sequence<String> = []) {
    self.init(required: Set(required.map { ByteString($0) }), optional: Set(optional.map { ByteString($0) }))
  }

  private init(required: Set<ByteString>?, optional: Set<ByteString>) {
    self.required = required
    self.optional = optional
  }

  /// Whether each of these columns is wanted.
  func wants(_ columns: [String]) -> [Bool] {
    let names = columns.map { ByteString($0) }
    guard let required, required.isSubset(of: names) else { return names.map { _ in true } }
    return names.map { required.contains($0) || optional.contains($0) }
  }

  /// The record without columns that are not wanted.
  func applied(to record: Record) -> Record {
    if required == nil { return record }
    let wanted = wants(record.columns.keys)
    if wanted.allSatisfy(\.self) { return record }
    let columns = JSONObject(zip(record.columns, wanted).filter(\.1).map(\.0))
    return Record(row: record.row, file: record.file, line: record.line, columns: columns)
  }
}
