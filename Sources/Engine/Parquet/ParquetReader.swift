import Foundation

/// `.parquet`: rows of a Parquet file, in memory bounded by one page and the dictionary of each column.
///
/// The file is mapped; pages are decompressed as rows need them. What values become is said at `ParquetValueType`.
/// Structures become objects, lists arrays, and maps arrays of their entries, objects of `key` and `value` as the file
/// names them: keys need not be text, and may occur twice.
///
/// The format has no lines: `Record.line` is the row's number from 1.
struct ParquetReader: RecordReader {
  private let map: MemoryMap
  private let rowLimit: Int
  private let schema: ParquetSchema
  /// Columns of the file.
  private let columnCount: Int
  private let rowGroups: [ParquetMetadata.RowGroup]
  private var row = 0
  /// The next row group to open.
  private var rowGroup = 0
  private var rows: ParquetRowAssembler?
  /// Rows of the open row group that have not been read.
  private var remaining = 0

  /// A row may take `rowLimit` bytes: text, and the memory of its values, since lists of a billion nulls fit into a few
  /// bytes of a file.
  init(
    _ file: URL, columns: ColumnSelection = .all, rowLimit: Int = BufferedBytes.maximumRowBytes
  ) throws {
    self.rowLimit = rowLimit
    map = try MemoryMap(file)
    do {
      let metadata = try ParquetMetadata(file: map.bytes)
      var schema = try ParquetSchema(metadata.schema)
      columnCount = schema.columns.count
      schema.keep(columns.wants(schema.fields.map(\.name)))
      self.schema = schema
      rowGroups = metadata.rowGroups
    } catch let problem as ParquetError.Problem {
      throw ParquetError(file: file.path, place: .footer, problem: problem)
    }
  }

  mutating func next() throws -> Record? {
    try located { reader in
      while reader.remaining == 0 {
        guard try reader.closeRowGroup() else { return nil }
        try reader.openRowGroup()
      }
      guard let columns = try reader.rows?.row() else { return nil }
      reader.remaining -= 1
      defer { reader.row += 1 }
      return Record(row: reader.row, file: reader.map.url.path, line: reader.row + 1, columns: columns)
    }
  }

  /// Row groups that lie within what is skipped are not opened.
  mutating func skip(_ limit: Int) throws -> Int {
    try located { reader in
      var skipped = 0
      while skipped < limit {
        if reader.remaining > 0 {
          _ = try reader.rows?.row()
          reader.remaining -= 1
          reader.row += 1
          skipped += 1
          continue
        }
        guard try reader.closeRowGroup() else { break }
        let count = reader.rowGroups[reader.rowGroup].rowCount
        if count <= limit - skipped {
          reader.rowGroup += 1
          reader.row += count
          skipped += count
        } else {
          try reader.openRowGroup()
        }
      }
      return skipped
    }
  }

  private mutating func located<Result>(_ body: (inout ParquetReader) throws -> Result) throws -> Result {
    do {
      return try body(&self)
    } catch let found as ParquetRowAssembler.Located {
      let place = ParquetError.Place.column(found.path, rowGroup: rowGroup - 1)
      throw ParquetError(file: map.url.path, place: place, problem: found.problem)
    }
  }

  /// False where no row group follows.
  private mutating func closeRowGroup() throws -> Bool {
    try rows?.finish()
    rows = nil
    return rowGroup < rowGroups.count
  }

  private mutating func openRowGroup() throws {
    let group = rowGroups[rowGroup]
    guard group.columns.count == columnCount else {
      throw ParquetError(
        file: map.url.path, place: .footer,
        problem: .columnCount(found: group.columns.count, expected: columnCount))
    }
    let columns = try zip(schema.columns, schema.chunks).map { column, chunk in
      let chunk = group.columns[chunk]
      do {
        return try ParquetColumnReader(column, chunk, map)
      } catch let problem as ParquetError.Problem {
        let place = ParquetError.Place.column(column.path, rowGroup: rowGroup)
        throw ParquetError(file: map.url.path, place: place, problem: problem)
      }
    }
    rows = ParquetRowAssembler(schema.fields, columns, rowCount: group.rowCount, rowLimit: rowLimit)
    remaining = group.rowCount
    rowGroup += 1
  }
}
