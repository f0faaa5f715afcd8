import Foundation

extension RunDirectory {
  /// Makes a run directory, lets `body` fill it and gives it its final name; after an error nothing is left.
  package static func filling<Result>(
    _ path: String, overwrite: Bool, _ body: (RunDirectory) throws -> Result
  ) throws -> Result {
    let directory = try RunDirectory(at: URL(fileURLWithPath: path), overwrite: overwrite)
    do {
      let result = try body(directory)
      try directory.complete()
      return result
    } catch {
      // What went wrong first is what matters; a `.part` that cannot be removed is emptied by the next run.
      try? directory.discard()
      throw error
    }
  }
}

extension RunDirectory {
  /// Writes texts by the names of their files.
  func write(_ files: [String: String]) throws {
    for (name, text) in files.sorted(by: { $0.key < $1.key }) {
      try FileWriter.write(text, to: url.appendingPathComponent(name))
    }
  }
}
