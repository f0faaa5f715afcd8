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
  private let rowGroups: [ParquetMetadata.RowGroup]
  private var row = 0
  /// The next row group to open.
  private var rowGroup = 0
  private var rows: ParquetRowAssembler?
  /// Rows of the open row group that have not been read.
  private var remaining = 0

  /// A row may take `rowLimit` bytes: text, and the memory of its values, since lists of a billion nulls fit into a few
  /// bytes of a file.
  init(_ file: URL, rowLimit: Int = BufferedBytes.maximumRowBytes) throws {
    self.rowLimit = rowLimit
    map = try MemoryMap(file)
    do {
      let metadata = try ParquetMetadata(file: map.bytes)
      schema = try ParquetSchema(metadata.schema)
      rowGroups = metadata.rowGroups
    } catch let problem as ParquetError.Problem {
      throw ParquetError(file: file.path, place: .footer, problem: problem)
    }
  }

  mutating func next() throws -> Record? {
    do {
      while remaining == 0 {
        try rows?.finish()
        rows = nil
        guard rowGroup < rowGroups.count else { return nil }
        try openRowGroup()
      }
      guard let columns = try rows?.row() else { return nil }
      remaining -= 1
      defer { row += 1 }
      return Record(row: row, file: map.url.path, line: row + 1, columns: columns)
    } catch let found as ParquetRowAssembler.Located {
      let place = ParquetError.Place.column(found.path, rowGroup: rowGroup - 1)
      throw ParquetError(file: map.url.path, place: place, problem: found.problem)
    }
  }

  private mutating func openRowGroup() throws {
    let group = rowGroups[rowGroup]
    guard group.columns.count == schema.columns.count else {
      throw ParquetError(
        file: map.url.path, place: .footer,
        problem: .columnCount(found: group.columns.count, expected: schema.columns.count))
    }
    let columns = try zip(schema.columns, group.columns).map { column, chunk in
      let bytes = UnsafeRawBufferPointer(rebasing: map.bytes[chunk.start..<chunk.start + chunk.byteCount])
      do {
        return try ParquetColumnReader(column, chunk, bytes)
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
