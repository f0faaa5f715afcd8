import Foundation

/// What an adapted module needs: A [r, I], B [O, r] and, where the adapter has them, biases of B [O].
struct MatrixShape {
  /// Name in the full model.
  let module: String
  let outputs: Int
  let inputs: Int
  let rank: Int
  let hasBias: Bool
}

/// Where the matrices of an adapter come from.
protocol AdapterMatrices: Sendable {
  typealias Matrices = (a: FloatStorage, b: FloatStorage, bias: FloatStorage?)

  /// The matrices of the model's next module.
  func make(_ shape: MatrixShape) throws -> Matrices
}

/// Matrices from a file, as PEFT names them: `base_model.model.MODULE.lora_A.weight`.
struct SavedMatrices: AdapterMatrices {
  private let store: WeightStore

  init(_ store: WeightStore) {
    self.store = store
  }

  /// - Throws: `AdapterError.missing` and `wrongShape`; what the file's format throws.
  func make(_ shape: MatrixShape) throws -> Matrices {
    let place = store.at(LoRAAdapter.prefix).at(shape.module)
    func storage(_ name: String, _ expected: [Int]) throws -> FloatStorage {
      let tensor = "\(place.prefix).\(name)"
      guard place.contains(name) else {
        throw AdapterError.missing(file: store.url.path, tensor: tensor, module: shape.module, key: "target_modules")
      }
      let found = try place.shape(of: name)
      guard found == expected else {
        throw AdapterError.wrongShape(file: store.url.path, tensor: tensor, found: found, expected: expected)
      }
      return FloatStorage(try place.tensor(name, shape: expected))
    }
    return (
      try storage("lora_A.weight", [shape.rank, shape.inputs]),
      try storage("lora_B.weight", [shape.outputs, shape.rank]),
      shape.hasBias ? try storage("lora_B.bias", [shape.outputs]) : nil
    )
  }
}
