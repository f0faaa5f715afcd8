import Foundation
import Testing

@testable import Engine

struct ModelPlaceTests {
  private func place(_ path: String, revision: String? = nil, arguments: String = "") throws -> ModelPlace {
    try ModelPlace(path, revision: revision, arguments: arguments, LocalRepositories())
  }

  @Test func aModelIsItsOwnBase() throws {
    let path = AdapterFixtures.model("llama")
    let place = try place(path)
    #expect(place.base.directory.path == path && place.adapter == nil && place.adapterTokenizer == nil)
    #expect(throws: RepositoryError.revisionOfDirectory(path: path, revision: "v1")) {
      try self.place(path, revision: "v1")
    }
  }

  @Test func theBaseModelIsFoundByPathAndBesideTheAdapter() throws {
    let scratch = try Scratch()
    let adapter = try AdapterFixtures.copy("llama_head", of: "llama_tied", to: scratch)
    let base = scratch.url.appendingPathComponent("base")
    #expect(try place(adapter.path).base.directory.path == base.path)
    #expect(try place(adapter.path + "/").base.directory.path == base.path)
    try AdapterFixtures.edit(adapter) { $0["base_model_name_or_path"] = base.path }
    #expect(try place(adapter.path).base.directory.path == base.path)
  }

  /// As the Python tool's tokenizer class does, which looks where the model is.
  @Test func theTokenizerIsTheAdaptersOwnOrTheBaseModels() throws {
    let scratch = try Scratch()
    let adapter = try AdapterFixtures.copy("llama_head", of: "llama_tied", to: scratch)
    #expect(try place(adapter.path).adapterTokenizer == nil)
    try Data("{}".utf8).write(to: adapter.appendingPathComponent("tokenizer.json"))
    #expect(try place(adapter.path).adapterTokenizer?.lastPathComponent == "adapter")
  }

  /// Directories here, by the names that adapters use for repositories.
  private struct Hub: Repositories {
    let directories: [String: URL]

    func model(_ reference: String, revision: String?) throws -> ResolvedRepository {
      guard let directory = directories[reference] else { throw ModelError.noDirectory(reference) }
      return ResolvedRepository(directory: directory, commit: "commit of \(revision ?? "main")")
    }

    func tokenizer(_ reference: String, revision: String?) throws -> ResolvedRepository {
      try model(reference, revision: revision)
    }

    func dataset(
      _ reference: String, revision: String?, choosing: (RepositoryFiles) throws -> [String]
    ) throws -> ResolvedRepository {
      try model(reference, revision: revision)
    }
  }

  /// `--revision` is of the repository that is named; a directory has none, so there it is the base model's.
  @Test func revisionsGoToTheRepositoryThatTheyAreOf() throws {
    let scratch = try Scratch()
    let adapter = try AdapterFixtures.copy("llama_head", of: "llama_tied", to: scratch)
    try AdapterFixtures.edit(adapter) {
      $0["base_model_name_or_path"] = "owner/base"
      $0["revision"] = "v7"
    }
    let hub = Hub(directories: [
      "owner/adapter": adapter, "owner/base": scratch.url.appendingPathComponent("base"),
    ])
    let named = try ModelPlace("owner/adapter", revision: "v2", hub)
    #expect(named.adapter?.commit == "commit of v2" && named.base.commit == "commit of v7")
    #expect(try ModelPlace("owner/adapter", revision: nil, hub).adapter?.commit == "commit of main")
    let local = try ModelPlace(adapter.path, revision: "v3", hub)
    #expect(local.adapter?.commit == nil && local.base.commit == "commit of v3")
    #expect(try ModelPlace(adapter.path, revision: nil, hub).base.commit == "commit of v7")
    // What a run records as its revision is read the same way again.
    func recorded(_ reference: String) throws -> String? {
      try LoadedModel(reference, revision: "v4", precision: .fp32, from: hub).namedCommit
    }
    #expect(try recorded("owner/adapter") == "commit of v4" && recorded(adapter.path) == "commit of v4")
  }

  @Test func whatCannotBeFoundIsNamed() throws {
    let scratch = try Scratch()
    let adapter = try AdapterFixtures.copy("llama_head", of: "llama_tied", to: scratch)
    func failure(_ change: (inout [String: Any]) -> Void) throws -> String {
      try AdapterFixtures.edit(adapter, change)
      return "\(try #require(throws: (any Error).self) { try place(adapter.path) })"
    }
    let nowhere = try failure { $0["base_model_name_or_path"] = "nowhere/base" }
    #expect(nowhere.contains("names the base model 'nowhere/base', and there is nothing at 'nowhere/base' or"))
    #expect(try failure { $0["base_model_name_or_path"] = nil }.contains("add base_model_name_or_path"))
    #expect(try failure { $0["base_model_name_or_path"] = adapter.path }.contains("which is an adapter itself"))
    #expect(throws: AdapterError.freshOverAdapter(directory: AdapterFixtures.path("qwen2"))) {
      try place(AdapterFixtures.path("qwen2"), arguments: "r=4")
    }
  }

  @Test func anAdapterOfTheHubIsItsTwoFilesAndATokenizer() throws {
    func choice(_ names: [String]) throws -> [String] {
      try ModelFiles.model(RepositoryFiles(names: names, fetch: { _ in URL(fileURLWithPath: "/") }))
    }
    let others = ["README.md", "training_args.bin", "model.safetensors", "tokenizer.json"]
    #expect(
      try choice(others + ["adapter_config.json", "adapter_model.bin", "adapter_model.safetensors"])
        == ["tokenizer.json", "adapter_config.json", "adapter_model.safetensors"])
    #expect(
      ModelFiles.tokenizer(RepositoryFiles(names: ["adapter_config.json", "a"], fetch: { _ in URL(filePath: "/") }))
        == ["adapter_config.json"])
    #expect(
      try choice(["adapter_config.json", "adapter_model.bin"]) == ["adapter_config.json", "adapter_model.bin"])
    #expect(throws: RepositoryError.self) { try choice(["adapter_config.json", "model.safetensors"]) }
  }
}
