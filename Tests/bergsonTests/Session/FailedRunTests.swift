/// What a user does wrong, or gets from others: the command says so in one line, leaves nothing under the run path, and
/// the catalog keeps the reason.
import Engine
import Foundation
import Testing

@testable import bergson

@Suite struct FailedRunTests {
  /// Runs a command with run path `run` that has to fail, and checks what is left of it.
  private func expectFailure(
    _ workspace: Workspace, code: Int32 = 1, _ arguments: [String], says words: [String],
    sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    let ended = try workspace.bergson(arguments + ["--quiet"])
    #expect(ended.code == code, "\(ended.errors)", sourceLocation: sourceLocation)
    #expect(ended.output.isEmpty, sourceLocation: sourceLocation)
    #expect(ended.errors.hasPrefix("error: "), "\(ended.errors)", sourceLocation: sourceLocation)
    #expect(ended.errors.split(separator: "\n").count == 1, "\(ended.errors)", sourceLocation: sourceLocation)
    for word in words { #expect(ended.errors.contains(word), "\(ended.errors)", sourceLocation: sourceLocation) }
    #expect(try workspace.names().allSatisfy { !$0.hasPrefix("run") }, sourceLocation: sourceLocation)
    let list = try workspace.bergson("runs", "list", "--json")
    let runs = try #require(try JSONSerialization.jsonObject(with: Data(list.output.utf8)) as? [[String: Any]])
    #expect(runs.first?["state"] as? String == "failed", sourceLocation: sourceLocation)
    #expect(runs.first?["exitCode"] as? Int == Int(code), sourceLocation: sourceLocation)
    #expect(
      (runs.first?["error"] as? String).map { "error: \($0)\n" } == ended.errors, sourceLocation: sourceLocation)
  }

  private func build(model: String = Workspace.model, data: String = Workspace.data("data.jsonl"), _ flags: String...)
    -> [String]
  {
    ["build", "run", "--model", model, "--dataset", data] + flags
  }

  // MARK: Models

  @Test func aModelThatIsNotThere() throws {
    try Workspace.with { workspace in
      try expectFailure(
        workspace, build(model: "no/model/here"),
        says: ["no model directory at 'no/model/here'", "config.json", "OWNER/NAME"])
    }
  }

  @Test func aModelOfAnotherArchitecture() throws {
    try Workspace.with { workspace in
      let model = try workspace.modelCopy()
      let file = model.appending(path: "config.json")
      let text = try String(contentsOf: file, encoding: .utf8).replacing("gpt_neox", with: "mamba")
      try Data(text.utf8).write(to: file)
      try expectFailure(
        workspace, build(model: model.path), says: [file.path, "model_type 'mamba'", "not supported", "gpt_neox"])
    }
  }

  @Test func aModelWithoutATokenizer() throws {
    try Workspace.with { workspace in
      let model = try workspace.modelCopy()
      try FileManager.default.removeItem(at: model.appending(path: "tokenizer.json"))
      try expectFailure(workspace, build(model: model.path), says: ["'\(model.path)' has no 'tokenizer.json'"])
    }
  }

  @Test func weightsThatWereCutOff() throws {
    try Workspace.with { workspace in
      let file = try workspace.modelCopy().appending(path: "model.safetensors")
      let bytes = try Data(contentsOf: file)
      try bytes.prefix(bytes.count / 2).write(to: file)
      try expectFailure(workspace, build(model: "model"), says: [file.path, "was the download cut off?"])
    }
  }

  @Test func weightsWhoseHeaderIsLongerThanTheFile() throws {
    try Workspace.with { workspace in
      let file = try workspace.modelCopy().appending(path: "model.safetensors")
      try Data([0, 0, 1, 0, 0, 0, 0, 0, UInt8(ascii: "{"), UInt8(ascii: "}")]).write(to: file)
      try expectFailure(workspace, build(model: "model"), says: [file.path, "header of 65536 bytes but has 10 in all"])
    }
  }

