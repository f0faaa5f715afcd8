/// Rewrites a command line into the one spelling that ArgumentParser is told: people come with the habits of the
/// Python tool, and their command lines should run.
///
/// - `--projection-dim` and `--projection_dim` are the same.
/// - A prefix may be left out where one option has the name: `--dataset` is `--data.dataset`. The sections of YAML
///   files are prefixes too: `--index_cfg.data.dataset`.
/// - A switch is `--truncation`, `--no_truncation`, `--truncation false`, `--truncation=0`.
/// - A negative number is a value: `--projection_seed -1`.
/// - `bergson FILE.yaml` is `bergson steps FILE.yaml`.
///
/// What is not recognised passes unchanged, so that ArgumentParser says what it always says. `--` ends the rewriting.
import ArgumentParser

struct ArgumentNormalizer {
  enum Problem: Error, Equatable, CustomStringConvertible {
    case unknownCommand(String, suggestion: String?)
    case ambiguous(name: String, choices: [String])
    case notBoolean(name: String, value: String)

    var description: String {
      switch self {
      case .unknownCommand(let name, let suggestion):
        "there is no command '\(name)'"
          + (suggestion.map { "; did you mean '\($0)'?" } ?? "; `bergson --help` lists them")
      case .ambiguous(let name, let choices):
        "\(name) could be \(choices.joined(separator: " or ")); write one of them"
      case .notBoolean(let name, let value):
        "\(name) is a switch and takes true or false, found: \(value)"
      }
    }
  }

  let commands: [any ParsableCommand.Type]

  /// - Parameter arguments: Without the program's name.
  /// - Returns: The same command line as ArgumentParser is told to read it.
  /// - Throws: `Problem`.
  func normalize(_ arguments: [String]) throws -> [String] {
    var rest = arguments[...]
    var result: [String] = []
    if let first = rest.first, RunConfiguration.isFile(first) { result.append(Steps.name) }
    guard let command = consumeCommand(&rest, into: &result) else {
      if let word = rest.first, result.isEmpty, !word.hasPrefix("-"), word != "help" {
        let known = commands.compactMap { $0.configuration.commandName }
        throw Problem.unknownCommand(word, suggestion: Spelling.nearest(to: word, among: known))
      }
      return result + rest
    }
    // Reading the options costs a millisecond or two; `--help` alone does not need them.
    lazy var options = CommandOptions(command)
    while let token = rest.popFirst() {
      if token == "--" { return result + [token] + rest }
      guard token.hasPrefix("--"), !Self.untouched.contains(token) else {
        result.append(token)
        continue
      }
      let parts = token.dropFirst(2).split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(
        String.init)
      guard let match = try options.match(parts[0]) else {
        result.append(token)
        continue
      }
      result += try rewrite(match, inline: parts.count > 1 ? parts[1] : nil, token: "--" + parts[0], following: &rest)
    }
    return result
  }

  private static let untouched: Set<String> = ["--help", "--version"]

  private func consumeCommand(
    _ rest: inout ArraySlice<String>, into result: inout [String]
  ) -> (any ParsableCommand.Type)? {
    var known = commands
    var command = result.isEmpty ? nil : known.first { $0.configuration.commandName == result[0] }
    while let next = known.first(where: { $0.configuration.commandName == rest.first }) {
      result.append(rest.removeFirst())
      command = next
      known = next.configuration.subcommands
    }
    return command
  }

  private func rewrite(
    _ match: CommandOptions.Match, inline: String?, token: String, following rest: inout ArraySlice<String>
  ) throws -> [String] {
    let name = "--" + match.entry.names[0]
    switch match.entry.kind {
    case .flag(let inverse):
      var value = inline
      if value == nil, let next = rest.first, Self.booleans[next] != nil { value = rest.removeFirst() }
      guard let isOn = value.map({ Self.booleans[$0] }) ?? true else {
        throw Problem.notBoolean(name: token, value: value ?? "")
      }
      if isOn != match.isNegated { return [name] }
      // A switch without an inverse is off unless given.
      return inverse.map { ["--" + $0] } ?? []
    case .list:
      return [name] + (inline.map { [$0] } ?? [])
    case .value:
      if let inline { return ["\(name)=\(inline)"] }
      guard let next = rest.first else { return [name] }
      if next.hasPrefix("-"), Double(next) != nil { return ["\(name)=\(rest.removeFirst())"] }
      // Taken along, so that a value is never looked at as an option.
      return next.hasPrefix("--") ? [name] : [name, rest.removeFirst()]
    }
  }

  private static let booleans = [
    "true": true, "True": true, "1": true, "false": false, "False": false, "0": false,
  ]
}

/// Finds the option of one command that a spelling means.
private struct CommandOptions {
  struct Match {
    let entry: OptionTable.Entry
    let isNegated: Bool
  }

  let table: OptionTable
  /// The command as a step of a configuration file, if it can be one.
  let step: RunStep.Command?

  init(_ command: any ParsableCommand.Type) {
    table = OptionTable(of: command)
    step = command.configuration.commandName.flatMap(RunStep.Command.init)
  }

  /// - Parameter spelling: Without dashes and value.
  /// - Returns: Nil when no option is meant.
  /// - Throws: `Problem.ambiguous`.
  func match(_ spelling: String) throws -> Match? {
    let name = spelling.replacing("-", with: "_")
    if let entry = try entry(named: name) { return Match(entry: entry, isNegated: false) }
    for positive in positives(of: name) {
      if let entry = try entry(named: positive), case .flag = entry.kind {
        return Match(entry: entry, isNegated: true)
      }
    }
    return nil
  }

  /// `no_truncation` and `data.no_truncation` without their `no_`.
  private func positives(of name: String) -> [String] {
    var parts = name.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
    var names: [String] = []
    if name.hasPrefix("no_") { names.append(String(name.dropFirst(3))) }
    if parts.count > 1, let last = parts.popLast(), last.hasPrefix("no_") {
      names.append((parts + [String(last.dropFirst(3))]).joined(separator: "."))
    }
    return names
  }

  private func entry(named name: String) throws -> OptionTable.Entry? {
    let matches = table.entries.filter { $0.answers(to: name) }
    if matches.count > 1 {
      throw ArgumentNormalizer.Problem.ambiguous(
        name: "--" + name, choices: matches.map { "--" + $0.qualifiedName })
    }
    if let match = matches.first { return match }
    return sectionKey(name).flatMap { flag in table.entries.first { $0.names.contains(flag) } }
  }

  /// `index_cfg.data.split` and `inversion_cfg.damping_factor` as the flags that set them.
  private func sectionKey(_ name: String) -> String? {
    guard let step else { return nil }
    for section in step.sections {
      for key in step.keys(of: section) where name == key || name == "\(section.rawValue).\(key)" {
        return String(section.flag(for: key).dropFirst(2))
      }
    }
    return nil
  }
}
