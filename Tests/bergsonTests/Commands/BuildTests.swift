/// `bergson build`, `reduce` and `preconditioners` from the command line to what is on disk and in the catalog.
import Catalog
import Engine
import Foundation
import Testing

@testable import bergson

@Suite struct BuildTests {
  @Test func buildLeavesARunDirectoryAndNothingElse() throws {
    try Workspace.with { workspace in
      try workspace.build("run", "data.jsonl")
      #expect(
        try workspace.names(in: "run") == [
          "config.yaml", "data.hf", "gradients.bin", "hessians.safetensors", "hessians_eigen.safetensors", "info.json",
          "processor_config.yaml", "rows.npy",
        ])
      #expect(try workspace.names().filter { !$0.hasPrefix("catalog.") } == ["run"])
      // 16 documents x 8 modules x (16 x 16) floats
      #expect(try workspace.contents("run/gradients.bin").count == 16 * 8 * 256 * 4)
    }
  }

  @Test func theCatalogKnowsWhatRanAndOnWhat() throws {
    try Workspace.with { workspace in
      let details = try workspace.build("run", "data.jsonl", "--run_name", "first")
      let run = details.run
      #expect(try run.state() == .finished)
      #expect(run.name == "first" && run.command == "build" && run.exitCode == 0 && run.error == nil)
      #expect(run.path == workspace.path("run"))
      #expect(run.version == Bergson.version && run.coreCount >= 1 && !run.kernels.isEmpty)
      #expect(run.finishedAt.map { $0 >= run.startedAt } == true)
      #expect(try String(decoding: workspace.contents("run/config.yaml"), as: UTF8.self) == run.configYAML)

      let model = try #require(details.models.first)
      let loaded = try LoadedModel(path: Workspace.model, precision: .fp32)
      #expect(details.models.count == 1 && model.path == Workspace.model && model.architecture == "gpt_neox")
      #expect(model.weightsDigest == loaded.weightsDigest.hex && model.precision == "fp32")
      let tokenizer = URL(filePath: Workspace.model).appending(path: "tokenizer.json")
      #expect(model.tokenizerDigest == (try Digest.sha256(of: tokenizer).hex))
      // Embedding and head: 2 x 384 x 32. Norms: 5 x 64. Each layer: 12 x 32 x 32 - 2 x 32 x 32 weights and their biases.
      #expect(model.parameterCount == 45888 && model.attributedParameterCount == 20480)

      let data = try #require(details.datasets.first)
      #expect(details.datasets.count == 1 && data.role == .data && data.path == Workspace.data("data.jsonl"))
      #expect(data.split == "train" && data.rowCount == 16 && data.tokenCount == 624)
    }
  }

  @Test func theCatalogHasSizesAndDigestsOfTheFilesOnDisk() throws {
    try Workspace.with { workspace in
      let produced = try workspace.build("run", "data.jsonl").produced
      #expect(
        produced.map { "\($0.kind) \(URL(filePath: $0.path).lastPathComponent)" }.sorted() == [
          "index gradients.bin", "preconditioner hessians.safetensors", "preconditioner hessians_eigen.safetensors",
          "rows rows.npy",
        ])
      for artifact in produced {
        let url = URL(filePath: artifact.path)
        #expect(url.deletingLastPathComponent().path == workspace.path("run"))
        #expect(artifact.bytes == Int64(try Data(contentsOf: url).count), "\(artifact.path)")
        #expect(artifact.digest == (try Digest.sha256(of: url).hex), "\(artifact.path)")
        #expect(
          artifact.keyDigest != nil && artifact.keyIngredients?["precision"] == "fp32" && artifact.replacedAt == nil)
      }
    }
  }

  @Test func theCatalogHasTheMeasures() throws {
    try Workspace.with { workspace in
      let details = try workspace.build("run", "data.jsonl")
      let metrics = Dictionary(uniqueKeysWithValues: details.metrics.map { ($0.name, $0) })
      #expect(metrics["documents"]?.value == 16 && metrics["tokens"]?.value == 624)
      #expect(metrics["skippedRows"]?.value == 0 && metrics["nonFiniteRows"]?.value == 0)
      let share = try #require(metrics["attributedShare"]?.value)
      #expect(abs(share - 20480.0 / 45888.0) < 1e-12)
      let memory = try #require(metrics["peakMemory"])
      #expect(memory.unit == "bytes" && memory.value > 1e6)
      let time = try #require(metrics["wallTime"])
      #expect(time.unit == "s" && time.value > 0 && time.value >= metrics["gradientTime"]?.value ?? .infinity)
      #expect(details.warnings.isEmpty)
    }
  }

  @Test func documentsWithoutAGradientAreWarnedOfByRow() throws {
    try Workspace.with { workspace in
      let details = try workspace.build("run", "edge.jsonl")
      #expect(details.warnings == ["3 documents under two tokens, which have no gradient: row 0, 1, 3"])
      #expect(details.metrics.first { $0.name == "skippedRows" }?.value == 3)
    }
  }

  @Test func aRunIsRepeatedToTheByteFromItsConfiguration() throws {
    try Workspace.with { workspace in
      let first = try workspace.build("run", "data.jsonl", "--projection_dim", "8", "--unit_normalize")
      let bytes = try workspace.contents("run/gradients.bin")
      let second = try workspace.run(["build", workspace.path("run/config.yaml"), "--overwrite", "--no_reuse"])
      #expect(try workspace.contents("run/gradients.bin") == bytes)
      #expect(second.run.path == first.run.path && second.run.id != first.run.id)
      func keys(_ details: RunDetails) -> [String: String?] {
        Dictionary(uniqueKeysWithValues: details.produced.map { ($0.path, $0.keyDigest) })
      }
      #expect(keys(second) == keys(first))
      #expect(try workspace.names().filter { !$0.hasPrefix("catalog.") } == ["run"])
    }
  }

  @Test func theSameRowsInAnyFormatAreTheSameData() throws {
    try Workspace.with { workspace in
      let texts = ["Bread needs flour, water and salt.", "She said: \"no\".", "日本の首都は東京です。 🚀"]
      let lines = texts.map { "{\"text\": \"\($0.replacing("\"", with: "\\\""))\"}" }.joined(separator: "\n")
      let csv = "text\n" + texts.map { "\"\($0.replacing("\"", with: "\"\""))\"" }.joined(separator: "\r\n")
      let files = [
        try workspace.write(lines, to: "d.jsonl"),
        try workspace.write("[" + lines.replacing("\n", with: ",") + "]", to: "d.json"),
        try workspace.write(csv, to: "d.csv"), try workspace.write(texts.joined(separator: "\n"), to: "d.txt"),
      ]
      var digests = Set<String>()
      var gradients = Set<Data>()
      for (number, file) in files.enumerated() {
        let details = try workspace.run([
          "build", workspace.path("run\(number)"), "--model", Workspace.model, "--dataset", file,
          "--skip_preconditioners",
        ])
        digests.formUnion(details.datasets.map(\.digest))
        gradients.insert(try workspace.contents("run\(number)/gradients.bin"))
      }
      #expect(digests.count == 1 && gradients.count == 1)
      let other = try workspace.build("other", "data.jsonl", "--split", "train[:3]", "--skip_preconditioners")
      #expect(other.datasets.first.map { !digests.contains($0.digest) && $0.rowCount == 3 } == true)
    }
  }

  @Test func reduceLeavesTheMeanOfTheRowsThatBuildLeaves() throws {
    try Workspace.with { workspace in
      try workspace.build("rows", "data.jsonl", "--skip_preconditioners")
      let details = try workspace.run([
        "reduce", workspace.path("mean"), "--model", Workspace.model, "--dataset", Workspace.data("data.jsonl"),
        "--skip_preconditioners",
      ])
      #expect(details.run.command == "reduce" && details.produced.map(\.kind).sorted() == ["aggregate", "rows"])
      #expect(
        try workspace.names(in: "mean") == [
          "config.yaml", "gradients.bin", "info.json", "processor_config.yaml", "rows.npy",
        ])
      let rows = try GradientIndex(opening: workspace.url("rows"))
      let mean = try GradientIndex(opening: workspace.url("mean"))
      #expect(mean.rowCount == 1 && mean.rowWidth == rows.rowWidth)
      let values = FloatStorage(count: rows.rowCount * rows.rowWidth)
      let result = FloatStorage(count: mean.rowWidth)
      rows.readRows(0..<rows.rowCount, into: values.base)
      mean.readRows(0..<1, into: result.base)
      for column in 0..<rows.rowWidth {
        let sum = (0..<rows.rowCount).reduce(0.0) { $0 + Double(values.base[$1 * rows.rowWidth + column]) }
        // Float32 rows, summed in float64 on both sides.
        #expect(abs(sum / Double(rows.rowCount) - Double(result.base[column])) <= 1e-6 * max(1, abs(sum)))
      }
    }
  }

  @Test func preconditionersLeavesMatricesAndNoGradients() throws {
    try Workspace.with { workspace in
      let details = try workspace.run([
        "preconditioners", workspace.path("h"), "--model", Workspace.model, "--dataset", Workspace.data("data.jsonl"),
        "--stats_sample_size", "10",
      ])
      #expect(
        try workspace.names(in: "h") == [
          "config.yaml", "hessians.safetensors", "hessians_eigen.safetensors", "processor_config.yaml", "rows.npy",
        ])
      #expect(
        details.run.command == "preconditioners" && Set(details.produced.map(\.kind)) == ["preconditioner", "rows"])
      #expect(details.datasets.first?.rowCount == 10)
      // The same documents give the same matrices when gradients are written too.
      try workspace.build("b", "data.jsonl", "--stats_sample_size", "10")
      #expect(try workspace.contents("b/hessians.safetensors") == workspace.contents("h/hessians.safetensors"))
    }
  }
}
