/// The commands that the Python tool's documentation shows, word for word, on a hub that has what they name.
import Foundation
import Testing

@Suite struct DocumentedCommandsTests {
  private static let source = "--model EleutherAI/pythia-14m --dataset NeelNanda/pile-10k --truncation"

  /// Runs a line as a shell would read it, and expects that it succeeds.
  private func run(
    _ line: String, in workspace: Workspace, _ environment: [String: String], input: String = ""
  ) throws -> Workspace.Ended {
    let words = line.split(separator: " ").map(String.init)
    #expect(words.first == "bergson")
    let ended = try workspace.bergson(Array(words.dropFirst()), input: input, environment: environment)
    #expect(ended.code == 0, "\(line): \(ended.errors)")
    return ended
  }

  @Test func anIndexIsBuiltQueriedAndScored() throws {
    try HubFixture.with([HubFixture.pythia(), HubFixture.pile()]) { workspace, _, environment in
      _ = try run("bergson build runs/my-index \(Self.source)", in: workspace, environment)
      let answer = try run(
        "bergson query --index runs/my-index", in: workspace, environment, input: "people walked on the Moon\nexit\n")
      #expect(answer.output.contains("Top 5 results for 'people walked on the Moon':"))
      #expect(answer.output.contains("In 1969, two people walked on the Moon"))
      _ = try run(
        "bergson score runs/my-scores \(Self.source) --query_path runs/my-index --projection_dim 16", in: workspace,
        environment)
      #expect(try workspace.names(in: "runs/my-scores").contains("scores.bin"))
    }
  }

  @Test func gradientsAreReducedToTheirMean() throws {
    try HubFixture.with([HubFixture.pythia(), HubFixture.pile()]) { workspace, _, environment in
      _ = try run(
        "bergson reduce runs/my-index \(Self.source) --aggregation mean --unit_normalize --projection_dim 0 "
          + "--skip_preconditioners", in: workspace, environment)
      #expect(try workspace.names(in: "runs/my-index").contains("gradients.bin"))
    }
  }

  @Test func theCurvatureIsApproximated() throws {
    try HubFixture.with([HubFixture.pythia(), HubFixture.pile()]) { workspace, _, environment in
      _ = try run("bergson hessian runs/my-hessian \(Self.source) --method kfac", in: workspace, environment)
      #expect(try !workspace.names(in: "runs/my-hessian/kfac").isEmpty)
    }
  }

  @Test func preconditionersAreFitted() throws {
    try HubFixture.with([HubFixture.pythia(), HubFixture.pile()]) { workspace, _, environment in
      _ = try run(
        "bergson preconditioners runs/my-processor \(Self.source) --normalizer adam", in: workspace, environment)
      #expect(try workspace.names(in: "runs/my-processor").contains("processor_config.yaml"))
      #expect(try workspace.names(in: "runs/my-processor").contains("normalizers.safetensors"))
    }
  }
}
