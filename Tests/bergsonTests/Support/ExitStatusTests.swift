import ArgumentParser
import Testing

@testable import bergson

@Suite struct ExitStatusTests {
  private struct Odd: Error, CustomStringConvertible { var description: String { "the disk is full" } }

  @Test func codesAreTheDocumentedOnes() {
    #expect(ExitStatus.allCases.map(\.rawValue) == [0, 1, 10, 11, 12, 64, 130])
  }

  @Test func errorsBecomeWordsAndCode() throws {
    func outcome(_ error: any Error) -> ExitStatus.Outcome { ExitStatus.outcome(of: error, in: Root.self) }
    #expect(outcome(Odd()) == .init(status: .failed, message: "error: the disk is full", isResult: false))
    #expect(outcome(Interrupted()) == .init(status: .interrupted, message: "error: interrupted", isResult: false))
    let missing = outcome(ConfigurationError.missing(name: "--index", meaning: "the run to search"))
    #expect(missing == .init(status: .usage, message: "error: --index is missing: the run to search", isResult: false))
  }

  @Test func mistakesOnTheCommandLineAreUsageErrors() throws {
    for line in ["build r --projection_dim x", "build r --precision int3", "build r s", "report", "runs show"] {
      let error = try #require(throws: (any Error).self) { try parse(Build.self, line) }
      let outcome = ExitStatus.outcome(of: error, in: Root.self)
      #expect(outcome.status == .usage && outcome.message.hasPrefix("error: "), "\(line): \(outcome.message)")
    }
  }

  @Test func helpOfEveryCommandEndsWithTheCodes() throws {
    var lines = Bergson.configuration.subcommands.compactMap { $0.configuration.commandName }
    lines += ["runs list", "runs show"]
    for line in lines {
      let error = try #require(throws: (any Error).self) {
        var command = try Root.parseAsRoot((line + " --help").split(separator: " ").map(String.init))
        try command.run()
      }
      let outcome = ExitStatus.outcome(of: error, in: Root.self)
      #expect(outcome.status == .done && outcome.isResult, "\(line)")
      #expect(outcome.message.hasPrefix("OVERVIEW: ") && outcome.message.hasSuffix(ExitStatus.help), "\(line)")
    }
  }
}
