/// Serves folders as repositories of a hub on the loopback interface until it is ended: for checks with other programs
/// than the tests (scripts/conformance-hub).
///
/// usage: loopback-hub PATH=FOLDER..., as in datasets/NeelNanda/pile-10k=Tests/Fixtures/hub/pile-10k
import Foundation
import LoopbackHub

@main enum LoopbackHubServer {
  /// Whatever is served has one commit.
  private static let commit = "0123456789abcdef0123456789abcdef01234567"

  static func main() throws {
    let repositories = try CommandLine.arguments.dropFirst().map { argument in
      let words = argument.split(separator: "=", maxSplits: 1).map(String.init)
      guard words.count == 2 else { throw Usage() }
      return try LoopbackHub.Repository(words[0], commit: commit, folder: URL(filePath: words[1]))
    }
    let hub = try LoopbackHub(Array(repositories))
    // Not `print`, whose buffer is not flushed at the end of a line where standard output is a file or a pipe.
    try FileHandle.standardOutput.write(contentsOf: Data((hub.endpoint + "\n").utf8))
    while true { pause() }
  }
}

private struct Usage: Error, CustomStringConvertible {
  var description: String { "usage: loopback-hub PATH=FOLDER..." }
}
