import Foundation
import Glibc

/// Which process a run is, precisely enough to tell later whether it still lives (Linux, `/proc`).
///
/// A pid alone says little: it is reused, within one boot and across boots, and means another process in another
/// container. So the boot and the process's start time are kept with it, and the host and pid namespace that say whether
/// this process may judge at all.
package struct ProcessIdentity: Sendable, Equatable {
  package var host: String
  package var pid: Int32
  /// Target of `/proc/self/ns/pid`, as in `pid:[4026531836]`.
  package var pidNamespace: String
  /// `/proc/sys/kernel/random/boot_id`.
  package var bootID: String
  /// Field 22 of `/proc/<pid>/stat`: clock ticks from boot to the start of the process.
  package var processStart: Int64

  /// This process.
  ///
  /// - Throws: `RunCatalogError.processUnknown` where `/proc` cannot be read.
  package static func current() throws -> ProcessIdentity {
    let pid = getpid()
    guard let start = ProcessStat(pid: pid)?.start else {
      throw RunCatalogError.processUnknown(detail: "/proc/\(pid)/stat cannot be read")
    }
    return ProcessIdentity(
      host: currentHost, pid: pid, pidNamespace: try currentPIDNamespace(), bootID: try currentBootID(),
      processStart: start)
  }

  /// Whether the process runs, or none where that cannot be known from here (another host, another container).
  package func isAlive() throws -> Bool? {
    guard host == Self.currentHost else { return nil }
    // A host that has booted since runs nothing from before, whatever the namespace.
    guard try bootID == Self.currentBootID() else { return false }
    guard try pidNamespace == Self.currentPIDNamespace() else { return nil }
    // EPERM means that the process exists and is somebody else's.
    guard kill(pid, 0) == 0 || errno == EPERM else { return false }
    // Where /proc hides the processes of others (hidepid), existence is all that can be known.
    guard let stat = ProcessStat(pid: pid) else { return true }
    return !stat.hasExited && stat.start == processStart
  }

  private static var currentHost: String {
    var name = utsname()
    // uname fails only for a bad pointer.
    let status = uname(&name)
    precondition(status == 0, "uname: \(String(cString: strerror(errno)))")
    return withUnsafeBytes(of: name.nodename) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
  }

  private static func currentBootID() throws -> String {
    let path = "/proc/sys/kernel/random/boot_id"
    guard let text = try? String(contentsOfFile: path, encoding: .utf8) else {
      throw RunCatalogError.processUnknown(detail: "\(path) cannot be read")
    }
    return text.trimmingCharacters(in: .whitespacesAndNewlines)
  }

  private static func currentPIDNamespace() throws -> String {
    let path = "/proc/self/ns/pid"
    guard let target = try? FileManager.default.destinationOfSymbolicLink(atPath: path) else {
      throw RunCatalogError.processUnknown(detail: "\(path) cannot be read")
    }
    return target
  }
}

/// State and start time from `/proc/<pid>/stat` (proc(5)).
struct ProcessStat {
  var state: Character
  var start: Int64

  /// Zombies have ended; only their parent has not asked yet.
  var hasExited: Bool { state == "Z" || state == "X" }

  init?(pid: Int32) {
    guard let text = try? String(contentsOfFile: "/proc/\(pid)/stat", encoding: .utf8) else { return nil }
    self.init(text)
  }

  /// The second field is the command's name in parentheses and may itself hold spaces and parentheses, so fields are
  /// counted from the last `)`: the next is field 3.
  init?(_ text: String) {
    guard let end = text.lastIndex(of: ")") else { return nil }
    let fields = text[text.index(after: end)...].split(whereSeparator: \.isWhitespace)
    guard fields.count > 19, let state = fields[0].first, let start = Int64(fields[19]) else { return nil }
    self.state = state
    self.start = start
  }
}
