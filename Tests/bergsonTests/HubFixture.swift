/// A loopback hub with what the documentation's commands name: a tiny GPT-NeoX model as `EleutherAI/pythia-14m`, and as
/// `NeelNanda/pile-10k` the documents of the fixture's `data.jsonl` in Parquet.
import Foundation
import LoopbackHub

enum HubFixture {
  static let commit = "0123456789abcdef0123456789abcdef01234567"
  static let model = "EleutherAI/pythia-14m"
  static let dataset = "NeelNanda/pile-10k"

  static func pythia(commit: String = commit) throws -> LoopbackHub.Repository {
    try LoopbackHub.Repository(
      model, commit: commit, revisions: ["main", "step3000"], folder: URL(filePath: Workspace.model))
  }

  static func pile(commit: String = commit) throws -> LoopbackHub.Repository {
    try LoopbackHub.Repository(
      "datasets/\(dataset)", commit: commit, revisions: ["main", "refs/convert/parquet"],
      folder: TestFiles.package.appending(path: "Tests/Fixtures/hub/pile-10k"))
  }

  /// A workspace beside a hub; `environment` leads its commands there, and to an empty cache.
  static func with(
    _ repositories: [LoopbackHub.Repository],
    _ body: (_ workspace: Workspace, _ hub: LoopbackHub, _ environment: [String: String]) throws -> Void
  ) throws {
    try Workspace.with { workspace in
      let hub = try LoopbackHub(repositories)
      defer { hub.stop() }
      try body(workspace, hub, ["HF_ENDPOINT": hub.endpoint, "HF_HOME": workspace.path("hf"), "HF_HUB_OFFLINE": ""])
    }
  }
}
