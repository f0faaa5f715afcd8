/// Second moments of a module's gradients, whose square roots gradients are divided by: running means that an optimizer
/// kept while the model was trained, or means over documents.
///
/// Adam (Kingma & Ba 2015) has one for every weight. Adafactor (Shazeer & Stern 2018) keeps the means r of each row and c
/// of each column and takes v = r cᵀ / mean r.
package struct SecondMoments: Sendable {
  package enum Weight: Sendable {
    /// [O, I], row-major.
    case full(FloatStorage)
    /// [O] and [I].
    case factored(row: [Float], column: [Float])
  }

  package var weight: Weight
  /// [O]; nil where nobody has counted them.
  package var bias: [Float]?

  package init(weight: Weight, bias: [Float]? = nil) {
    self.weight = weight
    self.bias = bias
  }

  /// How the shape of a module with these moments reads, for errors.
  private var shape: String {
    switch weight {
    case .full(let values): "\(values.count) second moments"
    case .factored(let row, let column): "\(row.count) rows and \(column.count) columns"
    }
  }

  private func fits(_ module: ModuleDescription) -> Bool {
    let weightFits =
      switch weight {
      case .full(let values): values.count == module.outputs * module.inputs
      case .factored(let row, let column): row.count == module.outputs && column.count == module.inputs
      }
    return weightFits && bias.map { $0.count == module.outputs } ?? true
  }

  /// What the module's gradients are multiplied by: 1/(√v + 1e-8), or 1/√v with 1e-30 added to r and c.
  ///
  /// - Parameters:
  ///   - includesBias: whether the module's rows have a column for its bias.
  ///   - origin: where the moments come from, for errors.
  /// - Throws: `NormalizerError` for moments of another shape, and where those of the bias are missing.
  package func normalizer(
    for module: ModuleDescription, includesBias: Bool, origin: String
  ) throws -> Normalizer {
    guard fits(module) else {
      throw NormalizerError.otherShape(
        origin: origin, module: module.name, found: shape, outputs: module.outputs, inputs: module.inputs)
    }
    guard !includesBias || bias != nil else { throw NormalizerError.noBias(origin: origin, module: module.name) }
    switch weight {
    case .full(let values):
      let factors = FloatStorage(count: values.count)
      for i in 0..<values.count { factors.base[i] = Self.adamFactor(values.base[i]) }
      return .elementwise(factors: factors, bias: includesBias ? bias?.map(Self.adamFactor) : nil)
    case .factored(let row, let column):
      let (row, column) = (row.map { $0 + 1e-30 }, column.map { $0 + 1e-30 })
      let mean = row.reduce(0.0) { $0 + Double($1) } / Double(max(row.count, 1))
      let root = Float(mean).squareRoot()
      return .rankOne(
        outputs: row.map { root / $0.squareRoot() }, inputs: column.map { 1 / $0.squareRoot() },
        // Biases are not factored; the reference adds another epsilon, below the root.
        bias: includesBias ? bias?.map { 1 / ($0 + 1e-8).squareRoot() } : nil)
    }
  }

  private static func adamFactor(_ moment: Float) -> Float { 1 / (moment.squareRoot() + 1e-8) }
}

extension SecondMoments {
  /// The kind and all values, in a form that no other moments have.
  func update(_ hasher: inout SHA256Hasher) {
    func add(_ name: String, _ values: UnsafeBufferPointer<Float>) {
      hasher.update("\(name) \(values.count)\n")
      hasher.update(UnsafeRawBufferPointer(values))
    }
    switch weight {
    case .full(let values): add("full", UnsafeBufferPointer(start: values.base, count: values.count))
    case .factored(let row, let column):
      row.withUnsafeBufferPointer { add("row", $0) }
      column.withUnsafeBufferPointer { add("column", $0) }
    }
    bias?.withUnsafeBufferPointer { add("bias", $0) }
  }

  /// The first value that no mean of squares can be.
  var impossibleValue: Float? {
    func first(in values: some Sequence<Float>) -> Float? { values.first { !($0 >= 0 && $0 < .infinity) } }
    let ofWeight =
      switch weight {
      case .full(let values): first(in: UnsafeBufferPointer(start: values.base, count: values.count))
      case .factored(let row, let column): first(in: row) ?? first(in: column)
      }
    return ofWeight ?? bias.flatMap { first(in: $0) }
  }
}
