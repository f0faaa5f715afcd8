/// `docs/commands.md` mentions every command, flag, default and exit code, and none that is not there.
import ArgumentParser
import Foundation
import Testing

@testable import bergson

@Suite struct DocumentationTests {
  private let text: String
  private let rows: [[String]]

  init() throws {
    text = try String(contentsOf: TestFiles.package.appending(path: "docs/commands.md"), encoding: .utf8)
    rows = text.split(separator: "\n").filter { $0.hasPrefix("| ") }.map { line in
      line.replacing("\\|", with: "/").split(separator: "|").map { $0.trimmingCharacters(in: .whitespaces) }
    }
  }

  private static func plain(_ markdown: String) -> String { markdown.replacing("`", with: "") }

  /// `parent` is the command line so far.
  private static func leaves(
    _ commands: [any ParsableCommand.Type], under parent: String = "bergson"
  ) -> [(line: String, command: any ParsableCommand.Type)] {
    commands.flatMap { command in
      let line = "\(parent) \(command.configuration.commandName ?? "")"
      let subcommands = command.configuration.subcommands
      return subcommands.isEmpty ? [(line, command)] : leaves(subcommands, under: line)
    }
  }

  @Test func everyCommandHasItsUsage() {
    for (line, _) in Self.leaves(Bergson.configuration.subcommands) {
      #expect(text.contains("    \(line) "), "\(line)")
    }
    for command in Bergson.configuration.subcommands {
      #expect(text.contains("\n## `bergson \(command.configuration.commandName ?? "")`\n"))
    }
  }

  @Test func everyFlagHasItsRowWithTheDefaultThatHelpShows() {
    for (line, command) in Self.leaves(Bergson.configuration.subcommands) {
      for entry in OptionTable(of: command).entries where !["help", "version"].contains(entry.names[0]) {
        let name = "`" + entry.names.map { "--" + $0 }.joined(separator: "`, `") + "`"
        let found = rows.filter { $0[0].hasPrefix(name) }
        #expect(!found.isEmpty, "\(line) \(name)")
        if let value = entry.shownDefault {
          #expect(
            found.contains { Self.plain($0[1]) == Self.plain(value) }, "\(line) \(name) has the default \(value)")
        }
      }
    }
  }

  @Test func noRowIsOfAFlagThatIsNotThere() {
    let known = Set(
      Self.leaves(Bergson.configuration.subcommands).flatMap { OptionTable(of: $0.command).entries }.map(\.names[0]))
    var header: [String] = []
    var checked = 0
    for row in rows {
      if row[0] == "flag" || row[0] == "written" || row[0] == "command" || row[0] == "code" { header = row }
      guard header.first == "flag", row[0].hasPrefix("`--") else { continue }
      let name = row[0].dropFirst(3).prefix { $0 != "`" }
      #expect(known.contains(String(name)), "\(name)")
      checked += 1
    }
    #expect(checked > 60)
  }

  @Test func exitCodesAreListed() {
    for status in ExitStatus.allCases { #expect(rows.contains([String(status.rawValue), status.meaning])) }
  }
}
