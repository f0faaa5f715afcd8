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

  private func run(_ arguments: String..., output file: FileHandle? = nil) throws -> Ended {
    let process = Process()
    process.executableURL = try BuiltProgram.url
    process.arguments = arguments
    let (output, errors) = (Pipe(), Pipe())
    process.standardOutput = file ?? output
    process.standardError = errors
    try process.run()
    if file != nil { try output.fileHandleForWriting.close() }
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

  @Test func anUnknownCommandIsAUsageError() throws {
    let ended = try run("biuldd")
    #expect(ended.code == 64 && ended.output.isEmpty)
    #expect(ended.errors.hasPrefix("error: there is no command 'biuldd'"))
  }

  @Test func aResultThatCannotBeWrittenIsAFailure() throws {
    let full = try #require(FileHandle(forWritingAtPath: "/dev/full"))
    let ended = try run("--help", output: full)
    #expect(ended.code == 1 && ended.errors == "error: cannot write the result: No space left on device\n")
  }
}
