import Foundation
import Testing

@testable import Engine

/// Normalizers fitted to data: what they are, that they are kept, and that rows of others are refused.
struct NormalizerFitTests {
  private let fixture: PipelineFixture

  init() throws { fixture = try PipelineFixture() }

  private func normalizers(_ run: String) throws -> NormalizerSet {
    try #require(try NormalizerFiles.read(from: fixture.url(run)))
  }

  /// v = Σ P² / N over the documents' whole gradients, the bias being the last column; r and c are v's means.
  @Test func momentsAreMeansOfSquaredGradients() throws {
    try fixture.build(
      fixture.configuration("whole") {
        $0.projectionDim = 0
        $0.includeBias = true
        $0.skipPreconditioners = true
      })
    for (run, kind) in [("adam", NormalizerKind.adam), ("adafactor", .adafactor)] {
      try fixture.build(
        fixture.configuration(run) {
          $0.normalizer = kind
          $0.includeBias = true
          $0.skipPreconditioners = true
        })
    }
    let index = try GradientIndex(opening: fixture.url("whole"))
    let model = try LoadedModel(path: FixtureSet.gptNeoX.path("model"), precision: .fp32).model
    let rows = index.allRows()
    let (adam, adafactor) = (try normalizers("adam"), try normalizers("adafactor"))
    var start = 0
    for module in model.modules {
      let columns = module.inputs + 1
      var squares = [Double](repeating: 0, count: module.outputs * columns)
      for row in 0..<index.rowCount {
        for i in squares.indices {
          let value = Double(rows[row * index.rowWidth + start + i])
          squares[i] += value * value / Double(index.rowCount)
        }
      }
      start += squares.count
      func v(_ o: Int, _ i: Int) -> Double { squares[o * columns + i] }
      let weight = (0..<module.outputs).flatMap { o in (0..<module.inputs).map { v(o, $0) } }
      guard case .full(let full)? = adam.moments[module.name]?.weight,
        case .factored(let row, let column)? = adafactor.moments[module.name]?.weight
      else {
        Issue.record("no moments of \(module.name)")
        continue
      }
      #expect(relativeDistance(full.toArray(), weight) < 1e-5)
      let rowMeans = (0..<module.outputs).map { o in
        (0..<module.inputs).reduce(0) { $0 + v(o, $1) } / Double(module.inputs)
      }
      let columnMeans = (0..<module.inputs).map { i in
        (0..<module.outputs).reduce(0) { $0 + v($1, i) } / Double(module.outputs)
      }
      #expect(relativeDistance(row, rowMeans) < 1e-5 && relativeDistance(column, columnMeans) < 1e-5)
      let bias = (0..<module.outputs).map { v($0, module.inputs) }
      #expect(relativeDistance(try #require(adam.moments[module.name]?.bias), bias) < 1e-5)
      #expect(adafactor.moments[module.name]?.bias == adam.moments[module.name]?.bias)
    }
  }

  @Test func theyDoNotDependOnThreads() throws {
    for workers in [1, 3] {
      try fixture.build(
        fixture.configuration("workers\(workers)") {
          $0.normalizer = .adam
          $0.workers = workers
        })
    }
    #expect(try normalizers("workers1").digest == normalizers("workers3").digest)
  }

  @Test func samplesAreDrawnByTheSeed() {
    #expect(NormalizerFit.sample(of: 5, size: nil, seed: 1) == [0, 1, 2, 3, 4])
    #expect(NormalizerFit.sample(of: 5, size: 5, seed: 1) == [0, 1, 2, 3, 4])
    // sorted(random.Random(42).shuffle(range(10))[:4])
    #expect(NormalizerFit.sample(of: 10, size: 4, seed: 42) == Self.pythonSample)
    #expect(NormalizerFit.sample(of: 10, size: 4, seed: 43) != Self.pythonSample)
  }

  private static let pythonSample = [2, 3, 7, 8]

  /// `preconditioners` reads no more documents than statistics need, but its sample is one of all.
  @Test func everyCommandFitsTheSame() throws {
    let change: (inout IndexConfig) -> Void = {
      $0.normalizer = .adafactor
      $0.statsSampleSize = 6
    }
    try fixture.build(fixture.configuration("index", change))
    try fixture.build(
      fixture.configuration("processor") {
        change(&$0)
        $0.skipIndex = true
      })
    #expect(try normalizers("index").digest == normalizers("processor").digest)
    #expect(try normalizers("index").origin.contains("6 of 16 documents, seed 42"))
    let recipes = try ["index", "processor"].map { try fixture.bytes($0, ProcessorConfig.fileName) }
    #expect(recipes[0] == recipes[1])
    let hessians = try ["index", "processor"].map { try AutocorrelationHessian(directory: fixture.url($0)) }
    for (own, other) in zip(hessians[0].blocks, hessians[1].blocks) {
      // Gradients of a document round otherwise in another batch.
      let distance = Distance(
        own.matrix.values.map(Float.init), other.matrix.values.map(Float.init), columns: own.matrix.order)
      #expect(distance.overMaximum < 1e-5, "\(own.name): \(distance)")
    }
  }

