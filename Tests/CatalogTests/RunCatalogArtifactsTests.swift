import Foundation
import Testing

@testable import Catalog

struct RunCatalogArtifactsTests {
  private let catalog: RunCatalog
  private let run: RunRecord

  init() throws {
    catalog = try RunCatalog.inMemory()
    run = try catalog.register(.sample())
  }

  @Test func artifactIsFoundByKeyWithItsIngredients() throws {
    let made = try catalog.record(.sample(path: "/a", key: "e0"), producedBy: run.id)
    let found = try #require(try catalog.artifact(forKey: "e0"))
    #expect(found == made)
    #expect(found.keyIngredients == ["projection_dim": "16", "data": "d1"])
    #expect(try catalog.artifact(atPath: "/a") == made)
    #expect(try catalog.artifact(forKey: "e1") == nil)
    #expect(try catalog.artifact(atPath: "/b") == nil)
  }

  @Test func pathHasOneSpelling() throws {
    let made = try catalog.record(.sample(path: "/a/./b/../c/", digest: "aa"), producedBy: run.id)
    #expect(made.path == "/a/c")
    #expect(try catalog.artifact(atPath: "/a/c/") == made)
    try catalog.record(.sample(path: "/a/c", digest: "bb"), producedBy: run.id)
    #expect(try catalog.artifact(atPath: "/a//c")?.digest == "bb")
  }

  @Test func relativePathOfAnArtifactIsAProgrammersMistake() async {
    await #expect(processExitsWith: .failure) {
      _ = NewArtifact(kind: "index", path: "out", bytes: 1, digest: "aa", key: nil, formatVersion: 1)
    }
  }

  @Test func otherBytesAtAPathReplaceWhatWasThere() throws {
    let old = try catalog.record(.sample(path: "/a", digest: "aa", key: "e0"), producedBy: run.id)
    let other = try catalog.register(.sample())
    let new = try catalog.record(.sample(path: "/a", digest: "bb", key: "e1"), producedBy: other.id)
    #expect(new.id != old.id)
    #expect(try catalog.artifact(atPath: "/a") == new)
    #expect(try catalog.artifact(forKey: "e0") == nil)
    #expect(try catalog.artifact(forKey: "e1") == new)
    let kept = try catalog.details(of: run.id).produced
    #expect(kept.map(\.digest) == ["aa"])
    #expect(kept.first?.replacedAt != nil)
  }

  @Test func sameBytesAgainAreTheSameArtifact() throws {
    let first = try catalog.record(.sample(path: "/a", key: "e0"), producedBy: run.id)
    let other = try catalog.register(.sample())
    #expect(try catalog.record(.sample(path: "/a", key: "e0"), producedBy: other.id) == first)
    #expect(try catalog.record(.sample(path: "/a", key: "e0"), producedBy: other.id) == first)
    #expect(try catalog.details(of: other.id).produced == [first])
    // The same bytes for another reason can be reused for another reason.
    #expect(try catalog.record(.sample(path: "/a", key: "e1"), producedBy: other.id) != first)
  }

  @Test func replacingADirectoryReplacesWhatLayBeneathIt() throws {
    for path in ["/run", "/run/a/x", "/run/a/y/z", "/run/ab", "/run/a0"] {
      try catalog.record(.sample(path: path), producedBy: run.id)
    }
    let other = try catalog.register(.sample())
    try catalog.record(.sample(path: "/run/a", digest: "bb"), producedBy: other.id)
    func isLive(_ path: String) throws -> Bool { try catalog.artifact(atPath: path) != nil }
    #expect(try !isLive("/run/a/x"))
    #expect(try !isLive("/run/a/y/z"))
    #expect(try isLive("/run/ab"))
    #expect(try isLive("/run/a0"))
    #expect(try isLive("/run"))
    #expect(try isLive("/run/a"))
  }

  @Test func runMayEnterADirectoryAfterItsContents() throws {
    let inner = try catalog.record(.sample(path: "/run/a/x"), producedBy: run.id)
    try catalog.record(.sample(path: "/run/a"), producedBy: run.id)
    #expect(try catalog.artifact(atPath: "/run/a/x") == inner)
  }

  @Test func runThatReplacesADirectoryKeepsOnlyWhatItMade() throws {
    for name in ["gradients.bin", "preconditioners", "same"] {
      try catalog.record(.sample(path: "/out/\(name)", digest: "aa"), producedBy: run.id)
    }
    let same = try #require(try catalog.artifact(atPath: "/out/same"))
    try catalog.record(.sample(path: "/other/gradients.bin"), producedBy: run.id)
    let second = try catalog.register(.sample())
    var results = RunResults()
    results.replacedDirectory = "/out/"
    results.produced = [.sample(path: "/out/gradients.bin", digest: "bb"), .sample(path: "/out/same", digest: "aa")]
    try catalog.finish(second.id, results: results)
    #expect(try catalog.artifact(atPath: "/out/gradients.bin")?.digest == "bb")
    #expect(try catalog.artifact(atPath: "/out/preconditioners") == nil)
    #expect(try catalog.artifact(atPath: "/out/same") == same)
    #expect(try catalog.artifact(atPath: "/other/gradients.bin") != nil)
    #expect(try catalog.details(of: second.id).produced.count == 2)
  }

  @Test func callerMayDeclineArtifactsNewestFirst() throws {
    let old = try catalog.record(.sample(path: "/a", key: "e0"), producedBy: run.id)
    let new = try catalog.record(.sample(path: "/b", key: "e0"), producedBy: run.id)
    #expect(try catalog.artifact(forKey: "e0") == new)
    #expect(try catalog.artifact(forKey: "e0") { $0.path != "/b" } == old)
    #expect(try catalog.artifact(forKey: "e0") { _ in false } == nil)
  }

  @Test func useIsRecordedOnceAndOnlyOfWhatExists() throws {
    let made = try catalog.record(.sample(path: "/a"), producedBy: run.id)
    let reader = try catalog.register(.sample(command: "score"))
    try catalog.recordUse(of: made.id, by: reader.id)
    try catalog.recordUse(of: made.id, by: reader.id)
    #expect(try catalog.details(of: reader.id).used == [made])
    #expect(try catalog.details(of: reader.id).produced.isEmpty)
    #expect(throws: RunCatalogError.noSuchArtifact(id: 99)) { try catalog.recordUse(of: 99, by: reader.id) }
  }
}
