/// What README.md tells a new user to type has to work, in the order in which it is told.
import Foundation
import Testing

@Suite struct ReadmeTests {
  /// The blocks marked `sh`; those without a mark set up the machine, which a test must not.
  private static func blocks() throws -> [String] {
    let text = try String(contentsOf: TestFiles.package.appending(path: "README.md"), encoding: .utf8)
    return text.components(separatedBy: "```sh\n").dropFirst().compactMap { $0.components(separatedBy: "```").first }
  }

  @Test func theCommandsOfTheTourRun() throws {
    let blocks = try Self.blocks()
    #expect(blocks.count >= 5)
    try TestFiles.withDirectory { directory in
      try FileManager.default.createSymbolicLink(
        at: directory.appending(path: "Examples"),
        withDestinationURL: TestFiles.package.appending(path: "Examples"))
      let shell = Process()
      shell.executableURL = URL(filePath: "/bin/sh")
      shell.arguments = ["-e", "-x", "-c", blocks.joined(separator: "\n")]
      shell.currentDirectoryURL = directory
      var environment = ProcessInfo.processInfo.environment
      environment["PATH"] = try BuiltProgram.url.deletingLastPathComponent().path + ":" + (environment["PATH"] ?? "")
      environment["BERGSON_CATALOG"] = directory.appending(path: "catalog.sqlite").path
      shell.environment = environment
      let log = directory.appending(path: "log")
      try Data().write(to: log)
      let handle = try FileHandle(forWritingTo: log)
      (shell.standardOutput, shell.standardError) = (handle, handle)
      shell.standardInput = FileHandle.nullDevice
      try shell.run()
      shell.waitUntilExit()
      let output = try String(contentsOf: log, encoding: .utf8)
      #expect(shell.terminationStatus == 0, "\(output.suffix(2000))")
      for line in [
        "Esi Abara was born in Sandrift. The Merrowby", "attribution", "bm25", "finished  trackstar", "gradientNorm",
      ] {
        #expect(output.contains(line), "\(line)")
      }
      let report = try String(contentsOf: directory.appending(path: "report.html"), encoding: .utf8)
      #expect(report.contains("Text search (BM25)"))
    }
  }

  @Test func everyPageThatIsLinkedIsThere() throws {
    let text = try String(contentsOf: TestFiles.package.appending(path: "README.md"), encoding: .utf8)
    let targets = text.components(separatedBy: "](").dropFirst().compactMap { $0.components(separatedBy: ")").first }
    for target in targets where !target.hasPrefix("http") {
      let path = target.components(separatedBy: "#")[0]
      #expect(FileManager.default.fileExists(atPath: TestFiles.package.appending(path: path).path), "\(target)")
    }
  }
}
