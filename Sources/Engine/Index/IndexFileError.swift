/// What can be wrong with the files of an index, a score store or a stored data set.
package enum IndexFileError: Error, Equatable, CustomStringConvertible {
  /// The file breaks its format. `reason` completes "'<path>' ...".
  case malformed(path: String, reason: String)
  case wrongSize(path: String, bytes: Int, expected: Int, layout: String)
  case unknownModules(path: String, missing: [String], known: [String])
  case doesNotFit(path: String, row: Int, value: Float, storage: StorageType)
  case unknownValue(path: String, key: String, value: String, expected: String)
  case unknownKey(path: String, key: String, known: [String])

  package var description: String {
    switch self {
    case .malformed(let path, let reason):
      "'\(path)' \(reason)"
    case .wrongSize(let path, let bytes, let expected, let layout):
      "'\(path)' has \(bytes) bytes, expected \(expected) (\(layout)); the file is cut short or belongs to another run"
    case .unknownModules(let path, let missing, let known):
      "'\(path)' has no gradients of \(Self.list(missing)); it has \(Self.list(known))"
    case .doesNotFit(let path, let row, let value, let storage):
      "'\(path)' cannot hold \(value) of row \(row) as \(storage.rawValue) (at most \(storage.largest)); use fp32"
    case .unknownValue(let path, let key, let value, let expected):
      "'\(path)' has \(key): \(value), expected \(expected)"
    case .unknownKey(let path, let key, let known):
      "'\(path)' has the setting '\(key)', which this version does not know; it knows \(known.joined(separator: ", "))"
    }
  }

  private static func list(_ names: [String]) -> String {
    let shown = names.prefix(8).map { "'\($0)'" }.joined(separator: ", ")
    return names.count > 8 ? shown + " and \(names.count - 8) more" : shown
  }
}
