/// Rows of a grown data set that are taken from earlier indexes, and those that are not.
import Catalog
import Engine
import Foundation
import Testing

@testable import bergson

@Suite struct RowReuseTests {
  /// What `InvarianceTests` allows for rows of one document in two batches, and what is made of them: sums of 16 rows.
  private static let tolerance: Float = 1e-5

  private func metric(_ name: String, _ details: RunDetails) -> Double? {
    details.metrics.first { $0.name == name }?.value
  }

  private func rows(_ workspace: Workspace, _ run: String) throws -> [[Float]] {
    let index = try GradientIndex(opening: workspace.url(run))
    return (0..<index.rowCount).map { row in
      var values = [Float](repeating: 0, count: index.rowWidth)
      index.readRows(row..<row + 1, into: &values)
      return values
    }
  }

  private func expectClose(_ some: [Float], _ others: [Float], _ what: Comment) {
    let largest = others.map(abs).max() ?? 0
    let farthest = zip(some, others).map { abs($0 - $1) }.max() ?? .infinity
    #expect(some.count == others.count && largest > 0 && farthest <= Self.tolerance * largest, what)
  }

  /// The documents, eight new ones among them, in another order.
  private func grown(_ workspace: Workspace) throws -> String {
    let lines = try String(contentsOfFile: Workspace.data("data.jsonl"), encoding: .utf8).split(separator: "\n")
    let new = try String(contentsOfFile: Workspace.data("query.jsonl"), encoding: .utf8).split(separator: "\n")
    return try workspace.write((new + lines.reversed() + [lines[3]]).joined(separator: "\n") + "\n", to: "grown.jsonl")
  }

  @Test(arguments: [[], ["--unit_normalize", "--skip_preconditioners"], ["--include_bias"], ["--precision", "bf16"]])
  func onlyNewDocumentsGoThroughTheModel(flags: [String]) throws {
    try Workspace.with { workspace in
      // Documents alone in their batches, so that passes count them.
      let common = ["--model", Workspace.model, "--max_batch_size", "1", "--projection_dim", "4"] + flags
      let skips = flags.contains("bf16") ? ["--skip_preconditioners"] : []
      let first = try workspace.run(
        ["build", workspace.path("first"), "--dataset", Workspace.data("data.jsonl")] + common + skips)
      #expect(metric("forwardPasses", first) == 16 && metric("rowsReused", first) == nil)
      let grown = ["--dataset", try grown(workspace)] + common + skips
      let second = try workspace.run(["build", workspace.path("second")] + grown)
      #expect(metric("forwardPasses", second) == 4 && metric("rowsReused", second) == 17)
      // The preconditioner, too, where one is made.
      let files =
        ["gradients.bin"] + (second.produced.contains { $0.kind == "preconditioner" } ? ["hessians.safetensors"] : [])
      #expect(second.used.map(\.path) == files.map { workspace.path("first/\($0)") })
      let fresh = try workspace.run(["build", workspace.path("fresh"), "--no_reuse"] + grown)
      #expect(metric("forwardPasses", fresh) == 21 && metric("rowsReused", fresh) == nil)
      #expect(second.produced.map(\.keyDigest) == fresh.produced.map(\.keyDigest))
      #expect(second.warnings == fresh.warnings && metric("tokens", second) == metric("tokens", fresh))
      // Batches are the same here, and so is every bit.
      for name in ["gradients.bin", "info.json", "rows.npy"] {
        #expect(try workspace.contents("second/\(name)") == workspace.contents("fresh/\(name)"), "\(name)")
      }
      #expect(try workspace.names(in: "second") == workspace.names(in: "fresh"))
      let again = try workspace.run(["build", workspace.path("again")] + grown)
      #expect(metric("forwardPasses", again) == 0)
    }
  }

