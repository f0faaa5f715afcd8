/// The program as it was built beside the tests.
import Foundation
import Testing

enum BuiltProgram {
  /// It lies beside the bundle of tests, or beside the runner that loads it.
  static var url: URL {
    get throws {
      let products = Bundle.allBundles.map(\.bundleURL) + [URL(fileURLWithPath: CommandLine.arguments[0])]
      let candidates = products.map { $0.deletingLastPathComponent().appending(path: "bergson") }
      return try #require(candidates.first { FileManager.default.isExecutableFile(atPath: $0.path) })
    }
  }
}
