/// What a run takes over from an earlier one, and what it does not.
import Catalog
import Engine
import Foundation
import Testing

@testable import bergson

@Suite struct ReuseTests {
  private func metric(_ name: String, _ details: RunDetails) throws -> Double {
    try #require(details.metrics.first { $0.name == name }, "\(name)").value
  }

  private func inode(_ path: String) throws -> UInt64? {
    try FileManager.default.attributesOfItem(atPath: path)[.systemFileNumber] as? UInt64
  }

  @Test func theSameAgainTakesNoForwardPass() throws {
    try Workspace.with { workspace in
      let first = try workspace.build("first", "data.jsonl")
      #expect(try metric("forwardPasses", first) > 0)
      let second = try workspace.build("second", "data.jsonl")
      #expect(try metric("forwardPasses", second) == 0)
      #expect(try metric("tokens", second) == metric("tokens", first))
      #expect(try workspace.names(in: "second") == workspace.names(in: "first"))
      #expect(try workspace.contents("second/gradients.bin") == workspace.contents("first/gradients.bin"))
      #expect(second.used.map(\.path).sorted() == first.produced.map(\.path).sorted())
      #expect(second.produced.map(\.keyDigest) == first.produced.map(\.keyDigest))
      // Files of complete runs do not change, so that one copy will do.
      #expect(
        try inode(workspace.path("second/gradients.bin")) == inode(workspace.path("first/gradients.bin")))
      let yaml = try String(contentsOfFile: workspace.path("second/config.yaml"), encoding: .utf8)
      #expect(yaml.contains("run_path: \(workspace.path("second"))\n"))
    }
  }

  @Test func thePlaceOfTheModelAndTheWayOfWorkingDoNotMatter() throws {
    try Workspace.with { workspace in
      try workspace.build("first", "data.jsonl")
      let copy = try workspace.modelCopy("renamed").path
      let second = try workspace.run([
        "build", workspace.path("second"), "--model", copy, "--dataset", Workspace.data("data.jsonl"),
        "--token_batch_size", "128", "--workers", "1", "--run_name", "other",
      ])
      #expect(try metric("forwardPasses", second) == 0)
    }
  }

  @Test func everyCommandThatMakesARunReuses() throws {
    try Workspace.with { workspace in
      let model = ["--model", Workspace.model, "--dataset", Workspace.data("data.jsonl")]
      try workspace.build("queries", "query.jsonl")
      let commands: [(String, [String])] = [
        ("preconditioners", []), ("reduce", []), ("hessian", ["--ev_correction"]),
        ("hessian", ["--method", "autocorrelation"]),
        ("score", ["--query_path", workspace.path("queries"), "--unit_normalize"]),
      ]
      for (number, (command, flags)) in commands.enumerated() {
        let runs = try ["first", "second"].map {
          try workspace.run([command, workspace.path("\($0)\(number)")] + model + flags)
        }
        #expect(try metric("forwardPasses", runs[0]) > 0, "\(command)")
        #expect(try metric("forwardPasses", runs[1]) == 0, "\(command)")
        #expect(try workspace.names(in: "first\(number)") == workspace.names(in: "second\(number)"), "\(command)")
        #expect(runs[0].produced.map(\.digest) == runs[1].produced.map(\.digest), "\(command)")
      }
      // A report of reused scores is that of the scores.
      let reports = try ["first4", "second4"].map { try workspace.bergson("report", $0, "--format", "md").output }
      let hits = reports.map { $0.split(separator: "\n").filter { $0.hasPrefix("| 1 |") } }
      #expect(!hits[0].isEmpty && hits[0] == hits[1])
    }
  }

  @Test(arguments: ["changed", "cut", "gone"]) func whatIsNotAsItWasIsMadeAnew(damage: String) throws {
    try Workspace.with { workspace in
      try workspace.build("first", "data.jsonl", "--skip_preconditioners")
      let rows = try workspace.contents("first/gradients.bin")
      let file = workspace.url("first/gradients.bin")
      switch damage {
      case "changed": try Data(rows.map { $0 ^ 1 }).write(to: file)
      case "cut": try rows.dropLast(4).write(to: file)
      default: try FileManager.default.removeItem(at: file)
      }
      let second = try workspace.build("second", "data.jsonl", "--skip_preconditioners")
      #expect(try metric("forwardPasses", second) > 0 && second.used.isEmpty)
      #expect(try workspace.contents("second/gradients.bin") == rows)
    }
  }

  @Test func whatMayNotBeReusedIsNot() throws {
    try Workspace.with { workspace in
      try workspace.build("first", "data.jsonl")
      #expect(try metric("forwardPasses", workspace.build("forbidden", "data.jsonl", "--no_reuse")) > 0)
      // An index without a preconditioner has not all that is wanted.
      try workspace.build("index", "query.jsonl", "--skip_preconditioners")
      #expect(try metric("forwardPasses", workspace.build("both", "query.jsonl")) > 0)
      // No key knows the columns that are stored.
      #expect(try metric("forwardPasses", workspace.build("columns", "data.jsonl", "--no_drop_columns")) > 0)
      let removed = try workspace.bergson("runs", "rm", "first", "forbidden", "columns")
      #expect(removed.code == 0, "\(removed.errors)")
      #expect(try metric("forwardPasses", workspace.build("again", "data.jsonl")) > 0)
    }
  }

  @Test func aRunMayTakeThePlaceOfTheOneThatItReuses() throws {
    try Workspace.with { workspace in
      try workspace.build("run", "data.jsonl")
      let rows = try workspace.contents("run/gradients.bin")
      let second = try workspace.build("run", "data.jsonl", "--overwrite")
      #expect(try metric("forwardPasses", second) == 0 && second.used.isEmpty)
      #expect(try workspace.contents("run/gradients.bin") == rows)
      #expect(second.produced.allSatisfy { $0.replacedAt == nil })
      let verified = try workspace.bergson("runs", "verify", "run")
      #expect(verified.code == 0, "\(verified.errors)")
    }
  }

  @Test func aProcessSaysWhatItReuses() throws {
    try Workspace.with { workspace in
      let build = ["--model", Workspace.model, "--dataset", Workspace.data("data.jsonl")]
      #expect(try workspace.bergson(["build", "one", "--run_name", "the first"] + build).code == 0)
      let second = try workspace.bergson(["build", "two"] + build)
      #expect(second.code == 0 && second.errors.contains("reused from the first\n"), "\(second.errors)")
    }
  }

  @Test func whyNotNamesWhatDiffers() throws {
    try Workspace.with { workspace in
      try workspace.build("first", "data.jsonl", "--skip_preconditioners")
      let second = try workspace.build("second", "data.jsonl", "--skip_preconditioners", "--projection_seed", "3")
      let key = try #require(second.produced.first?.keyDigest)
      for wanted in ["second", String(key.prefix(12))] {
        let ended = try workspace.bergson("runs", "why-not", wanted)
        #expect(ended.code == 0, "\(ended.errors)")
        let lines = ended.output.split(separator: "\n").map { $0.split(separator: " ").map(String.init) }
        #expect(ended.output.contains("nearest is \(workspace.path("first"))\n"), "\(ended.output)")
        #expect(lines.dropFirst(2) == [["projection_seed", "3", "none"]])
      }
      let first = try workspace.bergson("runs", "why-not", "first", "--json")
      #expect(first.output.contains("\"differences\" : ["), "\(first.output)")
      #expect(try workspace.bergson("runs", "why-not", "nobody").code != 0)
    }
  }
}
