package import Foundation

extension JSONValue {
  /// Reads a file of an index, a score store or a stored data set that holds one JSON value.
  ///
  /// - Throws: `IndexFileError.malformed` with the byte offset of the fault; `FileError`.
  package init(manifest url: URL) throws {
    let file = try MemoryMap(url)
    do {
      self = try withExtendedLifetime(file) { try JSONParser.parse(file.bytes) }
    } catch let error as JSONError {
      throw IndexFileError.malformed(path: url.path, reason: "is no valid JSON: \(error)")
    }
  }
}
