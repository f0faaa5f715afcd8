package import Foundation

/// `.arrow`: a stream or file of Arrow's interchange format, as `save_to_disk` and the cache of Hugging Face `datasets`
/// have them. One batch is held at a time; the file is mapped, not read.
///
/// Text, lists, structs, numbers, booleans, missing values, dates and times become JSON values: dates and times as ISO
/// 8601 text, numbers that are not finite as text. Other types are refused by name.
package struct ArrowRecordReader: RecordReader {
  private let map: MemoryMap
  private let file: String
  private var messages: ArrowMessages
  private let schema: ArrowSchema
  /// Whether each column is wanted.
  private let wanted: [Bool]
  private var dictionaries: [Int: [JSONValue]] = [:]
  private var columns: [(name: String, vector: ArrowVector)] = []
  /// Rows of the current batch, and those of it that were given out.
  private var batchRows = 0
  private var taken = 0
  private var row = 0
  /// Bytes of the file that nothing refers to any more.
  private var passed = 0

  package init(_ file: URL, columns: ColumnSelection = .all) throws {
    map = try MemoryMap(file)
    map.adviseSequential()
    let path = file.path
    self.file = path
    (messages, schema) = try Self.bounded(path) { [map] in
      var messages = try ArrowMessages(map.bytes)
      guard let first = try messages.next(), first.tag == ArrowMessageTag.schema else {
        throw FlatBufferReader.OutOfBounds()
      }
      return (messages, try ArrowSchema(first.header, first.metadata, file: path))
    }
    wanted = columns.wants(schema.fields.map(\.name))
  }

  /// A row's line is its number from 1: the format has no lines.
  package mutating func next() throws -> Record? {
    while taken == batchRows {
      guard try readBatch() else { return nil }
    }
    defer {
      taken += 1
      row += 1
    }
    let members = try columns.map { column in
      do {
        return (key: column.name, value: try column.vector.value(taken))
      } catch ArrowValueError.notUTF8 {
        throw DataError.notUTF8(file: file, line: row + 1)
      } catch ArrowValueError.outsideDictionary {
        throw DataError.malformedArrow(
          file: file, reason: "refers to what is not in the dictionary of column '\(column.name)' in row \(row)")
      }
    }
    return Record(row: row, file: file, line: row + 1, columns: JSONObject(members))
  }

  /// Values that are skipped are not looked at.
  package mutating func skip(_ limit: Int) throws -> Int {
    var skipped = 0
    while skipped < limit {
      if taken == batchRows, try !readBatch() { break }
      let count = min(batchRows - taken, limit - skipped)
      taken += count
      skipped += count
    }
    row += skipped
    return skipped
  }

  /// Reads messages up to the next batch of rows; false at the end.
  private mutating func readBatch() throws -> Bool {
    columns = []
    (batchRows, taken) = (0, 0)
    map.release(passed..<messages.offset)
    passed = messages.offset
    while true {
      let message = try Self.bounded(file) { try messages.next() }
      guard let message else { return false }
      switch message.tag {
      case ArrowMessageTag.dictionaryBatch: try Self.bounded(file) { try readDictionary(message) }
      case ArrowMessageTag.recordBatch:
        try Self.bounded(file) {
          var batch = try ArrowBatch(message.header, message, owner: map, file: file)
          let stored = try schema.fields.map {
            (name: $0.name, vector: try ArrowVector($0, from: &batch, dictionaries: dictionaries))
          }
          guard batch.rowCount >= 0, stored.allSatisfy({ $0.vector.count == batch.rowCount }),
            !stored.isEmpty || batch.rowCount == 0
          else { throw DataError.malformedArrow(file: file, reason: "has columns of different lengths in one batch") }
          columns = zip(stored, wanted).filter(\.1).map(\.0)
          batchRows = batch.rowCount
        }
        return true
      default:
        throw DataError.malformedArrow(
          file: file, reason: "has a message that is neither a dictionary nor a batch of rows")
      }
    }
  }

  /// DictionaryBatch: id, data (a batch of one column), isDelta. Values are made once, and shared by the rows that name
  /// them.
  private mutating func readDictionary(_ message: ArrowMessages.Message) throws {
    let id = Int(try message.metadata.integer(0, of: message.header, default: Int64(0)))
    guard let field = schema.dictionaries[id], let header = try message.metadata.table(1, of: message.header) else {
      throw DataError.malformedArrow(file: file, reason: "has a dictionary that no column uses")
    }
    var batch = try ArrowBatch(header, message, owner: map, file: file)
    let vector = try ArrowVector(field, from: &batch, dictionaries: [:])
    let values: [JSONValue]
    do {
      values = try (0..<vector.count).map { try vector.value($0) }
    } catch is ArrowValueError {
      throw DataError.malformedArrow(
        file: file, reason: "has text that is not UTF-8 in the dictionary of column '\(field.name)'")
    }
    let isDelta = try message.metadata.integer(2, of: message.header, default: UInt8(0)) != 0
    dictionaries[id] = isDelta ? (dictionaries[id] ?? []) + values : values
  }

  /// Offsets that lead out of the file are the user's to hear of.
  private static func bounded<Result>(_ file: String, _ body: () throws -> Result) throws -> Result {
    do {
      return try body()
    } catch is FlatBufferReader.OutOfBounds {
      throw DataError.malformedArrow(file: file, reason: "is cut short or no Arrow data")
    }
  }
}
