import Foundation
import Testing

@testable import Engine

/// Rates of what reads data, on one core. Nothing is measured, and nothing printed, unless `scripts/bench-data` asks:
/// it names the files in the environment.
@Suite(.serialized) struct ThroughputBenchmarks {
  private static func setting(_ name: String) -> String? { ProcessInfo.processInfo.environment[name] }

  /// Seconds of processor time, which other work on the machine does not lengthen.
  private static func seconds(_ body: () throws -> Void) rethrows -> Double {
    func now() -> Double {
      var time = timespec()
      clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
      return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }
    let start = now()
    try body()
    return now() - start
  }

  private static func report(_ what: String, bytes: Int, _ seconds: Double) {
    print(
      what + String(format: ": %.1f MB, %.2f s, %.1f MB/s", Double(bytes) / 1e6, seconds, Double(bytes) / 1e6 / seconds)
    )
  }

  /// Encoding alone: ids and offsets of every line, without output.
  @Test(.enabled(if: setting("BERGSON_BENCH_TOKENIZER") != nil && setting("BERGSON_BENCH_TEXT") != nil))
  func tokenizer() throws {
    let tokenizer = try Tokenizer(contentsOf: URL(fileURLWithPath: #require(Self.setting("BERGSON_BENCH_TOKENIZER"))))
    let text = try String(contentsOfFile: #require(Self.setting("BERGSON_BENCH_TEXT")), encoding: .utf8)
    let lines = text.split(separator: "\n").map { String($0) }
    let bytes = lines.reduce(0) { $0 + $1.utf8.count }
    var tokens = 0
    let seconds = try Self.seconds { for line in lines { tokens += try tokenizer.encode(line).ids.count } }
    Self.report("encode, \(tokens) tokens", bytes: bytes, seconds)
  }

  @Test(.enabled(if: setting("BERGSON_BENCH_PARQUET") != nil))
  func parquet() throws {
    let file = URL(fileURLWithPath: try #require(Self.setting("BERGSON_BENCH_PARQUET")))
    for (name, columns) in [("all columns", ColumnSelection.all), ("text alone", ColumnSelection(required: ["text"]))] {
      var bytes = 0
      let seconds = try Self.seconds {
        var reader = try RecordFormat.reader(for: file, columns: columns)
        while let record = try reader.next() { bytes += record.columns["text"]?.string?.utf8.count ?? 0 }
      }
      Self.report("\(file.lastPathComponent), \(name)", bytes: bytes, seconds)
      let stored = try Self.seconds { _ = try Dataset(path: file.path, columns: columns) }
      Self.report("  and stored", bytes: bytes, stored)
    }
  }
}
