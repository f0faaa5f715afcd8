/// `build` with a model that the hub has.
import Catalog
import Engine
import Foundation
import LoopbackHub
import Testing

@testable import bergson

@Suite struct HubBuildTests {
  private let commit = "0123456789abcdef0123456789abcdef01234567"

  private func pythia() throws -> LoopbackHub.Repository {
    let folder = URL(filePath: Workspace.model)
    let files = try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted().map { name in
      let file = folder.appending(path: name)
      return LoopbackHub.File(
        name, Array(try Data(contentsOf: file)), etag: try Digest.sha256(of: file).hex, isLarge: true)
    }
    return LoopbackHub.Repository(
      "EleutherAI/pythia-14m", commit: commit, revisions: ["main", "step3000"], files: files)
  }

  @Test func aModelOfTheHubIsDownloadedOnceAndItsCommitRecorded() throws {
    try Workspace.with { workspace in
      let hub = try LoopbackHub([pythia()])
      defer { hub.stop() }
      var environment = ["HF_ENDPOINT": hub.endpoint, "HF_HOME": workspace.path("hf")]
      let command = [
        "build", "runs/my-index", "--model", "EleutherAI/pythia-14m", "--dataset", Workspace.data("data.jsonl"),
        "--truncation",
      ]
      let online = try workspace.bergson(command, environment: environment)
      #expect(online.code == 0, "\(online.errors)")
      environment["HF_HUB_OFFLINE"] = "1"
      let offline = try workspace.bergson(command + ["--overwrite", "--revision", commit], environment: environment)
      #expect(offline.code == 0, "\(offline.errors)")
      let local = try workspace.build("local", "data.jsonl", "--truncation")
      for run in try workspace.catalog().runs() where run.path != local.run.path {
        let details = try workspace.catalog().details(of: run.id)
        #expect(details.models.map(\.hubRevision) == [commit])
        #expect(details.models.map(\.weightsDigest) == local.models.map(\.weightsDigest))
      }
      #expect(try workspace.catalog().runs().count == 3)
    }
  }

  @Test func aRevisionThatTheHubLacksIsSaid() throws {
    try Workspace.with { workspace in
      let hub = try LoopbackHub([pythia()])
      defer { hub.stop() }
      let ended = try workspace.bergson(
        [
          "build", "run", "--model", "EleutherAI/pythia-14m", "--revision", "step9", "--dataset",
          Workspace.data("data.jsonl"),
        ], environment: ["HF_ENDPOINT": hub.endpoint, "HF_HOME": workspace.path("hf")])
      #expect(ended.code == 1)
      #expect(ended.errors.contains("has no revision 'step9'"))
    }
  }
}
