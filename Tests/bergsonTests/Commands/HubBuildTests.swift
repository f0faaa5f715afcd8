/// Models, tokenizers and data sets that the hub has.
import Catalog
import Engine
import Foundation
import LoopbackHub
import Testing

@testable import bergson

@Suite struct HubBuildTests {
  private let commit = HubFixture.commit
  private let build = [
    "build", "run", "--model", HubFixture.model, "--dataset", HubFixture.dataset, "--truncation",
  ]

  @Test func whatTheHubHasIsDownloadedOnceAndItsCommitsRecorded() throws {
    try HubFixture.with([HubFixture.pythia(), HubFixture.pile()]) { workspace, hub, environment in
      let online = try workspace.bergson(build, environment: environment)
      #expect(online.code == 0, "\(online.errors)")
      let requests = hub.hubRequests.count
      let offline = try workspace.bergson(
        build + ["--overwrite", "--revision", commit, "--data_kwargs", "revision=main"],
        environment: environment.merging(["HF_HUB_OFFLINE": "1"]) { $1 })
      #expect(offline.code == 0, "\(offline.errors)")
      #expect(hub.hubRequests.count == requests)
      let local = try workspace.build("local", "data.jsonl", "--truncation")
      for run in try workspace.catalog().runs() where run.path != local.run.path {
        let details = try workspace.catalog().details(of: run.id)
        #expect(details.models.map(\.hubRevision) == [commit])
        #expect(details.models.map(\.weightsDigest) == local.models.map(\.weightsDigest))
        #expect(details.datasets.map(\.hubRevision) == [commit])
        #expect(details.datasets.map(\.digest) == local.datasets.map(\.digest))
      }
      #expect(try workspace.catalog().runs().count == 3)
      #expect(try workspace.contents("run/gradients.bin") == workspace.contents("local/gradients.bin"))
      let report = try workspace.bergson(["report", "run", "--format", "md"])
      #expect(report.output.contains("Documents: hub revision") && report.output.contains(commit), "\(report.errors)")
    }
  }

  @Test func aRunKeepsTheCommitsThatItWasMadeOf() throws {
    let later = String(repeating: "f", count: 40)
    try HubFixture.with([HubFixture.pythia(), HubFixture.pile()]) { workspace, _, environment in
      #expect(try workspace.bergson(build, environment: environment).code == 0)
      // The repositories move on, and the data set has other rows now.
      let moved = try LoopbackHub([
        HubFixture.pythia(commit: later),
        LoopbackHub.Repository(
          "datasets/\(HubFixture.dataset)", commit: later, folder: TestFiles.package.appending(path: "Examples/facts")),
      ])
      defer { moved.stop() }
      let environment = environment.merging(["HF_ENDPOINT": moved.endpoint]) { $1 }
      let query = try workspace.bergson(
        ["query", "--index", "run", "--text", "The mitochondria"], environment: environment)
      #expect(query.code == 0, "\(query.errors)")
      let again = try workspace.bergson(["build", "run/config.yaml", "--run_path", "again"], environment: environment)
      #expect(again.code == 0, "\(again.errors)")
      for run in try workspace.catalog().runs() {
        #expect(try workspace.catalog().details(of: run.id).models.map(\.hubRevision) == [commit])
      }
      #expect(try workspace.contents("again/gradients.bin") == workspace.contents("run/gradients.bin"))
      #expect(moved.hubRequests.isEmpty)
    }
  }

  @Test func aPathGoesBeforeAnId() throws {
    try HubFixture.with([HubFixture.pythia()]) { workspace, hub, environment in
      let folder = workspace.url(HubFixture.dataset)
      try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
      try FileManager.default.copyItem(
        at: URL(filePath: Workspace.data("data.jsonl")), to: folder.appending(path: "train.jsonl"))
      let ended = try workspace.bergson(build, environment: environment)
      #expect(ended.code == 0, "\(ended.errors)")
      #expect(!hub.hubRequests.contains { $0.target.contains("datasets") })
      let run = try #require(try workspace.catalog().runs().first)
      #expect(try workspace.catalog().details(of: run.id).datasets.map(\.path) == [folder.path])
    }
  }

  @Test func generateAndTokenizeTakeIdsToo() throws {
    try HubFixture.with([HubFixture.pythia()]) { workspace, _, environment in
      let texts = ["--text", "two people walked"]
      for command in [["tokenize"], ["generate", "--max_new_tokens", "3"]] {
        let local = try workspace.bergson(command + texts + ["--model", Workspace.model])
        #expect(local.code == 0 && !local.output.isEmpty)
        let remote = try workspace.bergson(
          command + texts + ["--model", HubFixture.model, "--revision", "step3000"], environment: environment)
        #expect(remote.output == local.output, "\(remote.errors)")
        let here = try workspace.bergson(command + texts + ["--model", Workspace.model, "--revision", "main"])
        #expect(here.code == 1 && here.errors.contains("has no revision 'main'"))
      }
    }
  }

  @Test(arguments: [
    (["--dataset", "NeelNanda/pile-20k"], "has no dataset 'NeelNanda/pile-20k'"),
    (["--dataset", "owner/gated"], "the dataset 'owner/gated' is gated"),
    (["--split", "dev"], "'NeelNanda/pile-10k' has no split 'dev'; it has 'train'"),
    (["--subset", "en"], "there is no subset 'en'; there are 'default'"),
    (["--data_kwargs", "revision=v9"], "the dataset 'NeelNanda/pile-10k' has no revision 'v9'"),
    (["--revision", "step9"], "the model 'EleutherAI/pythia-14m' has no revision 'step9'"),
    (["--dataset", "here", "--data_kwargs", "revision=v9"], "lies here and has no revision 'v9'"),
    (["--dataset", "not/an/id"], "there is no file or folder 'not/an/id'"),
  ])
  func whatTheHubDoesNotHaveIsSaid(_ flags: [String], _ words: String) throws {
    let gated = LoopbackHub.Repository("datasets/owner/gated", commit: commit, access: .gated, files: [])
    try HubFixture.with([HubFixture.pythia(), HubFixture.pile(), gated]) { workspace, _, environment in
      try FileManager.default.createDirectory(at: workspace.url("here"), withIntermediateDirectories: true)
      let ended = try workspace.bergson(build + flags, environment: environment)
      #expect(ended.code == 1)
      #expect(ended.errors.contains(words), "\(ended.errors)")
    }
  }

  @Test func withoutTheHubWhatIsMissingIsNamed() throws {
    try HubFixture.with([HubFixture.pythia(), HubFixture.pile()]) { workspace, _, environment in
      #expect(try workspace.bergson(["tokenize", "--model", HubFixture.model], environment: environment).code == 0)
      let offline = environment.merging(["HF_HUB_OFFLINE": "1"]) { $1 }
      let ended = try workspace.bergson(
        build + ["--model", Workspace.model], environment: offline)
      #expect(
        ended.code == 1 && ended.errors.contains("the dataset 'NeelNanda/pile-10k' at 'main' is not in the cache"))
      #expect(ended.errors.contains("HF_HUB_OFFLINE forbids to download it"))
    }
  }

  @Test func otherArgumentsOfTheReaderAreRefusedBeforeTheRun() throws {
    try Workspace.with { workspace in
      let ended = try workspace.bergson(build + ["--data_kwargs", "data_dir=x"])
      #expect(ended.code == 64 && ended.errors.contains("there is no argument 'data_dir' here"), "\(ended.errors)")
      #expect(!workspace.has("catalog.sqlite"))
    }
  }
}
