import Foundation
import Testing

/// The sets of reference numbers beside this repository, and which of their cases are not run, and why.
enum SharedFixtures {
  private static let sets = ["gpt_neox", "gpt2", "llama", "llama_tied"]
  private static let releases = ["expected_v2", "expected"]

  private static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    .appendingPathComponent("shared/fixtures")

  static var areThere: Bool { FileManager.default.fileExists(atPath: root.path) }

  struct Case: Sendable, CustomTestStringConvertible {
    let set: String
    /// `expected_v2`, of 2.5.1, or `expected`, of 0.9.1.
    let release: String
    let name: String

    var testDescription: String { "\(set)/\(release)/\(name)" }

    func fixture() throws -> FixtureCase {
      try FixtureSet(root: root.appendingPathComponent(set)).fixtureCase("\(release)/\(name)")
    }
  }

  /// All of them: none is left out without a word.
  static let cases: [Case] = sets.flatMap { set in
    releases.flatMap { release in
      let folder = root.appendingPathComponent(set).appendingPathComponent(release)
      let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
      return names.sorted().filter {
        FileManager.default.fileExists(atPath: folder.appendingPathComponent("\($0)/case.json").path)
      }.map { Case(set: set, release: release, name: $0) }
    }
  }

  static func reasonToLeaveOut(_ fixture: FixtureCase) -> String? {
    if fixture.isError { return "the reference itself fails" }
    let reasons = fixture.version == "expected" ? changed : missing
    if let reason = reasons[fixture.name] { return reason }
    if fixture.lacksProcessor { return "its processor is not among the files" }
    let unknown = fixture.unknownSettings()
    return unknown.isEmpty ? nil : "this version has no " + unknown.map { "`\($0)`" }.joined(separator: " and ")
  }

  private static let command = "no command of this program"

  /// Of release 2.5.1.
  private static let missing = [
    "astra": command, "astra_cg": command, "gauss_newton": command, "lissa": command, "trak": command,
    "batches": "batches here have no padding, and no gradient depends on them",
    "ekfac_contrast": "this version has no queries to subtract (`query.contrast`)",
    "hessian_autocorrelation_tokens": "2.5.1 leaves token rows out of account there",
  ]

  private static let damping = "0.9.1 damps by the mean of |H_ij|"
  private static let factors = "0.9.1 neither divides the corrections by the documents nor scales the eigenvalues"

  /// Of release 0.9.1, whose definitions were changed since.
  private static let changed = [
    "batches": "batches here have no padding, and no gradient depends on them",
    "build_chunk_with_lengths": "its chunks are not among the files; those of `expected_v2/build_chunk` are the same",
    "optimizer": "holds files that other cases read",
    "build_attribute_tokens_completion": "0.9.1 has rows of labelled tokens alone",
    "build_normal": "projections of version 1 are `rademacher`",
    "ekfac": factors, "hessian_kfac": factors, "hessian_kfac_loss_mean": factors, "hessian_shampoo": factors,
    "hessian_tkfac": factors, "trackstar": damping, "trackstar_unit": damping, "trackstar_unit_mean": damping,
    "attributor": damping, "query_command": damping, "reduce_mean_preconditioned": damping,
    "reduce_mean_preconditioned_unit": damping, "score_preconditioned": damping,
    "score_preconditioned_unit": damping, "score_reduced": damping, "score_reduced_unit": damping,
    "score_unit_mean_preconditioned": damping,
  ]
}
