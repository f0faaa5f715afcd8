import Foundation

@testable import Engine

/// What the tests of files share: where the fixtures are, and a place to write.
enum IndexTestSupport {
  static func fixture(_ path: String) -> URL {
    URL(fileURLWithPath: #filePath)
      .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
      .appendingPathComponent("Fixtures/index").appendingPathComponent(path)
  }

  /// A fresh directory that is removed afterwards.
  static func withScratch<Result>(_ body: (URL) throws -> Result) throws -> Result {
    let directory = FileManager.default.temporaryDirectory.appendingPathComponent("bergson-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: directory) }
    return try body(directory)
  }

  static func names(in directory: URL) throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: directory.path).sorted()
  }
}

extension GradientIndex {
  func allRows(columns: [Range<Int>]? = nil) -> [Float] {
    let width = columns?.reduce(0) { $0 + $1.count } ?? rowWidth
    return [Float](unsafeUninitializedCapacity: rowCount * width) { buffer, count in
      count = rowCount * width
      if let target = buffer.baseAddress { readRows(0..<rowCount, columns: columns, into: target) }
    }
  }
}

extension ScoreFile {
  func allScores() -> [Float] {
    [Float](unsafeUninitializedCapacity: rowCount * queryCount) { buffer, count in
      count = rowCount * queryCount
      if let target = buffer.baseAddress { readScores(0..<rowCount, queries: 0..<queryCount, into: target) }
    }
  }
}
