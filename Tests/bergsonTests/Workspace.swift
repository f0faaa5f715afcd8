/// A user's place on disk: a directory with a catalog of its own, where commands run in this process or as processes.
import ArgumentParser
import Catalog
import Engine
import Foundation
import Testing

@testable import bergson

struct Workspace {
  let directory: URL

  /// Lets `body` work in a workspace that is removed afterwards.
  static func with<Result>(_ body: (Workspace) throws -> Result) throws -> Result {
    try TestFiles.withDirectory { try body(Workspace(directory: $0.resolvingSymlinksInPath())) }
  }

  // MARK: Files

  private static let fixtures = TestFiles.package.appending(path: "Tests/Fixtures/gpt_neox")

  /// Two layers, width 32, vocabulary 384.
  static let model = fixtures.appending(path: "model").path

  static func data(_ name: String) -> String { fixtures.appending(path: name).path }

  func url(_ path: String) -> URL { directory.appending(path: path) }

  func path(_ path: String) -> String { url(path).path }

  func contents(_ path: String) throws -> Data { try Data(contentsOf: url(path)) }

  func has(_ path: String) -> Bool { FileManager.default.fileExists(atPath: self.path(path)) }

  /// Names of everything in a directory, hidden files too, in order.
  func names(in path: String = "") throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: self.path(path)).sorted()
  }

  func write(_ text: String, to path: String) throws -> String {
    try Data(text.utf8).write(to: url(path))
    return self.path(path)
  }

  /// A copy of the tiny model, to be damaged.
  func modelCopy(_ name: String = "model") throws -> URL {
    try FileManager.default.copyItem(at: URL(filePath: Self.model), to: url(name))
    return url(name)
  }

  // MARK: Commands in this process

  var catalogPath: String { path("catalog.sqlite") }

  func catalog() throws -> RunCatalog { try RunCatalog.openExisting(at: URL(filePath: catalogPath)) }

  /// Runs a command as `main` does, but for the words that it ends with; returns what the catalog knows of the run.
  @discardableResult func run(_ arguments: [String]) throws -> RunDetails {
    let known = has("catalog.sqlite") ? Set(try catalog().runs().map(\.id)) : []
    let line = arguments + ["--catalog", catalogPath, "--quiet"]
    var command = try Root.parseAsRoot(ArgumentNormalizer(commands: Bergson.configuration.subcommands).normalize(line))
    try command.run()
    let new = try catalog().runs().filter { !known.contains($0.id) }
    #expect(new.count == 1, "\(arguments) made \(new.count) runs")
    return try catalog().details(of: #require(new.first).id)
  }

  /// `build` over a file of the fixtures.
  @discardableResult func build(_ name: String, _ data: String, _ flags: String...) throws -> RunDetails {
    try run(["build", path(name), "--model", Self.model, "--dataset", Self.data(data)] + flags)
  }

  // MARK: Commands as processes

  struct Ended {
    let code: Int32
    let output: String
    let errors: String
  }

  /// Starts the built program in the workspace, with its catalog; its streams go to files, which never fill.
  func start(
    _ arguments: [String], input: String = "/dev/null", in folder: String = "", output: String = "/dev/null",
    errors: String = "/dev/null", environment: [String: String] = [:]
  ) throws -> Process {
    let process = Process()
    process.executableURL = try BuiltProgram.url
    process.arguments = arguments
    process.currentDirectoryURL = url(folder)
    process.environment = ProcessInfo.processInfo.environment
      .merging(["BERGSON_CATALOG": catalogPath]) { $1 }.merging(environment) { $1 }
    process.standardInput = try FileHandle(forReadingFrom: URL(filePath: input))
    for stream in [output, errors] where !FileManager.default.fileExists(atPath: stream) {
      try Data().write(to: URL(filePath: stream))
    }
    process.standardOutput = try FileHandle(forWritingTo: URL(filePath: output))
    process.standardError = try FileHandle(forWritingTo: URL(filePath: errors))
    // Threads of tests block signals, and a process inherits that; one that a user starts does not.
    var (signals, before) = (sigset_t(), sigset_t())
    sigemptyset(&signals)
    for signal in [SIGINT, SIGTERM] { sigaddset(&signals, signal) }
    pthread_sigmask(SIG_UNBLOCK, &signals, &before)
    defer { pthread_sigmask(SIG_SETMASK, &before, nil) }
    try process.run()
    return process
  }

  /// Runs the built program to its end.
  func bergson(_ arguments: String..., input: String = "", in folder: String = "") throws -> Ended {
    try bergson(arguments, input: input, in: folder)
  }

  func bergson(
    _ arguments: [String], input text: String = "", in folder: String = "", environment: [String: String] = [:]
  ) throws -> Ended {
    let streams = FileManager.default.temporaryDirectory.appending(path: "bergson-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: streams, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: streams) }
    let (input, output, errors) = (
      streams.appending(path: "in"), streams.appending(path: "out"), streams.appending(path: "err")
    )
    try Data(text.utf8).write(to: input)
    let process = try start(
      arguments, input: input.path, in: folder, output: output.path, errors: errors.path,
      environment: environment)
    process.waitUntilExit()
    return Ended(
      code: process.terminationStatus, output: try String(contentsOf: output, encoding: .utf8),
      errors: try String(contentsOf: errors, encoding: .utf8))
  }
}
