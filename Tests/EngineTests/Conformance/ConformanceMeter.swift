import Foundation
import Synchronization

@testable import Engine

/// How far apart a case's numbers are at most, while `check` functions compare them: `Distance` adds to the one whose case
/// is running.
final class ConformanceMeter: Sendable {
  @TaskLocal static var current: ConformanceMeter?

  private let largest = Mutex<Double?>(nil)
  private let failed = Atomic(false)

  func add(_ units: Double) { largest.withLock { $0 = max($0 ?? 0, units) } }

  func fail() { failed.store(true, ordering: .relaxed) }

  /// Whether anything of the case was not as it should be.
  var hasFailed: Bool { failed.load(ordering: .relaxed) }

  /// In units of what the case records between float32 and float64; nil where everything had to be equal.
  var units: Double? { largest.withLock { $0 } }
}

/// The file that `scripts/conformance` makes its table of: one JSON object to a line and case.
struct ConformanceRecord {
  private static let variable = "BERGSON_CONFORMANCE_RECORD"

  /// Nil in a plain test run, which leaves out the sets that do not lie in this repository.
  static let current = ProcessInfo.processInfo.environment[variable].map(ConformanceRecord.init)

  let path: String

  struct Line: Encodable {
    let set: String
    let release: String
    let name: String
    let what: String
    /// How far from the reference; none for what has to be equal, and for what was not run.
    var units: Double?
    /// Whether something of it was not as it should be, a distance or what has to be equal.
    var failed = false
    /// Why it was not run.
    var reason: String?
  }

  /// Appends in one write, so that lines of several tests do not mix.
  func write(_ line: Line) throws {
    let encoder = JSONEncoder()
    encoder.nonConformingFloatEncodingStrategy = .convertToString(
      positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
    var bytes = try encoder.encode(line)
    bytes.append(UInt8(ascii: "\n"))
    let descriptor = open(path, O_WRONLY | O_APPEND | O_CREAT, 0o644)
    guard descriptor >= 0 else { throw FileError("open", URL(fileURLWithPath: path)) }
    defer { close(descriptor) }
    let count = bytes.withUnsafeBytes { Foundation.write(descriptor, $0.baseAddress, $0.count) }
    if count != bytes.count { throw FileError("write", URL(fileURLWithPath: path)) }
  }
}