  @Test func weightsWhoseTensorsShareBytes() throws {
    try Workspace.with { workspace in
      let file = try workspace.modelCopy().appending(path: "model.safetensors")
      let header =
        #"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"b":{"dtype":"F32","shape":[2],"data_offsets":[4,12]}}"#
      try Data(littleEndian(UInt64(header.utf8.count)) + Array(header.utf8) + [UInt8](repeating: 0, count: 12))
        .write(to: file)
      try expectFailure(workspace, build(model: "model"), says: [file.path, "tensors 'a' and 'b'", "share bytes"])
    }
  }

  @Test func weightsThatAreNoFloats() throws {
    try Workspace.with { workspace in
      let file = try workspace.modelCopy().appending(path: "model.safetensors")
      // Same width, so that nothing but the type is wrong.
      var bytes = try Data(contentsOf: file)
      let name = Data(#""gpt_neox.embed_in.weight":{"dtype":"F32""#.utf8)
      let found = try #require(bytes.range(of: name), "the fixture's header is written differently")
      bytes.replaceSubrange(found, with: Data(#""gpt_neox.embed_in.weight":{"dtype":"I32""#.utf8))
      try bytes.write(to: file)
      try expectFailure(
        workspace, build(model: "model"),
        says: [file.path, "tensor 'gpt_neox.embed_in.weight'", "dtype I32", "F32, F16"])
    }
  }

  private func littleEndian(_ value: UInt64) -> [UInt8] { (0..<8).map { UInt8(truncatingIfNeeded: value >> ($0 * 8)) } }

  // MARK: Data

  @Test(arguments: [
    (#"{"text": "fine"}\#n{"text": "cut"#, "data.jsonl:2: "), ("{\"text\": \"fine\"}\n\n[1]\n", "data.jsonl:3: "),
    ("{\"text\": \"a\"}\n{\"text\": 7}\n", "data.jsonl:2: column 'text' is"),
  ])
  func linesThatAreNoRows(_ text: String, _ words: String) throws {
    try Workspace.with { workspace in
      try expectFailure(workspace, build(data: try workspace.write(text, to: "data.jsonl")), says: [words])
    }
  }

  @Test(arguments: ["", "\n \n"]) func dataWithoutARow(_ text: String) throws {
    try Workspace.with { workspace in
      let file = try workspace.write(text, to: "data.jsonl")
      try expectFailure(workspace, build(data: file), says: ["selects no row of '\(file)', which has 0"])
    }
  }

  @Test func dataThatIsNotThere() throws {
    try Workspace.with { workspace in
      try expectFailure(workspace, build(data: "gone.jsonl"), says: ["there is no file or folder 'gone.jsonl'"])
    }
  }

  @Test func aColumnThatIsNotThere() throws {
    try Workspace.with { workspace in
      try expectFailure(
        workspace, build("--prompt_column", "body"),
        says: ["data.jsonl:1: no column 'body'", "'id', 'text'", "--prompt_column"])
    }
  }

  @Test func aDocumentOverTheBudgetOfTokens() throws {
    try Workspace.with { workspace in
      try expectFailure(
        // With more workers, whichever finds a long document first says so.
        workspace, build("--token_batch_size", "20", "--workers", "1"),
        says: ["data.jsonl", "line 1", "57 tokens", "--token_batch_size allows 20", "--truncation"])
      #expect(try workspace.bergson(build("--token_batch_size", "20", "--truncation")).code == 0)
    }
  }

  @Test func aModuleThatTheModelDoesNotHave() throws {
    try Workspace.with { workspace in
      try expectFailure(
        workspace, build("--modules", "layers.9.mlp"), says: ["'layers.9.mlp'", "layers.0.mlp.dense_h_to_4h"])
    }
  }

  // MARK: Scores

  private func score(_ flags: String...) -> [String] {
    ["score", "run", "--model", Workspace.model, "--dataset", Workspace.data("data.jsonl")] + flags
  }

  @Test func queriesOfAnotherProjection() throws {
    try Workspace.with { workspace in
      try workspace.build("queries", "query.jsonl", "--skip_preconditioners")
      try expectFailure(
        workspace, score("--query_path", "queries", "--projection_dim", "8"),
        says: [
          workspace.path("queries"), "was made with projection_dim 16", "uses projection_dim 8",
          "--projection_dim",
        ])
    }
  }

  /// There is nothing to average over; the run used to crash.
  @Test func nothingToFindAmongTheScoredDocuments() throws {
    try Workspace.with { workspace in
      let queries = try workspace.write(#"{"text": "two words", "source": [3, 99]}"#, to: "q.jsonl")
      try workspace.run(["build", workspace.path("queries"), "--model", Workspace.model, "--dataset", queries])
      try expectFailure(
        workspace, score("--query_path", "queries", "--supporting_column", "source", "--split", "train[4:]"),
        says: ["no row that 'source' names is among the scored documents"])
    }
  }

  @Test func aSupportingColumnThatIsNotThere() throws {
    try Workspace.with { workspace in
      try workspace.build("queries", "query.jsonl", "--skip_preconditioners")
      try expectFailure(
        workspace, score("--query_path", "queries", "--supporting_column", "source"),
        says: ["query.jsonl:1: no column 'source'", "--supporting_column"])
    }
  }

  @Test func queriesThatAreNotThere() throws {
    try Workspace.with { workspace in
      try expectFailure(
        workspace, score("--query_path", "queries"), says: ["there is no run at '\(workspace.path("queries"))'"])
    }
  }

  @Test func queriesThatAreScores() throws {
    try Workspace.with { workspace in
      try workspace.build("queries", "query.jsonl", "--skip_preconditioners")
      let made = try workspace.bergson(
        "score", "scores", "--model", Workspace.model, "--dataset", Workspace.data("data.jsonl"), "--query_path",
        "queries")
      #expect(made.code == 0)
      try expectFailure(
        workspace, score("--query_path", "scores"), says: ["'\(workspace.path("scores"))' was made by 'score'"])
    }
  }

  @Test func aPreconditionerThatWasNeverFitted() throws {
    try Workspace.with { workspace in
      try workspace.build("queries", "query.jsonl", "--skip_preconditioners")
      try expectFailure(
        workspace, score("--query_path", "queries", "--preconditioner_path", "queries"),
        says: [workspace.path("queries"), "holds no preconditioner", "--skip_preconditioners"])
    }
  }

  // MARK: Disk

  @Test func aRunPathThatIsNoDirectory() throws {
    try Workspace.with { workspace in
      let file = try workspace.write("mine", to: "taken")
      try expectFailure(
        workspace, code: 12,
        ["build", "taken/", "--model", Workspace.model, "--dataset", Workspace.data("data.jsonl")],
        says: ["'\(file)' is a file"])
      #expect(try workspace.contents("taken") == Data("mine".utf8))
    }
  }

  /// A file system of 256 KiB: 16 rows of gradients and their matrices need 8 MiB.
  @Test(.enabled(if: getuid() == 0, "mounting a small file system takes root")) func aDiskThatIsFull() throws {
    try Workspace.with { workspace in
      let disk = workspace.path("disk")
      try FileManager.default.createDirectory(atPath: disk, withIntermediateDirectories: true)
      guard mount("tmpfs", disk, "tmpfs", 0, "size=256k") == 0 else {
        // Containers have a root that may not mount.
        #expect([EPERM, EACCES].contains(errno), "\(String(cString: strerror(errno)))")
        return
      }
      defer { umount2(disk, Int32(MNT_DETACH)) }
      try expectFailure(
        workspace, ["build", "disk/run", "--model", Workspace.model, "--dataset", Workspace.data("data.jsonl")],
        says: ["disk/run.part/", "No space left on device"])
      #expect(try workspace.names(in: "disk").isEmpty)
    }
  }
}