  /// Where batches are other ones, rows that are taken are those of then, and new ones are as good as any.
  @Test func rowsOfOtherBatchesDifferInTheirLastBits() throws {
    try Workspace.with { workspace in
      let common = ["--model", Workspace.model, "--skip_preconditioners"]
      try workspace.run(["build", workspace.path("first"), "--dataset", Workspace.data("data.jsonl")] + common)
      let grown = ["--dataset", try grown(workspace)] + common
      try workspace.run(["build", workspace.path("second")] + grown)
      try workspace.run(["build", workspace.path("fresh"), "--no_reuse"] + grown)
      let (first, second, fresh) = (
        try rows(workspace, "first"), try rows(workspace, "second"), try rows(workspace, "fresh")
      )
      for row in second.indices {
        if 4..<20 ~= row { #expect(second[row] == first[19 - row], "row \(row)") }
        expectClose(second[row], fresh[row], "row \(row)")
      }
    }
  }

  @Test func everyCommandTakesTheRowsThatThereAre() throws {
    try Workspace.with { workspace in
      let common = ["--model", Workspace.model, "--projection_dim", "4"]
      try workspace.run(
        ["build", workspace.path("first"), "--dataset", Workspace.data("data.jsonl"), "--max_batch_size", "1"] + common)
      let data = try grown(workspace)
      let grown = ["--dataset", data, "--max_batch_size", "1"] + common
      try workspace.run(
        ["build", workspace.path("queries"), "--dataset", Workspace.data("query.jsonl"), "--no_reuse"] + common)
      // Four of the rows are those of the queries, which are known by now; all the others are known from the first.
      let commands: [(command: String, flags: [String], rows: Double)] = [
        ("reduce", [], 21), ("reduce", ["--unit_normalize"], 21),
        ("preconditioners", ["--stats_sample_size", "20"], 20),
        ("score", ["--query_path", workspace.path("queries"), "--unit_normalize"], 21),
        ("hessian", ["--method", "autocorrelation", "--stats_sample_size", "18"], 18),
      ]
      for (number, (command, flags, count)) in commands.enumerated() {
        let details = try workspace.run([command, workspace.path("own\(number)")] + grown + flags)
        #expect(metric("forwardPasses", details) == 0, "\(command)")
        #expect(metric("rowsReused", details) == count, "\(command)")
        let taken = ["first/gradients.bin", "queries/gradients.bin"].map(workspace.path)
        #expect(Set(details.used.map(\.path)).isSuperset(of: taken), "\(command)")
        let fresh = try workspace.run([command, workspace.path("fresh\(number)"), "--no_reuse"] + grown + flags)
        #expect(metric("forwardPasses", fresh) ?? 0 > 0, "\(command)")
        switch command {
        case "reduce":
          expectClose(try rows(workspace, "own\(number)")[0], try rows(workspace, "fresh\(number)")[0], "reduce")
        case "score":
          let scores = try ["own\(number)", "fresh\(number)"].map { run in
            let file = try ScoreFile(opening: workspace.url(run))
            var values = [Float](repeating: 0, count: file.rowCount * file.queryCount)
            file.readScores(0..<file.rowCount, queries: 0..<file.queryCount, into: &values)
            return values
          }
          expectClose(scores[0], scores[1], "score")
        default:
          let folder = command == "hessian" ? "/autocorrelation" : ""
          let matrices = try ["own", "fresh"].map { run in
            try AutocorrelationHessian(directory: workspace.url("\(run)\(number)\(folder)")).blocks.flatMap {
              $0.matrix.values.map(Float.init)
            }
          }
          expectClose(matrices[0], matrices[1], "\(command)")
        }
      }
    }
  }

  private func matrices(_ workspace: Workspace, _ run: String) throws -> [Double] {
    try AutocorrelationHessian(directory: workspace.url(run)).blocks.flatMap(\.matrix.values)
  }

  @Test(arguments: [
    ("preconditioners", "", [], 0), ("hessian", "/autocorrelation", ["--method", "autocorrelation"], 0),
    ("build", "", ["--unit_normalize"], 16), ("reduce", "", ["--aggregation", "mean"], nil),
  ])
  func sumsOverADataSetThatHasGrownAreExtended(
    command: String, folder: String, flags: [String], rowsReused: Double?
  ) throws {
    try Workspace.with { workspace in
      let common = ["--model", Workspace.model, "--projection_dim", "4", "--max_batch_size", "1"] + flags
      try workspace.run([command, workspace.path("first"), "--dataset", Workspace.data("data.jsonl")] + common)
      let grown = ["--dataset", try grown(workspace)] + common
      let second = try workspace.run([command, workspace.path("second")] + grown)
      // The fifth new document is one of those that are known, once more. An aggregate is of all rows, which nobody has.
      #expect(metric("forwardPasses", second) == (rowsReused == nil ? 21 : 5))
      #expect(metric("rowsInReusedSums", second) == 16)
      #expect(metric("rowsReused", second) == (rowsReused == 0 ? nil : rowsReused))
      let fresh = try workspace.run([command, workspace.path("fresh"), "--no_reuse"] + grown)
      #expect(metric("forwardPasses", fresh) == 21)
      #expect(metric("tokens", second) == metric("tokens", fresh) && second.warnings == fresh.warnings)
      #expect(second.produced.map(\.keyDigest) == fresh.produced.map(\.keyDigest))
      let (own, whole) = (
        try matrices(workspace, "second" + folder), try matrices(workspace, "fresh" + folder)
      )
      let largest = whole.map(abs).max() ?? 0
      // As `KnownSums` says.
      #expect(largest > 0 && zip(own, whole).allSatisfy { abs($0 - $1) <= 1e-14 * largest })
      #expect(try workspace.contents("second\(folder)/rows.npy") == workspace.contents("fresh\(folder)/rows.npy"))
      if command == "build" {
        #expect(try workspace.contents("second/gradients.bin") == workspace.contents("fresh/gradients.bin"))
      }
    }
  }

  @Test func sumsOverOtherDocumentsOrSamplesAreNotExtended() throws {
    try Workspace.with { workspace in
      let common = ["--model", Workspace.model, "--max_batch_size", "1"]
      func fit(_ name: String, _ data: String, _ flags: String...) throws -> RunDetails {
        try workspace.run(["preconditioners", workspace.path(name), "--dataset", data] + common + flags)
      }
      _ = try fit("all", Workspace.data("data.jsonl"))
      // It lacks two of the documents.
      #expect(try metric("forwardPasses", fit("fewer", Workspace.data("data.jsonl"), "--split", "train[:14]")) == 14)
      let query = try fit("query", Workspace.data("query.jsonl"))
      #expect(metric("rowsInReusedSums", query) == nil && query.used.isEmpty)
    }
  }

  @Test(arguments: ["rows", "table", "manifest", "recipe", "removed", "forbidden"])
  func rowsThatAreNotAsTheyWereAreMadeAnew(reason: String) throws {
    try Workspace.with { workspace in
      let common = ["--model", Workspace.model, "--skip_preconditioners", "--max_batch_size", "1"]
      try workspace.run(["build", workspace.path("first"), "--dataset", Workspace.data("data.jsonl")] + common)
      var flags: [String] = []
      func damage(_ name: String) throws {
        var bytes = try workspace.contents("first/\(name)")
        bytes[bytes.count - 3] ^= 1
        try bytes.write(to: workspace.url("first/\(name)"))
      }
      switch reason {
      case "rows": try damage("gradients.bin")
      case "table": try damage("rows.npy")
      case "manifest": try Data("{}".utf8).write(to: workspace.url("first/info.json"))
      case "recipe": flags = ["--projection_seed", "5"]
      case "removed": #expect(try workspace.bergson("runs", "rm", "first").code == 0)
      default: flags = ["--no_reuse"]
      }
      let second = try workspace.run(
        ["build", workspace.path("second"), "--dataset", try grown(workspace)] + common + flags)
      #expect(metric("forwardPasses", second) == 21 && metric("rowsReused", second) == nil && second.used.isEmpty)
    }
  }

  @Test func aProcessSaysHowManyRowsItReuses() throws {
    try Workspace.with { workspace in
      let model = ["--model", Workspace.model]
      #expect(
        try workspace.bergson(["build", "one", "--dataset", Workspace.data("data.jsonl")] + model).code == 0)
      let second = try workspace.bergson(["build", "two", "--dataset", try grown(workspace)] + model)
      #expect(second.errors.contains("17 of 21 rows reused from \(workspace.path("one"))\n"), "\(second.errors)")
    }
  }
}
