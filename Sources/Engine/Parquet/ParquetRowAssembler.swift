/// Puts rows of a row group together from the entries of its columns: the inverse of Dremel's record shredding.
///
/// A repetition level says at which of the lists above it an entry begins a new element, 0 for a new row. A definition
/// level says how many of the fields that may be absent are there. Columns below one list or group tell the same story
/// of it; where they do not, the row is refused.
/// "Dremel: Interactive Analysis of Web-Scale Datasets", https://research.google/pubs/pub36632
struct ParquetRowAssembler {
  private let fields: [ParquetField]
  private let columns: [ParquetColumnReader]
  private let rowCount: Int
  private let rowLimit: Int
  /// Bytes that the current row may still take.
  private var budget = 0

  private static let valueSize = MemoryLayout<JSONValue>.stride

  init(_ fields: [ParquetField], _ columns: [ParquetColumnReader], rowCount: Int, rowLimit: Int) {
    self.fields = fields
    self.columns = columns
    self.rowCount = rowCount
    self.rowLimit = rowLimit
  }

  /// The next row. There must be one.
  mutating func row() throws -> JSONObject {
    budget = rowLimit
    for column in columns {
      guard let levels = column.levels else { throw Located(.rowsEndEarly(expected: rowCount), column) }
      guard levels.repetition == 0 else { throw Located(.levelsDisagree, column) }
    }
    return try structure(fields)
  }

  /// To be called behind the last row.
  func finish() throws {
    for column in columns where column.levels != nil { throw Located(.rowsGoOn(expected: rowCount), column) }
  }

  /// A problem with the column that has it.
  struct Located: Error {
    let problem: ParquetError.Problem
    let path: String

    init(_ problem: ParquetError.Problem, _ column: ParquetColumnReader) {
      self.problem = problem
      path = column.column.path
    }
  }

  private mutating func structure(_ fields: [ParquetField]) throws -> JSONObject {
    var members: [JSONObject.Element] = []
    members.reserveCapacity(fields.count)
    for field in fields { members.append((field.name, try value(field.shape))) }
    return JSONObject(members)
  }

  private mutating func value(_ shape: ParquetShape) throws -> JSONValue {
    switch shape {
    case .leaf(let index): return try take(columns[index])
    case .structure(let fields): return .object(try structure(fields))
    case .optional(let inner, let definition, let leaves):
      if try isPresent(leaves, definition) { return try value(inner) }
      try skip(leaves)
      return .null
    case .list(let element, let repetition, let definition, let leaves):
      guard try isPresent(leaves, definition) else {
        try skip(leaves)
        return .array([])
      }
      var elements: [JSONValue] = []
      repeat { elements.append(try value(element)) } while try goesOn(leaves, repetition)
      return .array(elements)
    }
  }

  private mutating func take(_ column: ParquetColumnReader) throws -> JSONValue {
    let value: JSONValue
    do {
      // A column that ended inside of a group has fewer entries than its neighbours.
      guard column.levels != nil else { throw ParquetError.Problem.levelsDisagree }
      value = try column.take()
    } catch let problem as ParquetError.Problem {
      throw Located(problem, column)
    }
    budget -= Self.valueSize + Self.size(value)
    guard budget >= 0 else { throw Located(.rowTooLarge(limit: rowLimit), column) }
    return value
  }

  private static func size(_ value: JSONValue) -> Int {
    switch value {
    case .string(let text): text.utf8.count
    // Base64 text.
    case .object(let members): members.reduce(0) { $0 + size($1.value) }
    case .null, .bool, .integer, .number, .array: 0
    }
  }

  /// The entries that say that something above them is null or empty.
  private mutating func skip(_ leaves: Range<Int>) throws {
    for index in leaves { _ = try take(columns[index]) }
  }

  private func isPresent(_ leaves: Range<Int>, _ definition: Int) throws -> Bool {
    try agree(leaves) { ($0?.definition ?? 0) >= definition }
  }

  /// Whether another element of the list begins, and not one of a list above or another row.
  private func goesOn(_ leaves: Range<Int>, _ repetition: Int) throws -> Bool {
    for index in leaves where (columns[index].levels?.repetition ?? 0) > repetition {
      // An element of a list inside, which is null or at its end.
      throw Located(.levelsDisagree, columns[index])
    }
    return try agree(leaves) { $0?.repetition == repetition }
  }

  private func agree(_ leaves: Range<Int>, _ holds: (ParquetColumnReader.Levels?) -> Bool) throws -> Bool {
    let first = holds(columns[leaves.lowerBound].levels)
    for index in leaves.dropFirst() where holds(columns[index].levels) != first {
      throw Located(.levelsDisagree, columns[index])
    }
    return first
  }
}
