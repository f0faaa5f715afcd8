import Foundation
import Testing

@testable import Engine

/// Every case of every set that the reference numbers come from, most of which is too large for this repository: it lies
/// beside it, in `../shared/fixtures`. `scripts/conformance` runs this suite and makes `docs/conformance.md` of what it
/// records; a plain test run leaves it out.
@Suite(
  .enabled(
    if: ConformanceRecord.current != nil && SharedFixtures.areThere,
    "run by scripts/conformance, where ../shared/fixtures is"))
struct SharedConformanceTests {
  @Test(arguments: SharedFixtures.cases) func caseEqualsTheReference(shared: SharedFixtures.Case) throws {
    let fixture = try shared.fixture()
    let record = try #require(ConformanceRecord.current)
    var line = ConformanceRecord.Line(
      set: shared.set, release: shared.release, name: shared.name, what: fixture.what)
    line.reason = SharedFixtures.reasonToLeaveOut(fixture)
    guard line.reason == nil else { return try record.write(line) }
    let meter = ConformanceMeter()
    let ended = Result {
      // No issue is known here: the matcher only sees them pass by.
      try withKnownIssue(isIntermittent: true) {
        try ConformanceMeter.$current.withValue(meter) { try check(fixture) }
      } matching: { _ in
        meter.fail()
        return false
      }
    }
    if case .failure = ended { meter.fail() }
    line.units = meter.units
    line.failed = meter.hasFailed
    try record.write(line)
    try ended.get()
  }

  /// What the suites for single sets do with a case of this kind.
  private func check(_ fixture: FixtureCase) throws {
    let set = fixture.set
    switch fixture.name {
    case "forward": try checkForward(set)
    case "projections" where fixture.version == "expected":
      try RandomProjectionTests(set: set).versionOneIsNumPysGeneratorBitForBit()
    case "projections":
      try RandomProjectionTests(set: set).signsAreThePythonToolsBitForBit()
      try RandomProjectionTests(set: set).normalEntriesAreThePythonToolsButForTheLastBits()
    case "tokenization":
      for name in DocumentConformanceTests.cases {
        try DocumentConformanceTests().rowsEqualTheReference(set: set.root.lastPathComponent, name: name)
      }
    case "build_preconditioned":
      try BuildConformanceTests().check(fixture)
      try HessianConformanceTests().checkAutocorrelation(fixture)
    case "lora_ce", "lora_kl": try LoRAConformanceTests().check(fixture)
    case "raw_gradients", "raw_gradients_bias": try BuildConformanceTests().checkWhole(fixture)
    case "attributor": try QueryConformanceTests(set: set).answersEqualTheAttributor()
    case "query_command": try QueryConformanceTests(set: set).answersEqualTheQueryCommandsRecord()
    case "mix", "mix_many": try PipelineConformanceTests().mixtureEqualsTheReference(set: set, name: fixture.name)
    case "optimizer_names": try NormalizerConformanceTests().namesAndOrientationsAreTheLoaders(set: set)
    case "trackstar", "trackstar_no_mix", "trackstar_unit", "trackstar_unit_mean":
      try PipelineConformanceTests().trackstarEqualsTheReference(set: set, name: fixture.name)
    case "ekfac", "ekfac_corrected", "ekfac_projected", "ekfac_projected_global":
      try PipelineConformanceTests().ekfacEqualsTheReference(set: set, name: fixture.name)
    case "inversions":
      for (name, inversion, power) in HessianConformanceTests.inversions {
        try HessianConformanceTests().checkInversion(set, name, inversion, power)
      }
    case "factored_inversions":
      for (name, inversion, corrected, power) in KroneckerConformanceTests.inversions {
        try KroneckerConformanceTests().checkInversion(set, name, inversion, corrected, power)
      }
    case "hessian_kfac_partitions": try KroneckerConformanceTests().checkGroups(fixture)
    case "score_unprojected": try ScoreConformanceTests().checkUnprojected(fixture)
    case "score_mixed_unit": try ScoreConformanceTests().checkMixed(fixture)
    case "score_nearest_expected": try ScoreConformanceTests().checkMeantNearest(fixture)
    case "recall": try EvaluationConformanceTests().checkRecall(fixture)
    case "lds": try EvaluationConformanceTests().checkRetraining(fixture)
    default: try checkCommand(fixture)
    }
  }

  private func checkCommand(_ fixture: FixtureCase) throws {
    switch fixture.name.prefix(while: { $0 != "_" }) {
    case "preconditioners": try HessianConformanceTests().checkAutocorrelation(fixture)
    case "build", "query": try BuildConformanceTests().check(fixture)
    case "reduce": try BuildConformanceTests().checkReduced(fixture)
    case "score":
      try ScoreConformanceTests().check(
        fixture, fixture.scoreConfiguration(), tolerance: fixture.tolerance("scores") ?? ScoreConformanceTests.usual)
    case "ekfac": try KroneckerConformanceTests().checkScores(fixture)
    case "hessian":
      let isKronecker = try fixture.hessianConfiguration().method.kronecker != nil
      let isNamed = ["kfac", "tkfac", "shampoo"].contains { fixture.name.contains($0) }
      if isKronecker && isNamed {
        try KroneckerConformanceTests().checkFactors(fixture)
      } else {
        try HessianConformanceTests().checkAutocorrelation(fixture)
      }
    default: Issue.record("nothing checks \(fixture.name); say why in SharedFixtures, or check it")
    }
  }

  private func checkForward(_ set: FixtureSet) throws {
    let forward = ForwardConformanceTests(set: set)
    for document in [0, 1, 5] { try forward.logitsEqualTheReference(document: document) }
    try forward.lossesEqualTheReference(name: "loss_sum", reduction: .sum)
    try forward.lossesEqualTheReference(name: "loss_mean", reduction: .mean)
  }
}
