import Foundation
import Testing

@testable import Engine

/// Projection matrices and the generators behind them, as the Python tool draws them.
struct ProjectionConformanceTests {
  /// An entry of `projections.json`, of either version.
  struct Entry: Decodable, Sendable, CustomTestStringConvertible {
    var identifier: String
    var module: String?
    var role: String?
    var seed: Int?
    var unscaled: Bool?
    var m: Int
    var n: Int
    var md5: String?
    var key: [UInt32]?
    var words: [String: [UInt32]]?
    var pcgSeed: String?
    var pcgBytes: String?
    var files: [String: String]

    enum CodingKeys: String, CodingKey {
      case identifier, module, role, unscaled, m, n, md5, key, files
      case seed = "projection_seed"
      case words = "philox_words_at_w_row"
      case pcgSeed = "seed"
      case pcgBytes = "pcg64_first_bytes"
    }

    var testDescription: String { "\(identifier) \(m) x \(n)" }
  }

  private static func entries(_ version: String) -> [Entry] {
    let file = URL(fileURLWithPath: FixtureSet.gptNeoX.path("\(version)/projections/projections.json"))
    do {
      return try JSONDecoder().decode([Entry].self, from: Data(contentsOf: file))
    } catch {
      preconditionFailure("\(file.path): \(error)")
    }
  }

  static let current = entries("expected_v2")
  static let old = entries("expected")

  private func matrix(_ projection: RandomProjection, _ entry: Entry) throws -> [Float] {
    let storage = projection.entries(identifier: entry.identifier, columns: entry.n)
    let own = storage.matrix(entry.m, entry.n).toArray()
    // By its own name for it, the recipe gets the same matrix.
    guard let module = entry.module, let role = entry.role, let side = RandomProjection.Side(rawValue: role) else {
      return own
    }
    let named =
      side == .single
      ? projection.globalMatrix(module: module, start: 0, columns: entry.n)
      : projection.matrix(module: module, side: side, columns: entry.n)
    #expect(named.matrix(entry.m, entry.n).toArray() == own)
    return own
  }

  @Test(arguments: current) func countersGiveTheSameWords(entry: Entry) throws {
    guard let md5 = entry.md5, let key = entry.key, let words = entry.words else { return }
    let hash = Digest.md5(Array(entry.identifier.utf8))
    #expect(hash.map { String(format: "%02x", $0) }.joined() == md5)
    let philox = Philox4x32(key: (key[0], key[1]))
    #expect(!words.isEmpty)
    for (place, expected) in words {
      let counter = place.split(separator: ",").compactMap { UInt32($0) }
      let own = philox(SIMD4(counter[0], counter[1], 0, 0))
      #expect((0..<4).map { own[$0] } == expected, "at (\(place))")
    }
  }

  @Test(arguments: current) func signsAreTheReferencesBitForBit(entry: Entry) throws {
    for (scale, key) in [(ProjectionScale.jl, "rademacher"), (.rowNorm, "rademacher_row_norm")] {
      guard let file = entry.files[key] else { continue }
      let fixture = try FixtureSet.gptNeoX.fixtureCase("expected_v2/projections").array(file)
      #expect(fixture.shape == [entry.m, entry.n])
      let projection = RandomProjection(
        dimension: entry.m, type: .rademacher, scale: scale, seed: entry.seed, version: 2)
      var own = try matrix(projection, entry)
      if entry.unscaled == true { own = own.map { $0 < 0 ? -1 : 1 } }
      #expect(own == fixture.values, "\(file)")
    }
  }

  @Test(arguments: current) func normalDeviatesAreWithinTheRoundingOfFloat32Functions(entry: Entry) throws {
    for (scale, key) in [(ProjectionScale.jl, "normal"), (.rowNorm, "normal_row_norm")] {
      guard let file = entry.files[key] else { continue }
      let fixture = try FixtureSet.gptNeoX.fixtureCase("expected_v2/projections").array(file)
      #expect(fixture.shape == [entry.m, entry.n])
      let projection = RandomProjection(dimension: entry.m, type: .normal, scale: scale, seed: entry.seed, version: 2)
      let own = try matrix(projection, entry)
      // NumPy has its own float32 log, sin and cos, which are not libm's: each may differ in the last bit, and their
      // product is scaled. Near a zero of the cosine what differs is the last bit of numbers of the usual size.
      let unit: Float = entry.unscaled == true ? Float(entry.m).squareRoot() : 1
      let usual = 1 / Float(entry.unscaled == true ? 1 : entry.m).squareRoot()
      for (a, b) in zip(own, fixture.values) {
        #expect(abs(a * unit - b) <= 3 * max(abs(b), usual).ulp, "\(file): \(a) and \(b)")
      }
    }
  }

  @Test(arguments: old) func version1DrawsTheSameBytes(entry: Entry) throws {
    let seed = try #require(entry.pcgSeed.flatMap(UInt64.init))
    let bytes = try #require(entry.pcgBytes)
    var generator = PCG64(seed: seed)
    let own = (0..<bytes.count / 16).map { _ in String(format: "%016lx", generator.next().byteSwapped) }
    #expect(own.joined() == bytes)
  }

  @Test(arguments: old) func version1SignsAreTheReferencesBitForBit(entry: Entry) throws {
    let file = try #require(entry.files["rademacher"])
    let fixture = try FixtureSet.gptNeoX.fixtureCase("expected/projections").array(file)
    let projection = RandomProjection(dimension: entry.m, type: .rademacher, scale: .rowNorm, seed: nil, version: 1)
    #expect(try matrix(projection, entry) == fixture.values)
  }
}
