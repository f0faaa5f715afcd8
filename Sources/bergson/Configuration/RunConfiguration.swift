/// Configuration files: the steps that a run recorded, or that a user wrote down.
///
/// Three forms are read:
/// - `steps:`, as the newest release of the Python tool and this project write it in `config.yaml`, and with it perhaps
///   `matrix:` (`SettingMatrix`);
/// - one step's sections without it (`index_cfg:`, `preprocess_cfg:`, …);
/// - the flat files of version 0.9.1, one section each: `index_config.yaml` with `preprocess_config.yaml`,
///   `score_config.yaml` or `query_config.yaml` beside it. Naming one reads those beside it that the command takes.
import Engine
import Foundation

enum RunConfiguration {
  /// Reads a file with `steps:`.
  ///
  /// - Throws: `ConfigurationError`, naming file, line and key.
  static func read(_ file: String) throws -> [RunStep] {
    let root = try parse(file)
    guard let steps = root["steps"] else {
      throw ConfigurationError.notConfiguration(
        file: file, reason: "it has no `steps:`; name the command that it is for: `bergson COMMAND \(file)`")
    }
    return try readSteps(steps, root: root, file: file)
  }

  /// Reads the settings of one command from a file in any of the forms.
  ///
  /// - Returns: The step, and whether the file is a flat one of version 0.9.1.
  /// - Throws: `ConfigurationError`, naming file, line and key.
  static func read(_ file: String, for command: RunStep.Command) throws -> (step: RunStep, isFlat: Bool) {
    let root = try parse(file)
    if let steps = root["steps"] {
      let steps = try readSteps(steps, root: root, file: file)
      guard steps.count == 1, steps[0].command == command else {
        throw ConfigurationError.wrongCommand(
          file: file, found: steps.map(\.command.rawValue), expected: command.rawValue)
      }
      return (steps[0], false)
    }
    if RunStep.SectionName.allCases.contains(where: { root[$0.rawValue] != nil }) {
      let place = FilePlace(file: file, key: "", line: root.line)
      return (try readSections(root, of: command, at: place), false)
    }
    return (try readFlat(root, file: file, for: command), true)
  }

  private static func parse(_ file: String) throws -> YAMLValue {
    let text: String
    do {
      text = try String(contentsOfFile: file, encoding: .utf8)
    } catch let error as CocoaError where error.code == .fileReadNoSuchFile {
      throw ConfigurationError.unreadable(file: file, reason: "there is no such file")
    } catch {
      throw ConfigurationError.unreadable(file: file, reason: error.localizedDescription)
    }
    let root = try YAMLValue(parsing: text, file: file)
    guard case .mapping = root.kind else {
      throw ConfigurationError.notConfiguration(file: file, reason: "found \(root.description), expected a mapping")
    }
    return root
  }

  // MARK: steps:

  private static func readSteps(_ steps: YAMLValue, root: YAMLValue, file: String) throws -> [RunStep] {
    let known = ["steps", "matrix", "metadata"]
    for entry in root.entries where !known.contains(entry.key) {
      throw ConfigurationError.unknownKey(
        .file(file, line: entry.line, key: entry.key), suggestion: Spelling.nearest(to: entry.key, among: known))
    }
    let place = FilePlace(file: file, key: "steps", line: steps.line)
    guard case .list(let items) = steps.kind, !items.isEmpty else {
      throw ConfigurationError.wrongValue(place.error, found: steps.description, expected: "a list of steps")
    }
    let expanded = try root["matrix"].map { try SettingMatrix($0, file: file).expanded(items) } ?? items
    let read = try expanded.map { item in
      guard item.entries.count == 1, let entry = item.entries.first else {
        throw ConfigurationError.wrongValue(
          .file(file, line: item.line, key: "steps"), found: item.description,
          expected: "one command and its sections, as in `- build: {index_cfg: …}`")
      }
      guard let command = RunStep.Command(rawValue: entry.key) else {
        throw ConfigurationError.unsupportedCommand(file: file, line: entry.line, command: entry.key)
      }
      return try readSections(entry.value, of: command, at: FilePlace(file: file, key: entry.key, line: entry.line))
    }
    if let path = Self.pathGivenTwice(read) { throw ConfigurationError.sharedPath(file: file, path: path) }
    return read
  }

  /// A path at which a step would find the run of an earlier one, and stop.
  private static func pathGivenTwice(_ steps: [RunStep]) -> String? {
    var seen: Set<String> = []
    return steps.first { step in
      guard let path = step.runPath, !path.isEmpty else { return false }
      return !seen.insert(path).inserted && !step.index.overwrite
    }?.runPath
  }

  private static func readSections(
    _ yaml: YAMLValue, of command: RunStep.Command, at place: FilePlace
  ) throws -> RunStep {
    guard case .mapping(let entries) = yaml.kind else {
      throw ConfigurationError.wrongValue(place.error, found: yaml.description, expected: "a mapping of sections")
    }
    var step = RunStep(command)
    for entry in entries {
      let place = place.appending(entry)
      guard let section = command.sections.first(where: { $0.rawValue == entry.key }) else {
        throw ConfigurationError.unknownKey(
          place.error,
          suggestion: Spelling.nearest(to: entry.key, among: command.sections.map(\.rawValue)))
      }
      try step.read(section, from: entry.value, at: place)
    }
    return step
  }

  // MARK: Version 0.9.1

  private static func readFlat(_ root: YAMLValue, file: String, for command: RunStep.Command) throws -> RunStep {
    let url = URL(fileURLWithPath: file)
    let flatFiles = command.sections.map(\.flatFile)
    guard flatFiles.contains(url.lastPathComponent) else {
      throw ConfigurationError.notConfiguration(
        file: file,
        reason: "expected `steps:`, sections (\(command.sections.map(\.rawValue).joined(separator: ", "))) "
          + "or a file named \(flatFiles.joined(separator: ", ")) as version 0.9.1 wrote for `\(command.rawValue)`")
    }
    var step = RunStep(command)
    for section in command.sections {
      let path = Self.sibling(named: section.flatFile, of: file)
      let isNamed = section.flatFile == url.lastPathComponent
      guard isNamed || FileManager.default.fileExists(atPath: path) else { continue }
      let yaml = isNamed ? root : try parse(path)
      try step.read(section, from: yaml, at: FilePlace(file: path, key: "", line: yaml.line))
    }
    return step
  }

  private static func sibling(named name: String, of file: String) -> String {
    guard let slash = file.lastIndex(of: "/") else { return name }
    return String(file[...slash]) + name
  }
}

extension YAMLValue {
  /// The entries of a mapping; none for anything else.
  var entries: [Entry] {
    if case .mapping(let entries) = kind { entries } else { [] }
  }

  subscript(key: String) -> YAMLValue? { entries.first { $0.key == key }?.value }
}

extension RunConfiguration {
  /// Whether an argument names a configuration file, by its ending.
  static func isFile(_ argument: String) -> Bool {
    argument.hasSuffix(".yaml") || argument.hasSuffix(".yml")
  }
}
