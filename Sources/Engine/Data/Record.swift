/// A row of a data file.
package struct Record: Equatable, Sendable {
  /// Counts the rows of the data set from 0, whatever a split leaves out.
  package let row: Int
  /// Path of the file.
  package let file: String
  /// The line on which the row begins, from 1.
  package let line: Int
  package let columns: JSONObject

  package init(row: Int, file: String, line: Int, columns: JSONObject) {
    self.row = row
    self.file = file
    self.line = line
    self.columns = columns
  }

  /// The same row under another number.
  func numbered(_ row: Int) -> Record { Record(row: row, file: file, line: line, columns: columns) }

  /// The value of a column. `flag` is the command line's spelling of the setting that named the column, for the error.
  package func value(_ column: String, flag: String) throws -> JSONValue {
    guard let value = columns[column] else {
      throw DataError.missingColumn(
        file: file, line: line, column: column, existing: columns.keys.sorted(), flag: flag)
    }
    return value
  }

  package func string(_ column: String, flag: String) throws -> String {
    let value = try value(column, flag: flag)
    guard case .string(let text) = value else { throw wrongType(column, value, "a string") }
    return text
  }

  /// A number, or text that is one, as CSV has it; nil for null and for an empty CSV field. May be NaN in CSV.
  package func number(_ column: String, flag: String) throws -> Double? {
    let value = try value(column, flag: flag)
    switch value {
    case .null: return nil
    case .integer(let integer): return Double(integer)
    case .number(let number): return number
    case .string(""): return nil
    case .string(let text):
      guard let number = Double(text) else { throw wrongType(column, value, "a number") }
      return number
    case .bool, .array, .object: throw wrongType(column, value, "a number")
    }
  }

  private func wrongType(_ column: String, _ value: JSONValue, _ expected: String) -> DataError {
    .wrongColumnType(file: file, line: line, column: column, found: value.kind, expected: expected)
  }
}
