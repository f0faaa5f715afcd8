import Foundation
import Testing

@testable import Engine

struct PCG64Tests {
  private struct Entry: Decodable {
    var seed: String
    var bytes: String

    enum CodingKeys: String, CodingKey {
      case seed
      case bytes = "pcg64_first_bytes"
    }
  }

  @Test func theFirstBytesAreNumPys() throws {
    let file = URL(fileURLWithPath: FixtureSet.gptNeoX.path("expected/projections/projections.json"))
    let entries = try JSONDecoder().decode([Entry].self, from: Data(contentsOf: file))
    #expect(entries.count == 4)
    for entry in entries {
      var generator = PCG64(seed: try #require(UInt64(entry.seed)))
      let own = (0..<entry.bytes.count / 16).map { _ in String(format: "%016lx", generator.next().byteSwapped) }
      #expect(own.joined() == entry.bytes, "seed \(entry.seed)")
    }
  }
}
