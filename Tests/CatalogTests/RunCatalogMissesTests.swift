import Foundation
import Testing

@testable import Catalog

struct RunCatalogMissesTests {
  private let catalog: RunCatalog
  private let run: RunRecord

  init() throws {
    catalog = try RunCatalog.inMemory()
    run = try catalog.register(.sample())
  }

  private func record(_ path: String, _ key: String, _ ingredients: [String: String]) throws -> ArtifactRecord {
    try catalog.record(
      NewArtifact(
        kind: "index", path: path, bytes: 1, digest: "aa",
        key: NewArtifact.Key(digest: key, ingredients: ingredients), formatVersion: 1), producedBy: run.id)
  }

  @Test func theNearestEarlierOneOfTheKindIsNamedWithWhatDiffers() throws {
    let far = ["artifact": "index", "data": "d1", "projection_dim": "8", "seed": "1"]
    _ = try record("/far", "a1", far)
    let near = try record("/near", "a2", ["artifact": "index", "data": "d2", "projection_dim": "8"])
    _ = try record("/other", "a3", ["artifact": "scores", "data": "d2", "projection_dim": "16"])
    let made = try record("/made", "a4", ["artifact": "index", "data": "d2", "projection_dim": "16"])
    // What came later could not have been reused.
    _ = try record("/later", "a5", ["artifact": "index", "data": "d2", "projection_dim": "16", "bias": "true"])
    let misses = try catalog.misses(of: [made, made])
    #expect(
      misses == [
        ReuseMiss(
          artifact: made, nearest: near, run: try catalog.details(of: run.id).run,
          differences: [.init(ingredient: "projection_dim", here: "16", there: "8")])
      ])
  }

  @Test func ofEquallyNearOnesTheNewestIsNamed() throws {
    _ = try record("/a", "a1", ["artifact": "index", "x": "1"])
    let newest = try record("/b", "a2", ["artifact": "index", "x": "2"])
    let made = try record("/c", "a3", ["artifact": "index", "x": "3", "y": "1"])
    let miss = try #require(try catalog.misses(of: [made]).first)
    #expect(miss.nearest == newest)
    #expect(
      miss.differences == [
        .init(ingredient: "x", here: "3", there: "2"), .init(ingredient: "y", here: "1", there: nil),
      ])
  }

  @Test func theFirstOfItsKindHasNoNearest() throws {
    let made = try record("/a", "a1", ["artifact": "index"])
    #expect(try catalog.misses(of: [made]).map(\.nearest) == [nil])
  }

  @Test func artifactsAreFoundByTheBeginningOfTheirKey() throws {
    let made = try record("/a", "abcdef0123", ["artifact": "index"])
    for prefix in ["a", "abcdef", "ABCDEF01", "abcdef0123"] {
      #expect(try catalog.artifacts(ofKey: prefix) == [made], "\(prefix)")
    }
    for prefix in ["", "b", "abcdef01234", "abc%", "run"] {
      #expect(try catalog.artifacts(ofKey: prefix).isEmpty, "\(prefix)")
    }
  }
}
