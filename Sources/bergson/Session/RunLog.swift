/// What a run says, kept beside the catalog with the times at which it said it: stderr is gone when its terminal is.
import Engine
import Foundation
import Synchronization

final class RunLog: Sendable {
  private let descriptor: Int32
  /// The first error of writing: the run goes on without its log, and says so at its end.
  private let failure = Mutex<FileError?>(nil)
  private let url: URL

  /// - Throws: `FileError`, or what the system says of the folder.
  init(at url: URL) throws {
    self.url = url
    try FileManager.default.createDirectory(at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
    descriptor = open(url.path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o666)
    if descriptor < 0 { throw FileError("create", url) }
  }

  deinit { close(descriptor) }

  /// Adds a text, each line with its time; from any thread.
  func write(_ text: String) {
    let time = Self.time(.now)
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false).map { "\(time) \($0)\n" }.joined()
    // One write, so that lines of two threads do not mix.
    let count = lines.utf8.count
    if Foundation.write(descriptor, lines, count) != count { failure.withLock { $0 = $0 ?? FileError("write", url) } }
  }

  /// Why lines are missing; nil where none are.
  var complaint: String? { failure.withLock { $0.map { "the run's log is not complete: \($0)" } } }

  /// `2026-11-24 05:21:07`, in the local time zone.
  private static func time(_ date: Date) -> String {
    var seconds = time_t(date.timeIntervalSince1970)
    var parts = tm()
    localtime_r(&seconds, &parts)
    var buffer = [CChar](repeating: 0, count: 32)
    strftime(&buffer, buffer.count, "%Y-%m-%d %H:%M:%S", &parts)
    return String(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }
}
