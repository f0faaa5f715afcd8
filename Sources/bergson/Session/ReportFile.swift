/// A file that is there whole or not at all.
import Engine
import Foundation

enum ReportFile {
  static func write(_ text: String, to url: URL) throws {
    let part = url.deletingLastPathComponent().appendingPathComponent(url.lastPathComponent + ".part")
    do {
      try FileWriter.write(text, to: part)
      guard rename(part.path, url.path) == 0 else { throw FileError("rename", part) }
    } catch {
      unlink(part.path)
      throw error
    }
  }
}
