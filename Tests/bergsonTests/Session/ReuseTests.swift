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
        ("hessian", ["--method", "autocorrelation", "--projection_dim", "8"]),
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

  private func flags(_ command: String, _ path: String) -> [String] {
    [command, path, "--model", Workspace.model, "--data.dataset", Workspace.data("data.jsonl")]
      + ["--query.dataset", Workspace.data("query.jsonl")]
  }

  private func files(_ details: RunDetails, in workspace: Workspace) -> [String: String] {
    let directory = (details.run.path ?? "") + "/"
    return Dictionary(
      uniqueKeysWithValues: details.produced.map {
        (String($0.path.dropFirst(directory.count)), "\($0.digest) \($0.keyDigest ?? "")")
      })
  }

  private static let pipelines: [(String, [String])] = [
    ("trackstar", ["--projection_dim", "4", "--target_downweight_components", "10"]),
    ("trackstar", ["--projection_dim", "4", "--normalizer", "adam", "--query.aggregation", "mean"]),
    ("ekfac", ["--projection_dim", "0", "--ev_correction"]),
    ("ekfac", ["--projection_dim", "4", "--query.aggregation", "none", "--method", "tkfac"]),
  ]

  @Test(arguments: pipelines) func everyStepOfAPipelineIsReused(command: String, more: [String]) throws {
    try Workspace.with { workspace in
      let first = try workspace.run(flags(command, workspace.path("first")) + more)
      #expect(try metric("forwardPasses", first) > 0)
      var again = flags(command, workspace.path("second")) + more
      again[3] = try workspace.modelCopy("renamed").path
      let second = try workspace.run(again)
      #expect(try metric("forwardPasses", second) == 0)
      #expect(files(second, in: workspace) == files(first, in: workspace))
      #expect(Set(second.used.map(\.path)).isSuperset(of: first.produced.map(\.path).filter { !$0.contains("rows") }))
      for name in ["documents", "tokens", "attributedShare", "queries"] {
        #expect(try metric(name, second) == metric(name, first), "\(name)")
      }
      #expect(second.warnings == first.warnings)
      for folder in try workspace.names(in: "first") where !folder.contains(".") {
        #expect(try workspace.names(in: "first/\(folder)") == workspace.names(in: "second/\(folder)"), "\(folder)")
        let yaml = workspace.path("second/\(folder)/config.yaml")
        guard folder != "mixed_hessian" else { continue }
        #expect(try String(contentsOfFile: yaml, encoding: .utf8).contains(workspace.path("second/\(folder)")))
      }
      // What was linked is nobody's to change: the first run is as it was.
      let verified = try workspace.bergson("runs", "verify", "first")
      #expect(verified.code == 0, "\(verified.errors)")
    }
  }

  @Test func theStepsOfTrackstarTakeWhatOtherCommandsHaveMade() throws {
    try Workspace.with { workspace in
      for (name, data) in [("values", "data.jsonl"), ("queries", "query.jsonl")] {
        try workspace.build(name, data, "--projection_dim", "4")
      }
      let own = ["--projection_dim", "4", "--target_downweight_components", "10"]
      let details = try workspace.run(flags("trackstar", workspace.path("run")) + own)
      #expect(try metric("forwardPasses", details) == 0)
      let taken = ["values/gradients.bin", "queries/gradients.bin", "values/hessians.safetensors"]
      #expect(Set(details.used.map(\.path)).isSuperset(of: taken.map(workspace.path)))
      let fresh = try workspace.run(flags("trackstar", workspace.path("fresh")) + own + ["--no_reuse"])
      #expect(files(details, in: workspace) == files(fresh, in: workspace))
      #expect(try metric("tokens", details) == metric("tokens", fresh))
      // And the other way round.
      let preconditioner = try workspace.run(
        [
          "preconditioners", workspace.path("alone"), "--model", Workspace.model, "--dataset",
          Workspace.data("data.jsonl"), "--projection_dim", "4",
        ])
      #expect(try metric("forwardPasses", preconditioner) == 0)
      #expect(try metric("tokens", preconditioner) == metric("tokens", fresh))
    }
  }

  @Test func theHessianOfOneCommandServesAnother() throws {
    try Workspace.with { workspace in
      let model = ["--model", Workspace.model, "--dataset", Workspace.data("data.jsonl")]
      let hessian = try workspace.run(["hessian", workspace.path("hessian")] + model)
      let details = try workspace.run(flags("ekfac", workspace.path("run")) + ["--projection_dim", "0"])
      let made = Set(hessian.produced.map(\.path))
      #expect(Set(details.used.map(\.path)).isSuperset(of: made))
      #expect(try metric("positions", details) == metric("positions", hessian))
      try FileManager.default.removeItem(at: workspace.url("hessian"))
      let again = try workspace.run(["hessian", workspace.path("again")] + model)
      #expect(try metric("forwardPasses", again) == 0 && metric("positions", again) == metric("positions", hessian))
      #expect(again.produced.map(\.digest) == hessian.produced.map(\.digest))
      let preconditioner = try workspace.run(["preconditioners", workspace.path("fitted")] + model)
      let folder = try workspace.run(["hessian", workspace.path("folder"), "--method", "autocorrelation"] + model)
      #expect(try metric("forwardPasses", folder) == 0)
      #expect(folder.produced.map(\.digest) == preconditioner.produced.map(\.digest))
    }
  }

  @Test func aPreconditionerIsFittedToTheRowsThatAreThere() throws {
    try Workspace.with { workspace in
      let fresh = try workspace.build("fresh", "data.jsonl", "--token_batch_size", "128", "--no_reuse")
      #expect(try workspace.bergson("runs", "rm", "fresh").code == 0)
      let index = try workspace.build("index", "data.jsonl", "--token_batch_size", "128", "--skip_preconditioners")
      let both = try workspace.build("both", "data.jsonl", "--token_batch_size", "128")
      #expect(try metric("forwardPasses", both) == 0)
      #expect(both.used.map(\.path).sorted() == index.produced.map(\.path).sorted())
      #expect(files(both, in: workspace) == files(fresh, in: workspace))
      // A preconditioner of rows that were changed cannot be fitted to them: the model makes them again.
      let unit = ["--unit_normalize", "--token_batch_size", "128"]
      let model = ["--model", Workspace.model, "--dataset", Workspace.data("data.jsonl"), "--projection_dim", "8"]
      try workspace.run(["build", workspace.path("unit"), "--skip_preconditioners"] + model + unit)
      let fitted = try workspace.run(["build", workspace.path("unit both")] + model + unit)
      #expect(try metric("forwardPasses", fitted) > 0)
      #expect(fitted.used.map(\.path).contains(workspace.path("unit/gradients.bin")))
      let whole = try workspace.run(["build", workspace.path("unit fresh"), "--no_reuse"] + model + unit)
      #expect(files(fitted, in: workspace) == files(whole, in: workspace))
    }
  }

  @Test func normalizersAreFittedOnce() throws {
    try Workspace.with { workspace in
      let plain = try workspace.build("plain", "data.jsonl", "--projection_dim", "8")
      let first = try workspace.build("first", "data.jsonl", "--normalizer", "adafactor")
      #expect(try metric("forwardPasses", first) > metric("forwardPasses", plain))
      // Another sketch of the same gradients.
      let second = try workspace.build("second", "data.jsonl", "--normalizer", "adafactor", "--projection_dim", "8")
      #expect(try metric("forwardPasses", second) == metric("forwardPasses", plain))
      #expect(second.used.map(\.path) == [workspace.path("first/normalizers.safetensors")])
      let other = try workspace.build(
        "other", "data.jsonl", "--normalizer", "adafactor", "--stats_sample_size", "5", "--projection_dim", "8")
      #expect(try metric("forwardPasses", other) > metric("forwardPasses", plain))
      #expect(other.used.isEmpty)
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
      // No key knows the columns that are stored: the rows are taken one by one, and the data set is written.
      let columns = try workspace.build("columns", "data.jsonl", "--no_drop_columns")
      #expect(try metric("rowsReused", columns) == 16)
      #expect(try workspace.contents("columns/gradients.bin") == workspace.contents("first/gradients.bin"))
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
      #expect(second.code == 0 && second.errors.contains("index: reused from the first\n"), "\(second.errors)")
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
