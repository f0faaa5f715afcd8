import Foundation
import Testing

@testable import Engine

@Suite struct HessianConformanceTests {
  /// Where a case records no distance: what its neighbours record.
  private static let usual = (overMaximum: 7e-7, rowRelative: 1.3e-6)

  @Test(arguments: [
    "expected_v2/hessian_autocorrelation", "expected_v2/hessian_query", "expected_v2/hessian_autocorrelation_bias",
    "expected_v2/hessian_autocorrelation_edge", "expected_v2/hessian_joint",
  ])
  func autocorrelationEqualsTheReference(name: String) throws {
    try checkAutocorrelation(FixtureSet.gptNeoX.fixtureCase(name))
  }

  /// The matrices that a case keeps, and all eigenvalues.
  func checkAutocorrelation(_ fixture: FixtureCase) throws {
    let name = "\(fixture.set.testDescription) \(fixture.directory.lastPathComponent)"
    let scratch = try Scratch()
    let run = scratch.url.appendingPathComponent("run")
    var configuration = try fixture.indexConfiguration(run: run)
    (configuration.skipIndex, configuration.skipPreconditioners) = (true, false)
    _ = try BuildPipeline(configuration, PreprocessConfig()).run(RunContext())
    #expect(!FileManager.default.fileExists(atPath: run.appendingPathComponent("gradients.bin").path))

    let own = try AutocorrelationHessian(directory: run)
    // Release 0.9.1 calls them preconditioners, and records one distance for both.
    let kept = fixture.version == "expected" ? "preconditioners" : "hessians"
    let matrices = try SafetensorsFile(fixture.directory.appendingPathComponent("\(kept).safetensors"))
    let eigen = try SafetensorsFile(fixture.directory.appendingPathComponent("\(kept)_eigen.safetensors"))
    #expect(Set(own.blocks.map { "\($0.name)/eigenvalues" }) == Set(eigen.names))
    let matrixTolerance = try fixture.tolerance(kept) ?? Self.usual
    let eigenTolerance = try fixture.tolerance("eigenvalues") ?? matrixTolerance
    for block in own.blocks {
      if matrices.contains(block.name) {
        let distance = Distance(
          block.matrix.values.map(Float.init), try matrices.floats(block.name), columns: block.matrix.order)
        #expect(distance.isWithin(matrixTolerance), "\(name) \(block.name): \(distance)")
      }
      let expected = try eigen.floats("\(block.name)/eigenvalues")
      let distance = Distance(block.eigen.values.map(Float.init), expected, columns: expected.count)
      #expect(distance.isWithin(eigenTolerance), "\(name) \(block.name) eigenvalues: \(distance)")
    }
  }

  /// The reference's own Hessians, inverted and applied to the reference's own query rows.
  static let inversions = [
    ("damped_inverse_full", EigenvalueInversion.dampedInverse, HessianPower.inverse),
    ("damped_inverse_half", .dampedInverse, .inverseSquareRoot),
    ("absolute_damped_inverse_full", .absoluteDampedInverse, .inverse),
    ("factored_tikhonov_full", .factoredTikhonov, .inverse),
    ("pseudoinverse_full", .pseudoinverse, .inverse), ("pseudoinverse_half", .pseudoinverse, .inverseSquareRoot),
    ("tikhonov_filtered_full", .tikhonovFiltered, .inverse),
    ("tikhonov_filtered_half", .tikhonovFiltered, .inverseSquareRoot),
  ]

  @Test(arguments: inversions)
  func inversionsEqualTheReference(name: String, inversion: EigenvalueInversion, power: HessianPower) throws {
    try checkInversion(FixtureSet.gptNeoX, name, inversion, power)
  }

  func checkInversion(
    _ set: FixtureSet, _ name: String, _ inversion: EigenvalueInversion, _ power: HessianPower
  ) throws {
    let fixture = try set.fixtureCase("expected_v2/inversions")
    let index = try GradientIndex(opening: URL(fileURLWithPath: set.path("expected_v2/query_p_small")))
    var offset = 0
    let blocks = index.modules.map { module in
      defer { offset += module.size }
      return GradientBlock(name: module.name, columns: offset..<offset + module.size)
    }
    let preconditioner = try Preconditioner(
      directory: set.path("expected_v2/hessian_autocorrelation"), blocks: blocks, power: power,
      inversion: InversionConfig(inversion: inversion, dampingFactor: 0.1))
    let storage = FloatStorage(count: index.rowCount * index.rowWidth)
    index.readRows(0..<index.rowCount, into: storage.base)
    let rows = storage.matrix(index.rowCount, index.rowWidth)
    preconditioner.apply(to: rows, arena: Arena())
    let distance = try Distance(rows.toArray(), fixture.array("\(name).npy").values, columns: index.rowWidth)
    let tolerance = try #require(try fixture.tolerance(name))
    #expect(distance.isWithin(tolerance), "\(name): \(distance), recorded \(tolerance)")
  }
}
