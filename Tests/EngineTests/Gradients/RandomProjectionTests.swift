import Foundation
import Testing

@testable import Engine

@Suite struct RandomProjectionTests {
  var set = FixtureSet.gptNeoX

  private struct Entry: Decodable {
    var identifier: String
    var m: Int
    var n: Int
    /// The matrix was kept before it was divided by the root of p.
    var unscaled: Bool?
    var files: [String: String]
  }

  private func entries(_ version: String) throws -> [Entry] {
    let url = URL(fileURLWithPath: set.path("\(version)/projections/projections.json"))
    return try JSONDecoder().decode([Entry].self, from: Data(contentsOf: url))
  }

  private func expected(_ version: String, _ entry: Entry, _ file: String) throws -> [Float] {
    let url = URL(fileURLWithPath: set.path("\(version)/projections/\(file)"))
    let values = try NumPyArray<Float>(contentsOf: url).values
    return entry.unscaled == true ? values.map { $0 / Float(entry.m).squareRoot() } : values
  }

  private func own(_ entry: Entry, _ type: ProjectionType, _ scale: ProjectionScale, version: Int = 2) -> [Float] {
    RandomProjection(dimension: entry.m, type: type, scale: scale, seed: nil, version: version)
      .entries(identifier: entry.identifier, columns: entry.n).matrix(entry.m, entry.n).toArray()
  }

  @Test func signsAreThePythonToolsBitForBit() throws {
    var checked = 0
    for entry in try entries("expected_v2") {
      for (kind, file) in entry.files where kind.hasPrefix("rademacher") {
        let scale: ProjectionScale = kind.hasSuffix("row_norm") ? .rowNorm : .jl
        #expect(
          own(entry, .rademacher, scale) == (try expected("expected_v2", entry, file)), "\(entry.identifier) \(file)")
        checked += 1
      }
    }
    #expect(checked >= 11)
  }

  @Test func versionOneIsNumPysGeneratorBitForBit() throws {
    let entries = try entries("expected")
    #expect(entries.count == 4)
    for entry in entries {
      let expected = try self.expected("expected", entry, #require(entry.files["rademacher"]))
      #expect(own(entry, .rademacher, .rowNorm, version: 1) == expected, "\(entry.identifier)")
    }
  }

  /// NumPy evaluates log, sin and cos in float32 by polynomials of its own, good to 2 units in the last place each; the
  /// product of two of them, a root and a quotient may differ by four.
  @Test func normalEntriesAreThePythonToolsButForTheLastBits() throws {
    for entry in try entries("expected_v2") {
      for (kind, file) in entry.files where kind.hasPrefix("normal") {
        let scale: ProjectionScale = kind.hasSuffix("row_norm") ? .rowNorm : .jl
        for (value, expected) in zip(own(entry, .normal, scale), try self.expected("expected_v2", entry, file)) {
          #expect(abs(value - expected) <= 4 * max(expected.ulp, Float.ulpOfOne / 8), "\(entry.identifier) \(file)")
        }
      }
    }
  }

  @Test func aSeedAndASideGiveOtherMatrices() {
    func projection(_ seed: Int?) -> RandomProjection {
      RandomProjection(dimension: 8, type: .rademacher, scale: .jl, seed: seed, version: 2)
    }
    let plain = projection(nil).matrix(module: "a", side: .left, columns: 200).matrix(8, 200).toArray()
    #expect(plain == projection(nil).matrix(module: "a", side: .left, columns: 200).matrix(8, 200).toArray())
    #expect(plain != projection(0).matrix(module: "a", side: .left, columns: 200).matrix(8, 200).toArray())
    #expect(plain != projection(nil).matrix(module: "a", side: .right, columns: 200).matrix(8, 200).toArray())
    #expect(plain != projection(nil).matrix(module: "b", side: .left, columns: 200).matrix(8, 200).toArray())
  }

  @Test func inexistentCombinationsAreMistakes() async {
    await #expect(processExitsWith: .failure) {
      _ = RandomProjection(dimension: 8, type: .normal, scale: .jl, seed: nil, version: 1)
    }
  }
}
