import Foundation
import Testing

@testable import Engine

@Suite struct KroneckerConformanceTests {
  private typealias Store = KroneckerFiles.Store

  private func fit(_ fixture: FixtureCase, in scratch: Scratch) throws -> (directory: URL, outcome: RunOutcome) {
    let run = scratch.url.appendingPathComponent("run")
    let hessian = try fixture.hessianConfiguration()
    let outcome = try HessianPipeline(fixture.indexConfiguration(run: run), hessian).run(RunContext())
    return (run.appendingPathComponent(hessian.method.rawValue), outcome)
  }

  @Test(arguments: [
    "hessian_kfac", "hessian_kfac_bias", "hessian_kfac_completion", "hessian_kfac_loss_mean", "hessian_tkfac",
    "hessian_shampoo",
  ])
  func factorsEqualTheReference(name: String) throws {
    try checkFactors(FixtureSet.gptNeoX.fixtureCase("expected_v2/\(name)"))
  }

  /// The tensors that a case keeps, and traces and sums of all.
  func checkFactors(_ fixture: FixtureCase) throws {
    let name = "\(fixture.set.testDescription) \(fixture.directory.lastPathComponent)"
    let scratch = try Scratch()
    let (directory, outcome) = try fit(fixture, in: scratch)
    let (own, reference) = (KroneckerFiles(directory), KroneckerFiles(fixture.directory))
    let stores: [Store] = [
      .activation, .gradient, .activationValues, .gradientValues, .eigenvalues, .correction,
    ]
    for store in stores where FileManager.default.fileExists(atPath: reference.file(store).path) {
      let tolerance = try #require(try fixture.tolerance(store.rawValue))
      let expected = try SafetensorsFile(reference.file(store))
      let found = try SafetensorsFile(own.file(store))
      for module in expected.names {
        let shape = try expected.shape(of: module)
        #expect(try found.shape(of: module) == shape)
        let values = (try found.floats(module), try expected.floats(module))
        // An eigenvalue next to zero is rounding: what counts is its distance in units of the largest.
        let distance = Distance(values.0, values.1, columns: shape.count == 1 ? values.0.count : shape[1])
        #expect(
          distance.isWithinOverMaximum(tolerance),
          "\(name) \(store.rawValue) \(module): \(distance), recorded \(tolerance)")
      }
    }
    let summary = try fixture.summary()
    #expect(outcome.metrics.first { $0.name == "positions" }?.value == Double(summary.totalProcessed))
    // Traces and sums of all modules, also of those whose tensors are not kept.
    for (store, traces) in summary.traces {
      let file = try SafetensorsFile(own.file(try #require(Store(rawValue: store))))
      #expect(Set(file.names) == Set(traces.keys))
      for (module, trace) in traces {
        let order = try file.shape(of: module)[0]
        let values = try file.floats(module)
        let sum = (0..<order).reduce(0.0) { $0 + Double(values[$1 * (order + 1)]) }
        #expect(abs(sum / trace - 1) < 1e-5, "\(name) \(store) \(module): trace \(sum), recorded \(trace)")
      }
    }
    for (store, sums) in summary.sums {
      let file = try SafetensorsFile(own.file(try #require(Store(rawValue: store))))
      for (module, recorded) in sums {
        let sum = try file.floats(module).reduce(0.0) { $0 + Double($1) }
        #expect(abs(sum / recorded - 1) < 1e-5, "\(name) \(store) \(module): sum \(sum), recorded \(recorded)")
      }
    }
  }

  @Test func groupsOfModulesGiveTheSameBytes() throws {
    try checkGroups(FixtureSet.gptNeoX.fixtureCase("expected_v2/hessian_kfac_partitions"))
  }

  func checkGroups(_ fixture: FixtureCase) throws {
    let scratch = try (Scratch(), Scratch(), Scratch())
    #expect(try fixture.hessianConfiguration().modulePartitions == 2)
    let parted = KroneckerFiles(try fit(fixture, in: scratch.0).directory)
    let whole = KroneckerFiles(
      try fit(fixture.set.fixtureCase("expected_v2/hessian_kfac"), in: scratch.1).directory)
    for store in Store.allCases {
      #expect(try Digest.sha256(of: parted.file(store)) == Digest.sha256(of: whole.file(store)), "\(store)")
    }
    // Nor do threads change a byte.
    let run = scratch.2.url.appendingPathComponent("run")
    var configuration = try fixture.indexConfiguration(run: run)
    configuration.workers = 3
    _ = try HessianPipeline(configuration, fixture.hessianConfiguration()).run(RunContext())
    let three = KroneckerFiles(run.appendingPathComponent("kfac"))
    for store in Store.allCases {
      #expect(try Digest.sha256(of: three.file(store)) == Digest.sha256(of: whole.file(store)), "\(store)")
    }
  }

  /// Factors of the documents, inverted and applied to the queries' whole gradients, times the documents'.
  @Test(arguments: [
    "ekfac", "ekfac_bias", "ekfac_corrected", "ekfac_factored_tikhonov", "ekfac_pseudoinverse", "ekfac_shampoo",
    "ekfac_tkfac", "ekfac_uncorrected_each",
  ])
  func scoresEqualTheReference(name: String) throws {
    try checkScores(FixtureSet.gptNeoX.fixtureCase("expected_v2/\(name)"))
  }

  func checkScores(_ fixture: FixtureCase) throws {
    let set = fixture.set
    let name = "\(set.testDescription) \(fixture.directory.lastPathComponent)"
    let scratch = try Scratch()
    let hessian = try fixture.hessianConfiguration()
    let place = { scratch.url.appendingPathComponent($0) }
    _ = try HessianPipeline(fixture.indexConfiguration(run: place("hessian")), hessian).run(RunContext())

    let pipeline = try fixture.pipelineConfiguration()
    var queries = try fixture.indexConfiguration(run: place("queries"))
    queries.data.dataset = set.path(pipeline.query.dataset)
    _ = try BuildPipeline(queries, PreprocessConfig()).run(RunContext())

    var preprocess = PreprocessConfig()
    preprocess.preconditionerPath = place("hessian").path
    preprocess.eigenvalueCorrection = hessian.eigenvalueCorrection
    preprocess.aggregation = pipeline.query.aggregation ?? .none
    preprocess.inversionConfig = pipeline.inversion ?? InversionConfig()
    var score = ScoreConfig()
    score.queryPath = queries.runPath
    let run = place("scores")
    let outcome = try ScorePipeline(
      score, fixture.indexConfiguration(run: run), preprocess,
      queries: ScorePipeline.QueryRun(preprocess: PreprocessConfig(), data: queries.data)
    ).run(RunContext())
    #expect(outcome.used.count == 6)

    let scores = try ScoreFile(opening: run)
    var values = [Float](repeating: 0, count: scores.rowCount * scores.queryCount)
    scores.readScores(0..<scores.rowCount, queries: 0..<scores.queryCount, into: &values)
    let tolerance = try fixture.tolerance("scores") ?? Self.usual
    let distance = try Distance(values, fixture.array("scores.npy").values, columns: scores.queryCount)
    #expect(distance.isWithin(tolerance), "\(name): \(distance), recorded \(tolerance)")
  }

  /// Where a case records no distance: the largest that its neighbours record.
  private static let usual = (overMaximum: 3e-6, rowRelative: 2e-5)

  /// The reference's own factors, inverted and applied to the mean of the queries' whole gradients.
  static let inversions = [
    ("damped_inverse", EigenvalueInversion.dampedInverse, false, HessianPower.inverse),
    ("damped_inverse", .dampedInverse, false, .inverseSquareRoot),
    ("absolute_damped_inverse", .absoluteDampedInverse, false, .inverse),
    ("factored_tikhonov", .factoredTikhonov, false, .inverse),
    ("pseudoinverse", .pseudoinverse, false, .inverse),
    ("tikhonov_filtered", .tikhonovFiltered, false, .inverse),
    ("damped_inverse", .dampedInverse, true, .inverse),
    ("damped_inverse", .dampedInverse, true, .inverseSquareRoot),
    ("absolute_damped_inverse", .absoluteDampedInverse, true, .inverse),
    ("pseudoinverse", .pseudoinverse, true, .inverse), ("tikhonov_filtered", .tikhonovFiltered, true, .inverse),
  ]

  @Test(arguments: inversions)
  func inversionsEqualTheReference(
    name: String, inversion: EigenvalueInversion, corrected: Bool, power: HessianPower
  ) throws {
    try checkInversion(FixtureSet.gptNeoX, name, inversion, corrected, power)
  }

  func checkInversion(
    _ set: FixtureSet, _ name: String, _ inversion: EigenvalueInversion, _ corrected: Bool, _ power: HessianPower
  ) throws {
    let fixture = try set.fixtureCase("expected_v2/factored_inversions")
    let scratch = try Scratch()
    var configuration = try fixture.indexConfiguration(run: scratch.url.appendingPathComponent("query"))
    configuration.data.dataset = set.path("query.jsonl")
    configuration.projectionDim = 0
    var mean = PreprocessConfig()
    mean.aggregation = .mean
    _ = try BuildPipeline(configuration, mean).run(RunContext())
    let index = try GradientIndex(opening: URL(fileURLWithPath: configuration.runPath))

    let half = if case .inverseSquareRoot = power { "_half" } else { "" }
    let result = "\(name)_\(corrected ? "corrected" : "uncorrected")\(half)"
    let expected = try SafetensorsFile(fixture.directory.appendingPathComponent("\(result).safetensors"))
    let tolerance = try #require(try fixture.tolerance(result))
    for module in expected.names {
      let columns = try index.columns(of: [module])[0]
      let storage = FloatStorage(count: columns.count)
      index.readRows(0..<1, columns: [columns], into: storage.base)
      let preconditioner = try Preconditioner(
        directory: set.path("expected_v2/hessian_kfac"),
        blocks: [GradientBlock(name: module, columns: 0..<columns.count)], power: power,
        inversion: InversionConfig(inversion: inversion, dampingFactor: 0.1), corrected: corrected)
      let row = storage.matrix(1, columns.count)
      preconditioner.apply(to: row, arena: Arena())
      let distance = try Distance(row.toArray(), expected.floats(module), columns: columns.count)
      #expect(distance.isWithin(tolerance), "\(result) \(module): \(distance), recorded \(tolerance)")
    }
  }
}
