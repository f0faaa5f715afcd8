/// `matrix:` in configuration files.
import Engine
import Foundation
import Testing

@testable import bergson

@Suite struct SettingMatrixTests {
  private func read(_ yaml: String) throws -> [RunStep] {
    try TestFiles.withFile(yaml) { try RunConfiguration.read($0) }
  }

  private static let twoByTwo = """
    steps:
    - build:
        index_cfg:
          run_path: runs/{projection_dim}-{index_cfg.include_bias}
          data: {dataset: a.jsonl}
    matrix:
      projection_dim: [8, 16]
      index_cfg.include_bias: [false, true]
    """

  @Test func stepsAreMadeForEveryCombination() throws {
    let steps = try read(Self.twoByTwo)
    #expect(steps.map(\.index.projectionDim) == [8, 8, 16, 16])
    #expect(steps.map(\.index.includeBias) == [false, true, false, true])
    #expect(steps.map(\.index.runPath) == ["runs/8-false", "runs/8-true", "runs/16-false", "runs/16-true"])
    #expect(steps.allSatisfy { $0.index.data.dataset == "a.jsonl" })
  }

  @Test func everyStepThatHasTheSettingTakesItAndOthersAreMadeOnce() throws {
    let steps = try read(
      """
      steps:
      - hessian: {index_cfg: {run_path: runs/h}}
      - build: {index_cfg: {run_path: 'runs/q{damping_factor}'}, preprocess_cfg: {hessian_path: runs/h}}
      - score:
          index_cfg: {run_path: 'runs/s{damping_factor}'}
          score_cfg: {query_path: 'runs/q{damping_factor}'}
      matrix:
        damping_factor: [0.1, 0.01]
      """)
    #expect(steps.map(\.command) == [.hessian, .build, .score, .build, .score])
    #expect(steps.map(\.preprocess.inversionConfig.dampingFactor) == [0.1, 0.1, 0.1, 0.01, 0.01])
    #expect(steps.map(\.score.queryPath) == ["", "", "runs/q0.1", "", "runs/q0.01"])
  }

  @Test func nestedSettingsAreNamedWithOrWithoutWhatTheyLieIn() throws {
    for key in ["split", "data.split", "index_cfg.data.split"] {
      let steps = try read(
        "steps:\n- build: {index_cfg: {run_path: 'r{\(key)}'}}\nmatrix: {\(key): ['train[:1]', 'train[:2]']}")
      #expect(steps.map(\.index.data.split) == ["train[:1]", "train[:2]"], "\(key)")
    }
  }

  @Test(arguments: [
    ("matrix: []", "matrix: found an empty list, expected a mapping of settings to lists of values"),
    ("matrix: {}", "matrix: found a mapping, expected a mapping of settings to lists of values"),
    ("matrix: {projection_dim: 8}", "matrix.projection_dim: found the integer 8, expected a list of plain values"),
    ("matrix: {projection_dim: []}", "matrix.projection_dim: found an empty list, expected a list of plain values"),
    ("matrix: {projection_dim: [[8]]}", "expected a list of plain values"),
    ("matrix: {projection_dims: [8]}", "there is no such setting; did you mean 'projection_dim'?"),
    ("matrix: {score: [nearest]}", "there is no such setting"),
    ("matrix: {projection_dim: [eight]}", "line 3: build.index_cfg.projection_dim: found the string 'eight'"),
    ("matrix: {include_bias: [true, false]}", "several steps that write to 'runs/a'"),
  ])
  func faultsAreNamed(matrix: String, message: String) throws {
    let yaml = "steps:\n- build: {index_cfg: {run_path: runs/a}}\n\(matrix)"
    let error = try #require(throws: ConfigurationError.self) { try read(yaml) }
    #expect("\(error)".contains(message), "\(error)")
  }

  @Test func manyCombinationsAreAMistakeAndNoLongWait() throws {
    let values = "[" + (0..<200).map(String.init).joined(separator: ", ") + "]"
    let keys = ["projection_dim", "projection_seed", "workers", "token_batch_size", "max_batch_size", "stats_seed"]
    let matrix = keys.map { "  \($0): \(values)\n" }.joined()
    let error = try #require(throws: ConfigurationError.self) {
      try read("steps:\n- build: {index_cfg: {run_path: 'a'}}\nmatrix:\n\(matrix)")
    }
    #expect("\(error)".contains("more than 10000 combinations"), "\(error)")
  }

  @Test func aFileWithAMatrixRuns() throws {
    try Workspace.with { workspace in
      let file = try workspace.write(
        """
        steps:
        - build:
            index_cfg:
              run_path: 'runs/p{projection_dim}'
              model: \(Workspace.model)
              data: {dataset: \(Workspace.data("query.jsonl"))}
              skip_preconditioners: true
        matrix: {projection_dim: [2, 3]}
        """, to: "matrix.yaml")
      let ended = try workspace.bergson(file)
      #expect(ended.code == 0, "\(ended.errors)")
      #expect(try workspace.names(in: "runs") == ["p2", "p3"])
      let yaml = try String(contentsOfFile: workspace.path("runs/p3/config.yaml"), encoding: .utf8)
      #expect(yaml.contains("projection_dim: 3") && !yaml.contains("matrix"))
    }
  }
}
