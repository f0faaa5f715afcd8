/// What can be wrong with the settings of a run, wherever they came from.
enum ConfigurationError: Error, Equatable, CustomStringConvertible {
  /// Where a setting was given.
  enum Place: Equatable, CustomStringConvertible {
    case file(String, line: Int, key: String)
    case flag(String)

    var description: String {
      switch self {
      case .file(let file, let line, let key): "\(file), line \(line): \(key)"
      case .flag(let name): name
      }
    }
  }

  case unreadable(file: String, reason: String)
  case malformed(file: String, reason: String)
  case unknownKey(Place, suggestion: String?)
  /// A key and its other name, both given.
  case givenTwice(Place, otherName: String)
  case wrongValue(Place, found: String, expected: String)
  /// A setting of the Python tool that this version only has at its default.
  case unsupported(Place, found: String, onlyValue: String)
  case unsupportedCommand(file: String, line: Int, command: String)
  case notConfiguration(file: String, reason: String)
  case wrongCommand(file: String, found: [String], expected: String)
  case sharedPath(file: String, path: String)
  case missing(name: String, meaning: String)
  case conflict(String, String, reason: String)
  /// A value with a language of its own, in the words of who reads it.
  case unreadableValue(reason: String)

  var description: String {
    switch self {
    case .unreadable(let file, let reason):
      "cannot read '\(file)': \(reason)"
    case .malformed(let file, let reason):
      "'\(file)' is not a YAML document: \(reason)"
    case .unknownKey(let place, let suggestion):
      "\(place): there is no such setting" + (suggestion.map { "; did you mean '\($0)'?" } ?? "")
    case .givenTwice(let place, let otherName):
      "\(place): the same setting is given as '\(otherName)' too; keep one of the two"
    case .wrongValue(let place, let found, let expected):
      "\(place): found \(found), expected \(expected)"
    case .unsupported(let place, let found, let onlyValue):
      "\(place): found \(found), but this version of bergson supports only \(onlyValue); remove the line or set it so"
    case .unsupportedCommand(let file, let line, let command):
      "\(file), line \(line): this version of bergson has no step '\(command)'; "
        + "steps are \(RunStep.Command.allCases.map(\.rawValue).joined(separator: ", "))"
    case .notConfiguration(let file, let reason):
      "'\(file)' does not hold the settings of a run: \(reason)"
    case .wrongCommand(let file, let found, let expected):
      "'\(file)' holds the steps \(found.joined(separator: ", ")), expected one step '\(expected)'; "
        + "run all steps of a file with `bergson \(file)`"
    case .sharedPath(let file, let path):
      "'\(file)' has several steps that write to '\(path)': give each a path of its own; with a matrix, "
        + "{projection_dim} in a path stands for the value of that setting"
    case .missing(let name, let meaning):
      "\(name) is missing: \(meaning)"
    case .unreadableValue(let reason): reason
    case .conflict(let first, let second, let reason):
      "\(first) and \(second) exclude each other: \(reason)"
    }
  }
}
