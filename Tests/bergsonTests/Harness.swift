/// What the tests of the command line share: a root with every declared command, and places on disk.
import ArgumentParser
import Foundation
import Testing

@testable import bergson

/// Swift Testing has a type of this name too.
typealias ExitStatus = bergson.ExitStatus

/// `bergson` with all of its commands, whatever the executable registers.
struct Root: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "bergson", subcommands: Bergson.configuration.subcommands)
}

/// Parses a command line as `main` does: normalized, then by ArgumentParser.
func parse<Command: ParsableCommand>(_ type: Command.Type, _ line: String) throws -> Command {
  try parse(type, line.split(separator: " ").map(String.init))
}

func parse<Command: ParsableCommand>(_ type: Command.Type, _ arguments: [String]) throws -> Command {
  let normalized = try ArgumentNormalizer(commands: Bergson.configuration.subcommands).normalize(arguments)
  let command = try Root.parseAsRoot(normalized)
  return try #require(command as? Command, "\(normalized) is not the command \(type)")
}

enum TestFiles {
  static let package = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
  static let configurations = package.appending(path: "Tests/Fixtures/configurations")

  /// Runs `body` in a directory that is removed afterwards.
  static func withDirectory<Result>(_ body: (URL) throws -> Result) throws -> Result {
    let directory = FileManager.default.temporaryDirectory.appending(path: "bergson-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: directory) }
    return try body(directory)
  }

  /// Writes one file and hands its path to `body`.
  static func withFile<Result>(_ text: String, named name: String = "config.yaml", _ body: (String) throws -> Result)
    throws -> Result
  {
    try withDirectory { directory in
      let file = directory.appending(path: name)
      try Data(text.utf8).write(to: file)
      return try body(file.path)
    }
  }
}
