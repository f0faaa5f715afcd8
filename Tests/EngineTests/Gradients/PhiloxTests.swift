import Foundation
import Testing

@testable import Engine

struct PhiloxTests {
  private struct Entry: Decodable {
    var identifier: String
    var md5: String?
    var key: [UInt32]?
    /// Words by counter, as "0,1".
    var words: [String: [UInt32]]?

    enum CodingKeys: String, CodingKey {
      case identifier, md5, key
      case words = "philox_words_at_w_row"
    }
  }

  @Test func keysAndWordsAreThePythonTools() throws {
    let file = URL(fileURLWithPath: FixtureSet.gptNeoX.path("expected_v2/projections/projections.json"))
    var checked = 0
    for entry in try JSONDecoder().decode([Entry].self, from: Data(contentsOf: file)) {
      guard let md5 = entry.md5, let key = entry.key, let words = entry.words else { continue }
      #expect(Digest.md5(Array(entry.identifier.utf8)).map { String(format: "%02x", $0) }.joined() == md5)
      let philox = Philox4x32(key: (key[0], key[1]))
      for (place, expected) in words {
        let counter = place.split(separator: ",").compactMap { UInt32($0) }
        let own = philox(SIMD4(counter[0], counter[1], 0, 0))
        #expect((0..<4).map { own[$0] } == expected, "\(entry.identifier) at (\(place))")
        checked += 1
      }
    }
    #expect(checked >= 27)
  }
}
