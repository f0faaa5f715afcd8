import Engine
import Foundation
import LoopbackHub
import Synchronization
import Testing

@testable import Hub

@Suite struct HubClientTests {
  private let commit = HubScratch.commit

  @Test func filesLieInTheCacheAsThePythonLibraryPutsThem() throws {
    try HubScratch.with([.tiny]) { scratch in
      let resolved = try scratch.fetch()
      #expect(resolved.commit == commit)
      #expect(resolved.files == ["sub/greeting.txt", "empty.txt", "weights.bin"])
      let folder = "models--owner--tiny"
      #expect(try scratch.names(in: folder) == [".bergson", "blobs", "refs", "snapshots"])
      let etags = [LoopbackHub.File.greeting, .empty, .weights].map(\.etag)
      #expect(try scratch.names(in: folder + "/blobs") == etags.sorted())
      let reference = scratch.cache.appending(path: folder + "/refs/main")
      #expect(try String(contentsOf: reference, encoding: .utf8) == commit)
      let link = resolved.directory.appending(path: "sub/greeting.txt")
      #expect(
        try FileManager.default.destinationOfSymbolicLink(atPath: link.path)
          == "../../../blobs/" + LoopbackHub.File.greeting.etag)
      for file in [LoopbackHub.File.greeting, .empty, .weights] {
        #expect(try Data(contentsOf: resolved.directory.appending(path: file.name)) == Data(file.bytes))
      }
    }
  }

  @Test func whatIsCachedIsNotDownloadedAgain() throws {
    try HubScratch.with([.tiny]) { scratch in
      _ = try scratch.fetch()
      let before = scratch.hub.hubRequests.count
      _ = try scratch.fetch()
      #expect(scratch.hub.hubRequests.dropFirst(before).map(\.method) == ["GET"])
      #expect(scratch.hub.storeRequests.count == 1)
    }
  }

  @Test func aRevisionBecomesItsCommit() throws {
    try HubScratch.with([.tiny]) { scratch in
      let proposed = try scratch.fetch(revision: "refs/pr/1", files: ["empty.txt"])
      #expect(proposed.commit == commit)
      let reference = scratch.cache.appending(path: "models--owner--tiny/refs/refs/pr/1")
      #expect(try String(contentsOf: reference, encoding: .utf8) == commit)
      #expect(try scratch.fetch(revision: commit, files: ["empty.txt"]).commit == commit)
    }
  }

  @Test func progressCountsEveryByte() throws {
    try HubScratch.with([.tiny]) { scratch in
      let seen = Mutex<[HubProgress]>([])
      let client = HubClient(try scratch.environment(), progress: { step in seen.withLock { $0.append(step) } })
      _ = try client.fetch(HubRepository(.model, "owner/tiny")) { _ in ["weights.bin"] }
      let steps = seen.withLock { $0 }
      #expect(steps.last == HubProgress(file: "weights.bin", bytes: 300_000, total: 300_000))
      #expect(steps.map(\.bytes) == steps.map(\.bytes).sorted())
    }
  }

  @Test func theTokenGoesToTheHubAndNowhereElse() throws {
    let locked = LoopbackHub.Repository(
      "owner/private", commit: commit, access: .tokenOnly("secret"), files: [.weights])
    try HubScratch.with([locked]) { scratch in
      _ = try scratch.fetch("owner/private", token: "secret")
      #expect(scratch.hub.hubRequests.allSatisfy { $0.headers["authorization"] == "Bearer secret" })
      #expect(scratch.hub.storeRequests.count == 1)
      #expect(scratch.hub.storeRequests.allSatisfy { $0.headers["authorization"] == nil })
    }
  }

  // MARK: Broken connections

  @Test func aCutConnectionGoesOnWhereItBroke() throws {
    try HubScratch.with([.tiny], cuts: ["weights.bin": [100_000, 50_000]]) { scratch in
      let resolved = try scratch.fetch()
      #expect(
        try Data(contentsOf: resolved.directory.appending(path: "weights.bin")) == Data(LoopbackHub.File.weights.bytes))
      #expect(scratch.hub.storeRequests.map { $0.headers["range"] } == [nil, "bytes=100000-", "bytes=150000-"])
    }
  }

  @Test func whatCannotBeFinishedIsKeptForTheNextTime() throws {
    try HubScratch.with([.tiny], cuts: ["weights.bin": [1000, 0, 0, 0]]) { scratch in
      let error = try #require(throws: HubError.self) { try scratch.fetch() }
      guard case .interrupted("weights.bin", 1000, 300_000, _) = error else {
        Issue.record("\(error)")
        return
      }
      #expect(
        try scratch.names(in: "models--owner--tiny/blobs").contains(LoopbackHub.File.weights.etag + ".incomplete"))
      _ = try scratch.fetch()
      #expect(scratch.hub.storeRequests.last?.headers["range"] == "bytes=1000-")
      let blobs = try scratch.names(in: "models--owner--tiny/blobs")
      #expect(!blobs.contains { $0.hasSuffix(".incomplete") })
    }
  }

  @Test(arguments: [String(repeating: "a", count: 64), String(repeating: "b", count: 40)])
  func otherBytesThanPromisedAreRefusedAndDeleted(_ etag: String) throws {
    let repository = LoopbackHub.Repository("owner/tiny", commit: commit, files: [.weights(etag: etag)])
    try HubScratch.with([repository]) { scratch in
      let error = try #require(throws: HubError.self) { try scratch.fetch() }
      guard case .wrongDigest("weights.bin", _, etag) = error else {
        Issue.record("\(error)")
        return
      }
      #expect(try scratch.names(in: "models--owner--tiny/blobs").isEmpty)
    }
  }

  @Test func aChecksumOfAnotherKindIsRefused() throws {
    let repository = LoopbackHub.Repository("owner/tiny", commit: commit, files: [.weights(etag: "../../evil")])
    try HubScratch.with([repository]) { scratch in
      #expect(throws: HubError.unverifiable(file: "weights.bin", etag: "\"../../evil\"")) { try scratch.fetch() }
    }
  }

  // MARK: Refusals

  @Test func whatTheHubRefusesIsSaidWithItsCure() throws {
    let gated = LoopbackHub.Repository("owner/gated", commit: commit, access: .gated, files: [])
    try HubScratch.with([.tiny, gated]) { scratch in
      let endpoint = scratch.hub.endpoint
      let (none, closed) = (try HubRepository(.model, "owner/none"), try HubRepository(.model, "owner/gated"))
      #expect(throws: HubError.unknownRepository(none, endpoint: endpoint, hasToken: false)) {
        try scratch.fetch("owner/none")
      }
      #expect(throws: HubError.unknownRepository(none, endpoint: endpoint, hasToken: true)) {
        try scratch.fetch("owner/none", token: "t")
      }
      #expect(throws: HubError.gated(closed, endpoint: endpoint, hasToken: false)) { try scratch.fetch("owner/gated") }
      let tiny = try HubRepository(.model, "owner/tiny")
      #expect(throws: HubError.unknownRevision(tiny, revision: "v9")) {
        try scratch.fetch(revision: "v9")
      }
    }
  }

  @Test(arguments: ["../../evil", "/etc/passwd", "a/../../b", "a//b", ".", "a\\\\b"])
  func namesThatLeaveTheCacheAreRefused(_ name: String) throws {
    let file = LoopbackHub.File(name, [], etag: LoopbackHub.File.empty.etag)
    try HubScratch.with([LoopbackHub.Repository("owner/tiny", commit: commit, files: [file])]) { scratch in
      let error = try #require(throws: HubError.self) { try scratch.fetch() }
      guard case .unsafeName = error else {
        Issue.record("\(error)")
        return
      }
      #expect(try scratch.names(in: "").isEmpty)
    }
  }

  @Test(arguments: ["../main", "", "/main", "a/../../b"])
  func revisionsThatLeaveTheCacheAreRefused(_ revision: String) throws {
    try HubScratch.with([.tiny]) { scratch in
      #expect(throws: HubError.badRevision(revision)) { try scratch.fetch(revision: revision) }
    }
  }

  @Test func aFileThatIsNotListedIsNotAskedFor() throws {
    try HubScratch.with([.tiny]) { scratch in
      let error = try #require(throws: HubError.self) { try scratch.fetch(files: ["../evil"]) }
      guard case .unknownFile = error else {
        Issue.record("\(error)")
        return
      }
      #expect(scratch.hub.hubRequests.count == 1)
    }
  }

  // MARK: Without the hub

  @Test func offlineOnlyTheCacheAnswers() throws {
    try HubScratch.with([.tiny]) { scratch in
      let error = try #require(throws: HubError.self) { try scratch.fetch(isOffline: true) }
      guard case .notCached(_, "main", nil, _, _) = error else {
        Issue.record("\(error)")
        return
      }
      let online = try scratch.fetch(files: ["sub/greeting.txt"])
      let requests = scratch.hub.hubRequests.count
      #expect(try scratch.fetch(isOffline: true) == online)
      #expect(try scratch.fetch(revision: commit, isOffline: true) == online)
      #expect(throws: HubError.self) { try scratch.fetch(isOffline: true, files: ["weights.bin"]) }
      #expect(scratch.hub.hubRequests.count == requests)
    }
  }

  @Test func aHubThatCannotBeReachedLeavesTheCacheToUse() throws {
    try HubScratch.with([.tiny]) { scratch in
      let online = try scratch.fetch(files: ["empty.txt"])
      scratch.hub.stop()
      let told = Mutex<[String]>([])
      let client = HubClient(try scratch.environment(), tell: { line in told.withLock { $0.append(line) } })
      let cached = try client.fetch(HubRepository(.model, "owner/tiny")) { $0.names }
      #expect(cached == online)
      #expect(told.withLock { $0 }.count == 1)
      let error = try #require(throws: HubError.self) { try scratch.fetch("owner/other") }
      guard case .unreachable = error else {
        Issue.record("\(error)")
        return
      }
    }
  }

  @Test func aCommitWhoseFilesAreKnownIsNotAskedForAgain() throws {
    try HubScratch.with([.tiny]) { scratch in
      _ = try scratch.fetch(files: ["empty.txt"])
      let before = scratch.hub.hubRequests.count
      let again = try scratch.fetch(revision: commit, files: ["empty.txt"])
      #expect(again.commit == commit)
      #expect(scratch.hub.hubRequests.count == before)
      // What is missing of it is fetched.
      #expect(try scratch.fetch(revision: commit).files.count == 3)
      #expect(scratch.hub.hubRequests.dropFirst(before).allSatisfy { !$0.target.hasPrefix("/api/") })
    }
  }

  // MARK: Data sets without the hub

  private func files(_ scratch: HubScratch, choosing chosen: [String] = []) throws -> RepositoryFiles {
    var seen: RepositoryFiles?
    _ = try scratch.fetch("owner/set", of: .dataset, isOffline: true) { files in
      seen = files
      return chosen
    }
    return try #require(seen)
  }

  @Test func offlineADataSetStillHasItsOtherFiles() throws {
    let repository = LoopbackHub.Repository("datasets/owner/set", commit: commit, files: [.greeting, .weights])
    try HubScratch.with([repository]) { scratch in
      _ = try scratch.fetch("owner/set", of: .dataset) { _ in ["sub/greeting.txt"] }
      let known = try files(scratch, choosing: ["sub/greeting.txt"])
      #expect(known.names == ["sub/greeting.txt", "weights.bin"] && known.isComplete)
      let error = try #require(throws: HubError.self) { try files(scratch, choosing: ["weights.bin"]) }
      guard case .notCached(_, "main", "weights.bin", _, _) = error else {
        Issue.record("\(error)")
        return
      }
    }
  }

  @Test func aListThatCannotBeKeptIsNoHindrance() throws {
    try HubScratch.with([.tiny]) { scratch in
      let folder = scratch.cache.appending(path: "models--owner--tiny")
      try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
      try Data().write(to: folder.appending(path: ".bergson"))
      let told = Mutex<[String]>([])
      let client = HubClient(try scratch.environment(), tell: { line in told.withLock { $0.append(line) } })
      #expect(try client.fetch(HubRepository(.model, "owner/tiny")) { $0.names }.files.count == 3)
      #expect(
        told.withLock { $0 }.map { $0.hasPrefix("the list of files of the model 'owner/tiny' cannot be kept") } == [
          true
        ])
    }
  }

  @Test func thePythonLibrarysListOfFilesIsUsed() throws {
    let repository = LoopbackHub.Repository("datasets/owner/set", commit: commit, files: [.greeting])
    try HubScratch.with([repository]) { scratch in
      _ = try scratch.fetch("owner/set", of: .dataset) { $0.names }
      let folder = scratch.cache.appending(path: "datasets--owner--set")
      try FileManager.default.removeItem(at: folder.appending(path: ".bergson"))
      let alone = try files(scratch)
      #expect(alone.names == ["sub/greeting.txt"] && !alone.isComplete)
      let trees = folder.appending(path: "trees")
      try FileManager.default.createDirectory(at: trees, withIntermediateDirectories: true)
      func write(_ tree: String) throws { try Data(tree.utf8).write(to: trees.appending(path: commit + ".json")) }
      try write(#"{"format_version": 1, "files": {"sub/greeting.txt": {}, "more.txt": {}}}"#)
      let listed = try files(scratch)
      #expect(listed.names == ["sub/greeting.txt", "more.txt"] && listed.isComplete)
      // A newer format is none that is known here.
      try write(#"{"format_version": 2}"#)
      #expect(try !files(scratch).isComplete)
      for damaged in [#"{"format_version": 1, "files""#, #"{"format_version": 1}"#] {
        try write(damaged)
        let error = #expect(throws: HubError.self) { try files(scratch) }
        #expect(error?.description.contains("is damaged") == true && error?.description.contains("delete it") == true)
      }
      try write(#"{"format_version": 1, "files": {"../evil": {}}}"#)
      #expect(throws: HubError.unsafeName(try HubRepository(.dataset, "owner/set"), name: "../evil")) {
        try files(scratch)
      }
    }
  }

  // MARK: Together

  @Test func twoDownloadsOfOneRepositoryShareTheirWork() throws {
    try HubScratch.with([.tiny]) { scratch in
      let results = Mutex<[ResolvedRepository]>([])
      let failures = Mutex<[any Error]>([])
      DispatchQueue.concurrentPerform(iterations: 4) { _ in
        do {
          let resolved = try scratch.fetch()
          results.withLock { $0.append(resolved) }
        } catch {
          failures.withLock { $0.append(error) }
        }
      }
      #expect(failures.withLock { $0 }.isEmpty)
      #expect(results.withLock { $0 }.count == 4)
      #expect(scratch.hub.storeRequests.count == 1)
    }
  }

  @Test func aCancelledDownloadEnds() throws {
    try HubScratch.with([.tiny]) { scratch in
      let client = HubClient(try scratch.environment(), isCancelled: { true })
      #expect(throws: CancellationError.self) { try client.fetch(HubRepository(.model, "owner/tiny")) { $0.names } }
    }
  }
}
