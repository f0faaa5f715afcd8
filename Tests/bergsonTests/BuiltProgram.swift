/// The program as it was built beside the tests.
import Foundation
import Testing

enum BuiltProgram {
  static var url: URL { get throws { try product("bergson") } }

  /// What kills the program at a point of its work; see `KillPoints.h`.
  static var killPoints: URL { get throws { try product("libKillPoints.so") } }

  /// Products lie beside the bundle of tests, or beside the runner that loads it.
  private static func product(_ name: String) throws -> URL {
    let bundles = Bundle.allBundles.map(\.bundleURL) + [URL(fileURLWithPath: CommandLine.arguments[0])]
    let candidates = bundles.map { $0.deletingLastPathComponent().appending(path: name) }
    return try #require(
      candidates.first { FileManager.default.isReadableFile(atPath: $0.path) }, "\(name) is not built")
  }
}
