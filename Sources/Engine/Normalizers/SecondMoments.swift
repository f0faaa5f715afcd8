/// Second moments of a module's gradients, whose square roots gradients are divided by: running means that an optimizer
/// kept while the model was trained, or means over documents.
///
/// Adam (Kingma & Ba 2015) has one for every weight. Adafactor (Shazeer & Stern 2018) keeps the means r of each row and c
/// of each column and takes v = r cᵀ / mean r.
package struct SecondMoments: Sendable {
  package enum Weight: Sendable {
    /// [O, I]; rows lie side by side.
    case full(Matrix)
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
    case .full(let values): "\(values.rows) rows and \(values.columns) columns"
    case .factored(let row, let column): "\(row.count) rows and \(column.count) columns"
    }
  }

  private func fits(_ module: ModuleDescription) -> Bool {
    let weightFits =
      switch weight {
      case .full(let values): values.rows == module.outputs && values.columns == module.inputs
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
      let factors = FloatStorage(count: values.rows * values.columns)
      for i in 0..<factors.count { factors.base[i] = Self.adamFactor(values.base[i]) }
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
    for (name, values) in parts {
      hasher.update("\(name) \(values.rows) \(values.columns)\n")
      hasher.update(
        UnsafeRawBufferPointer(start: values.base, count: values.rows * values.columns * MemoryLayout<Float>.stride))
    }
  }

  /// All values under the name of what they are.
  private var parts: [(name: String, values: Matrix)] {
    func row(_ values: [Float]) -> Matrix { FloatStorage(values).matrix(1, values.count) }
    let ofWeight: [(String, Matrix)] =
      switch weight {
      case .full(let values): [("full", values)]
      case .factored(let r, let c): [("row", row(r)), ("column", row(c))]
      }
    return ofWeight + (bias.map { [("bias", row($0))] } ?? [])
  }

  /// The first value that no mean of squares can be.
  var impossibleValue: Float? {
    parts.lazy.compactMap { _, values in
      UnsafeBufferPointer(start: values.base, count: values.rows * values.columns).first {
        !($0 >= 0 && $0 < .infinity)
      }
    }.first
  }
}
