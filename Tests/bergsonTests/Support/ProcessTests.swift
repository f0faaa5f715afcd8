/// The built binary as a process: streams, exit codes, signals.
import Foundation
import Testing

@testable import bergson

@Suite struct ProcessTests {
  private struct Ended {
    let code: Int32
    let output: String
    let errors: String
  }

  private func run(_ arguments: String...) throws -> Ended {
    let process = Process()
    // The binary is built beside the bundle of tests, or the runner that loads it.
    let products = Bundle.allBundles.map(\.bundleURL) + [URL(fileURLWithPath: CommandLine.arguments[0])]
    let candidates = products.map { $0.deletingLastPathComponent().appending(path: "bergson") }
    let binary: URL = try #require(candidates.first { FileManager.default.isExecutableFile(atPath: $0.path) })
    process.executableURL = binary
    process.arguments = arguments
    let (output, errors) = (Pipe(), Pipe())
    process.standardOutput = output
    process.standardError = errors
    try process.run()
    let outputData = try output.fileHandleForReading.readToEnd() ?? Data()
    let errorData = try errors.fileHandleForReading.readToEnd() ?? Data()
    process.waitUntilExit()
    return Ended(
      code: process.terminationStatus, output: String(decoding: outputData, as: UTF8.self),
      errors: String(decoding: errorData, as: UTF8.self))
  }

  @Test func helpGoesToStdout() throws {
    let ended = try run("--help")
    #expect(ended.code == 0 && ended.errors.isEmpty)
    #expect(ended.output.hasPrefix("OVERVIEW: Training-data attribution"))
    #expect(ended.output.hasSuffix(ExitStatus.help + "\n"))
  }

  @Test func versionIsOneLine() throws {
    let ended = try run("--version")
    #expect(ended.code == 0 && ended.output == "\(Bergson.version)\n" && ended.errors.isEmpty)
  }

  @Test func anUnknownFlagIsAUsageError() throws {
    let ended = try run("--no-such-flag")
    #expect(ended.code == 64 && ended.output.isEmpty)
    #expect(ended.errors.hasPrefix("error: Unknown option '--no-such-flag'"))
  }
}
