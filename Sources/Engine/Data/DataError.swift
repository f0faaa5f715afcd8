/// What is wrong with a data file, or with what was asked of it. `file` is a path, lines count from 1.
package enum DataError: Error, Equatable {
  // Opening.
  case noSuchFile(path: String)
  case noSubsets(path: String)
  case unknownSplit(dataset: String, split: String, known: [String])
  /// `reason` completes "'<path>' ...".
  case malformedFolder(path: String, reason: String)
  case layout(dataset: String, DatasetLayoutError)
  case missingShards(dataset: String, split: String, found: Int)
  case unsupportedFormat(path: String, found: String)

  // Compression.
  case truncatedCompression(file: String)
  case corruptCompression(file: String, reason: String)

  // Rows of any format.
  case notUTF8(file: String, line: Int)
  case rowTooLong(file: String, line: Int, limit: Int)
  case rowNotAnObject(file: String, line: Int, found: String, excerpt: String)
  case malformedJSON(file: String, line: Int, problem: JSONError.Problem, excerpt: String)

  // JSON documents.
  case noArrayOfObjects(file: String)
  case twoArraysOfObjects(file: String, first: String, second: String)
  case textAfterDocument(file: String, line: Int)

  // CSV.
  case noHeader(file: String)
  case duplicateColumn(file: String, column: String)
  case raggedRow(file: String, line: Int, found: Int, expected: Int)
  case unterminatedQuote(file: String, line: Int)
  case textAfterQuote(file: String, line: Int)
  case quoteInsideField(file: String, line: Int)

  // Arrow.
  /// `reason` completes "'<file>' ...".
  case malformedArrow(file: String, reason: String)
  case unsupportedColumn(file: String, column: String, type: String)

  // Asking.
  /// `total` is nil where the split needed no more than the front of the file.
  case noRows(file: String, split: String, total: Int?)
  case missingColumn(file: String, line: Int, column: String, existing: [String], flag: String)
  case wrongColumnType(file: String, line: Int, column: String, found: String, expected: String)
}

extension DataError: CustomStringConvertible {
  package var description: String {
    switch self {
    case .noSuchFile(let path): "there is no file or folder '\(path)'"
    case .noSubsets(let path): "'\(path)' has no subsets; leave --subset out"
    case .unknownSplit(let dataset, let split, let known):
      "'\(dataset)' has no split '\(split)'; it has \(known.map { "'\($0)'" }.joined(separator: ", "))"
    case .malformedFolder(let path, let reason): "'\(path)' \(reason)"
    case .layout(let dataset, let error): "the data set '\(dataset)': \(error)"
    case .missingShards(let dataset, let split, let found):
      "only \(found) of the files of split '\(split)' of '\(dataset)' are in the cache; download the rest: unset "
        + "HF_HUB_OFFLINE"
    case .unsupportedFormat(let path, let found):
      "'\(path)' has the extension '\(found)', expected \(RecordFormat.supported)"
    case .truncatedCompression(let file):
      "'\(file)' ends in the middle of its compressed data; was the download cut off?"
    case .corruptCompression(let file, let reason): "'\(file)' cannot be decompressed: \(reason)"
    case .notUTF8(let file, let line): "\(file):\(line): the text is not UTF-8"
    case .rowTooLong(let file, let line, let limit): "\(file):\(line): the row is longer than \(limit) bytes"
    case .rowNotAnObject(let file, let line, let found, let excerpt):
      "\(file):\(line): the row is \(found), expected a JSON object: \(excerpt)"
    case .malformedJSON(let file, let line, let problem, let excerpt): "\(file):\(line): \(problem): \(excerpt)"
    case .noArrayOfObjects(let file):
      "'\(file)' holds neither an array of objects nor an object with one; if every line is an object of its own,"
        + " name the file .jsonl"
    case .twoArraysOfObjects(let file, let first, let second):
      "'\(file)' holds two arrays of objects, '\(first)' and '\(second)'; which are the rows? Keep one in the file"
    case .textAfterDocument(let file, let line):
      "\(file):\(line): more text after the JSON value; if every line is an object of its own, name the file .jsonl"
    case .noHeader(let file): "'\(file)' is empty, expected a first row with the names of the columns"
    case .duplicateColumn(let file, let column): "'\(file)' has two columns named '\(column)'"
    case .raggedRow(let file, let line, let found, let expected):
      "\(file):\(line): the row has \(found) fields, the header \(expected); is a comma outside of quotes?"
    case .unterminatedQuote(let file, let line): "\(file):\(line): the quote that opens here is never closed"
    case .textAfterQuote(let file, let line):
      "\(file):\(line): text after a closing quote; a quote inside a quoted field is written twice"
    case .quoteInsideField(let file, let line):
      "\(file):\(line): a quote inside an unquoted field; quote the field and write the quote twice"
    case .malformedArrow(let file, let reason): "'\(file)' \(reason)"
    case .unsupportedColumn(let file, let column, let type):
      "'\(file)' has the column '\(column)' of type \(type), which is not read;"
        + " remove it with remove_columns('\(column)') of Python's datasets"
    case .noRows(let file, let split, let total):
      "the split '\(split)' selects no row of '\(file)'" + (total.map { ", which has \($0)" } ?? "")
    case .missingColumn(let file, let line, let column, let existing, let flag):
      "\(file):\(line): no column '\(column)'; there are \(existing.map { "'\($0)'" }.joined(separator: ", ")):"
        + " choose one with \(flag)"
    case .wrongColumnType(let file, let line, let column, let found, let expected):
      "\(file):\(line): column '\(column)' is \(found), expected \(expected)"
    }
  }
}
