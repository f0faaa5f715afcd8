import Foundation
import Testing

@testable import Catalog

struct RunCatalogLineageTests {
  private let catalog: RunCatalog

  init() throws { catalog = try RunCatalog.inMemory() }

  /// A run that read some artifacts and made one of its own.
  private func run(_ name: String, from used: [ArtifactRecord] = []) throws -> (id: String, made: ArtifactRecord) {
    let run = try catalog.register(.sample(name: name))
    for artifact in used { try catalog.recordUse(of: artifact.id, by: run.id) }
    return (run.id, try catalog.record(.sample(path: "/\(name)", digest: "aa"), producedBy: run.id))
  }

  @Test func ancestorsAndDescendantsAreFoundAndStrangersAreNot() throws {
    let data = try run("data")
    let queries = try run("queries")
    let scores = try run("scores", from: [data.made, queries.made])
    let study = try run("study", from: [scores.made])
    let other = try run("other", from: [data.made])
    let lineage = try catalog.lineage(of: scores.id)
    #expect(lineage.root == scores.id)
    #expect(Set(lineage.runs.keys) == [data.id, queries.id, scores.id, study.id])
    #expect(lineage.producers(of: scores.id).map(\.producer) == [data.id, queries.id])
    #expect(lineage.consumers(of: scores.id).map(\.consumer) == [study.id])
    #expect(lineage.edges.allSatisfy { $0.kind == "index" })
    #expect(try catalog.lineage(of: data.id).consumers(of: data.id).map(\.consumer) == [scores.id, other.id])
    #expect(try catalog.lineage(of: other.id).runs.count == 2)
  }

  @Test func aCircleEnds() throws {
    let a = try run("a")
    let b = try run("b", from: [a.made])
    try catalog.recordUse(of: b.made.id, by: a.id)
    let lineage = try catalog.lineage(of: a.id)
    #expect(lineage.runs.count == 2)
    #expect(lineage.producers(of: a.id).map(\.producer).first == b.id)
  }

  @Test func aRunAloneIsItsOwnLineage() throws {
    let alone = try run("alone")
    #expect(try catalog.lineage(of: alone.id).edges.isEmpty)
    #expect(throws: RunCatalogError.noSuchRun("f")) { try catalog.lineage(of: "f") }
  }
}
