import Foundation
import Testing

@testable import Engine

@Suite struct KroneckerInverseTests {
  private static let (outputs, inputs) = (4, 3)

  /// A positive definite matrix of random rows.
  private func factor(_ order: Int, seed: UInt64) -> SymmetricMatrix {
    var random = RandomValues(seed: seed)
    var matrix = SymmetricMatrix(order: order)
    matrix.accumulateGram(of: random.storage(2 * order * order).matrix(2 * order, order))
    matrix.mirror()
    return matrix
  }

  private var module: HessianModule {
    HessianModule(
      index: 0, ModuleDescription(name: "m", outputs: Self.outputs, inputs: Self.inputs, hasBias: false),
      includeBias: false)
  }

  /// The stores of one module, of which `damage` may leave some out or change them.
  private func write(
    to directory: URL, damage: (KroneckerFiles.Store, inout KroneckerFiles.Tensor) -> Bool = { _, _ in true }
  ) throws -> KroneckerEigenbasis {
    let basis = try KroneckerEigenbasis(
      module, activation: factor(Self.inputs, seed: 1), gradient: factor(Self.outputs, seed: 2), positions: 1,
      documents: 1)
    let files = KroneckerFiles(directory)
    let (o, i) = (Self.outputs, Self.inputs)
    let corrected = FloatStorage((0..<o * i).map { Float($0 + 1) })
    let stores: [(KroneckerFiles.Store, [Int], FloatStorage)] = [
      (.activationVectors, [i, i], basis.activationVectors), (.gradientVectors, [o, o], basis.gradientVectors),
      (.activationValues, [i], FloatStorage(basis.activationValues)),
      (.gradientValues, [o], FloatStorage(basis.gradientValues)),
      (.eigenvalues, [o, i], FloatStorage(basis.grid)), (.correction, [o, i], corrected),
    ]
    for (store, shape, values) in stores {
      var tensor = KroneckerFiles.Tensor("m", shape: shape, values)
      guard damage(store, &tensor) else { continue }
      try files.write(store, group: 0, storage: .float32, metadata: [:], [tensor])
    }
    try files.merge(groups: 1)
    return basis
  }

  private func inverse(
    _ directory: URL, size: Int = outputs * inputs, power: HessianPower = .inverse,
    inversion: EigenvalueInversion = .dampedInverse, damping: Double = 0, corrected: Bool = false
  ) throws -> KroneckerInverse {
    try KroneckerInverse(
      KroneckerStores(KroneckerFiles(directory), corrected: corrected), module: "m", size: size, power: power,
      inversion: InversionConfig(inversion: inversion, dampingFactor: damping))
  }

  /// S⁻¹ P A⁻¹ undone by S and A is P again; two half powers are one whole.
  @Test func theInverseUndoesTheKroneckerProduct() throws {
    let scratch = try Scratch()
    _ = try write(to: scratch.url)
    var random = RandomValues(seed: 3)
    let storage = random.storage(2 * Self.outputs * Self.inputs)
    let rows = storage.matrix(2, Self.outputs * Self.inputs)
    let before = DoubleMatrix(rows)
    let half = try inverse(scratch.url, power: .inverseSquareRoot)
    half.apply(to: rows, arena: Arena(chunkFloats: 64))
    half.apply(to: rows, arena: Arena(chunkFloats: 64))
    let a = factor(Self.inputs, seed: 1)
    let s = factor(Self.outputs, seed: 2)
    for r in 0..<2 {
      let p = DoubleMatrix(rows.rows(r..<r + 1).reshaped(Self.outputs, Self.inputs))
      let again =
        DoubleMatrix(Self.outputs, Self.outputs, s.values) * p * DoubleMatrix(Self.inputs, Self.inputs, a.values)
      // Float32 products of a few terms with matrices whose condition numbers are of order 100.
      #expect(relativeDistance(again.values.map(Float.init), before.row(r)) < 1e-4)
    }
  }

  @Test func correctedEigenvaluesTakeThePlaceOfProducts() throws {
    let scratch = try Scratch()
    let basis = try write(to: scratch.url)
    let storage = FloatStorage(count: Self.outputs * Self.inputs)
    // The outer product of the last eigenvectors: the last corrected eigenvalue is 12.
    for o in 0..<Self.outputs {
      for i in 0..<Self.inputs {
        storage.base[o * Self.inputs + i] =
          basis.gradientVectors.matrix(Self.outputs, Self.outputs)[o, Self.outputs - 1]
          * basis.activationVectors.matrix(Self.inputs, Self.inputs)[i, Self.inputs - 1]
      }
    }
    let row = storage.matrix(1, Self.outputs * Self.inputs)
    let before = row.toArray()
    try inverse(scratch.url, corrected: true).apply(to: row, arena: Arena(chunkFloats: 64))
    #expect(relativeDistance(row.toArray().map { 12 * $0 }, before.map(Double.init)) < 1e-5)
  }