  @Test func aProcessorGivesTheSameRowsAndItsPreconditioner() throws {
    try fixture.build(fixture.configuration("fitted") { $0.normalizer = .adam })
    let outcome = try fixture.build(
      fixture.configuration("taken") { $0.processorPath = fixture.url("fitted").path })
    let files = [
      "gradients.bin", NormalizerFiles.fileName, ProcessorConfig.fileName, AutocorrelationHessian.matrixFile,
    ]
    for file in files { #expect(try fixture.bytes("taken", file) == fixture.bytes("fitted", file), "\(file)") }
    #expect(outcome.used.map(\.lastPathComponent) == [NormalizerFiles.fileName, AutocorrelationHessian.matrixFile])
    try fixture.build(fixture.configuration("plain"))
    #expect(try fixture.bytes("plain", "gradients.bin") != fixture.bytes("fitted", "gradients.bin"))
  }

  @Test func rowsOfOtherNormalizersAreRefused() throws {
    try fixture.build(fixture.configuration("queries") { $0.normalizer = .adam })
    let digest = try normalizers("queries").digest.hex
    for change: (inout IndexConfig) -> Void in [{ _ in }, { $0.normalizer = .adafactor }] {
      let error = #expect(throws: RecipeMismatch.self) {
        _ = try fixture.score("queries", fixture.configuration("scores", change))
      }
      #expect(error?.field == "normalizers" && error?.there == digest)
      #expect("\(error.map { "\($0)" } ?? "")".contains("--processor_path"))
      #expect(fixture.isGone("scores"))
    }
    _ = try fixture.score(
      "queries", fixture.configuration("scores") { $0.processorPath = fixture.url("queries").path })
    var preprocess = PreprocessConfig()
    preprocess.preconditionerPath = fixture.url("queries").path
    #expect(throws: RecipeMismatch.self) {
      _ = try fixture.build(fixture.configuration("plain"), preprocess)
    }
  }

  @Test func aProcessorOfAnotherProjectionIsRefused() throws {
    try fixture.build(fixture.configuration("fitted") { $0.normalizer = .adam })
    let error = #expect(throws: RecipeMismatch.self) {
      _ = try fixture.build(
        fixture.configuration("taken") {
          $0.processorPath = fixture.url("fitted").path
          $0.projectionDim = 8
        })
    }
    #expect(error?.field == "projection_dim" && error?.here == "8" && error?.there == "4")
  }

  @Test func modulesWithoutANormalizerAreSaid() throws {
    try fixture.build(
      fixture.configuration("fitted") {
        $0.normalizer = .adam
        $0.filterModules = "*.mlp.*"
        $0.skipPreconditioners = true
      })
    let outcome = try fixture.build(
      fixture.configuration("all") {
        $0.processorPath = fixture.url("fitted").path
        $0.skipPreconditioners = true
      })
    #expect(outcome.metrics.first { $0.name == "normalizedModules" }?.value == 4)
    #expect(outcome.warnings.contains { $0.contains("4 of 8 modules have no normalizer") })
    #expect(throws: NormalizerError.self) {
      _ = try fixture.build(
        fixture.configuration("none") {
          $0.processorPath = fixture.url("fitted").path
          $0.filterModules = "*.attention.*"
        })
    }
  }

  @Test func kroneckerFactorsAndNormalizersExcludeEachOther() {
    #expect(throws: HessianError.normalizedFit) {
      _ = try HessianPipeline(fixture.configuration("hessian") { $0.normalizer = .adam }, HessianConfig())
        .run(RunContext())
    }
  }

  @Test func documentsWithoutGradientsGiveNoMoments() throws {
    let data = try fixture.data(["", ""])
    #expect(throws: NormalizerError.noGradients(documents: 2)) {
      _ = try fixture.build(
        fixture.configuration("run") {
          $0.normalizer = .adam
          $0.data.dataset = data
        })
    }
  }

  @Test func whatWasWrittenIsReadBack() throws {
    let full = SecondMoments(weight: .full(FloatStorage([1, 2, 3, 4, 5, 6] as [Float]).matrix(2, 3)), bias: [7, 8])
    let factored = SecondMoments(weight: .factored(row: [1, 2], column: [3]))
    let set = try NormalizerSet(["a.b": full, "c": factored], origin: "a test")
    try NormalizerFiles.write(set, to: fixture.scratch.url)
    let read = try #require(try NormalizerFiles.read(from: fixture.scratch.url))
    #expect(read.digest == set.digest && read.origin == "a test")
    for value in [-1, Float.nan, .infinity] {
      #expect(throws: NormalizerError.self) {
        try NormalizerSet(["a": SecondMoments(weight: .factored(row: [value], column: [1]))], origin: "a test")
      }
    }
  }
}
