/// A bar with rate and time left, on stderr and only when that is a terminal: logs stay free of it.
import Foundation

struct ProgressBar {
  /// What is counted: "documents".
  let unit: String
  let total: Int
  private let isTerminal: Bool
  private let start: ContinuousClock.Instant
  private var lastDrawn: ContinuousClock.Instant?

  init(total: Int, unit: String, verbosity: Console.Verbosity) {
    self.total = total
    self.unit = unit
    isTerminal = verbosity != .quiet && isatty(STDERR_FILENO) == 1
    start = .now
  }

  /// Shows that `done` of `total` are done; drawn at most ten times a second, and always when all are.
  mutating func update(_ done: Int) {
    guard isTerminal else { return }
    let now = ContinuousClock.now
    if let lastDrawn, now - lastDrawn < .milliseconds(100), done < total { return }
    lastDrawn = now
    Console.write(
      "\r" + Self.line(done: done, total: total, unit: unit, elapsed: now - start) + "\u{1B}[K", to: .standardError)
  }

  /// Removes the bar, so that the next line of the story starts on a clean one.
  func clear() {
    if isTerminal, lastDrawn != nil { Console.write("\r\u{1B}[K", to: .standardError) }
  }

  /// ` 50% |##########          | 500/1000 documents, 125.0/s, 0:04 left`
  static func line(done: Int, total: Int, unit: String, elapsed: Duration) -> String {
    let width = 20
    let share = total > 0 ? min(1, Double(done) / Double(total)) : 1
    let filled = Int(share * Double(width))
    let bar = String(repeating: "#", count: filled) + String(repeating: " ", count: width - filled)
    let percent = String(Int(share * 100))
    let head = String(repeating: " ", count: 3 - percent.count) + "\(percent)% |\(bar)| \(done)/\(total) \(unit)"
    let seconds = elapsed / .seconds(1)
    guard done > 0, seconds > 0 else { return head }
    let rate = Double(done) / seconds
    let rateWords = rate.formatted(
      .number.precision(.fractionLength(1)).grouping(.never).locale(Locale(identifier: "en_US_POSIX")))
    guard done < total else { return head + ", \(rateWords)/s, \(clock(seconds)) in all" }
    return head + ", \(rateWords)/s, \(clock(Double(total - done) / rate)) left"
  }

  /// `0:04`, `2:05`, `1:00:00`.
  static func clock(_ seconds: Double) -> String {
    let whole = Int(seconds.rounded())
    let (hours, minutes, rest) = (whole / 3600, whole / 60 % 60, whole % 60)
    let padded = { (number: Int) in number < 10 ? "0\(number)" : "\(number)" }
    return hours > 0 ? "\(hours):\(padded(minutes)):\(padded(rest))" : "\(minutes):\(padded(rest))"
  }
}