  @Test func halfPrecisionIsReadAndOverflowRefused() throws {
    let scratch = try Scratch()
    let files = KroneckerFiles(scratch.url)
    let tensor = KroneckerFiles.Tensor("m", shape: [2], FloatStorage([1, 1e6] as [Float]))
    let error = try #require(throws: HessianError.self) {
      try files.write(.activation, group: 0, storage: .float16, metadata: [:], [tensor])
    }
    #expect(error == .overflow(module: "m", store: "activation_sharded", value: 1e6))
    try files.write(.activation, group: 0, storage: .bfloat16, metadata: [:], [tensor])
    try files.merge(groups: 1)
    let values = try files.open(.activation).tensor("m", shape: [2])
    #expect(values.base[0] == 1 && abs(values.base[1] / 1e6 - 1) < 0x1p-8)
  }

  @Test func whatDoesNotFitIsRefused() throws {
    let scratch = try Scratch()
    _ = try write(to: scratch.url)
    let path = scratch.url.path
    #expect(throws: HessianError.otherSize(directory: path, module: "m", size: 16, expected: 12)) {
      try inverse(scratch.url, size: 16)
    }
    #expect(throws: HessianError.self) { try inverse(scratch.url, inversion: .meanAbsDamped) }
    #expect(throws: HessianError.self) { try inverse(scratch.url, inversion: .factoredTikhonov, corrected: true) }
    let error = try #require(throws: HessianError.self) {
      try KroneckerInverse(
        KroneckerStores(KroneckerFiles(scratch.url), corrected: false), module: "other", size: 12, power: .inverse,
        inversion: InversionConfig())
    }
    #expect(error == .notFactored(directory: path, module: "other"))
  }

  @Test(arguments: KroneckerFiles.Store.allCases.filter { $0 != .activation && $0 != .gradient })
  func aMissingStoreIsNamed(store: KroneckerFiles.Store) throws {
    let scratch = try Scratch()
    _ = try write(to: scratch.url) { other, _ in other != store }
    let corrected = store == .correction
    let error = try #require(throws: HessianError.self) { try inverse(scratch.url, corrected: corrected) }
    if corrected {
      #expect(error == .uncorrected(directory: scratch.url.path))
    } else {
      #expect("\(error)".contains(store.rawValue), "\(error)")
    }
  }

  @Test(arguments: KroneckerFiles.Store.allCases.filter { $0 != .activation && $0 != .gradient })
  func anotherShapeIsNamed(store: KroneckerFiles.Store) throws {
    let scratch = try Scratch()
    _ = try write(to: scratch.url) { other, tensor in
      if other == store { tensor = KroneckerFiles.Tensor("m", shape: [2, 2, 1], FloatStorage(count: 4)) }
      return true
    }
    let error = try #require(throws: HessianError.self) { try inverse(scratch.url, corrected: store == .correction) }
    #expect("\(error)".contains("[2, 2, 1]"), "\(error)")
  }

  /// Corrected eigenvalues that are damaged are not taken for ones that are not there.
  @Test func aDamagedStoreIsNamed() throws {
    let scratch = try Scratch()
    _ = try write(to: scratch.url)
    let file = KroneckerFiles(scratch.url).file(.correction)
    try Data([1, 2, 3]).write(to: file)
    #expect(throws: SafetensorsError.tooShort(file: file.path, bytes: 3)) { try inverse(scratch.url, corrected: true) }
  }

  @Test func shardsOfSeveralRanksAreReadAsOne() throws {
    let scratch = try Scratch()
    let folder = scratch.url.appendingPathComponent(KroneckerFiles.Store.gradientVectors.rawValue)
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    for (rank, rows) in [[1, 2, 3, 4] as [Float], [5, 6]].enumerated() {
      var writer = SafetensorsWriter()
      writer.add("m", shape: [rows.count / 2, 2], rows)
      try writer.write(to: folder.appendingPathComponent("shard_\(rank).safetensors"))
    }
    let values = try KroneckerFiles(scratch.url).open(.gradientVectors).tensor("m", shape: [3, 2])
    #expect(values.matrix(3, 2).toArray() == [1, 2, 3, 4, 5, 6])
  }

  @Test func aDirectoryWithHessiansOfTwoMethodsAsksForOne() throws {
    let scratch = try Scratch()
    for method in ["kfac", "shampoo"] {
      try FileManager.default.createDirectory(
        at: scratch.url.appendingPathComponent(method), withIntermediateDirectories: true)
    }
    #expect(throws: HessianError.severalMethods(directory: scratch.url.path, methods: ["kfac", "shampoo"])) {
      try StoredHessian(directory: scratch.url)
    }
  }
}
