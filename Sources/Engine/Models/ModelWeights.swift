import CKernels
import Foundation

/// A checkpoint's weights on their way into layers, rounded to the precision that the run asks for.
///
/// Linear layers hold theirs in that width. Embeddings, norms and biases are small or read a row at a time: they are
/// float32 in memory, with the values of the narrower format where it is a float, and as stored under int8 and int4.
package struct ModelWeights: Sendable {
  private let path: WeightPath
  package let precision: Precision

  package init(_ store: WeightStore, precision: Precision) {
    self.init(path: store.root, precision: precision)
  }

  private init(path: WeightPath, precision: Precision) {
    self.path = path
    self.precision = precision
  }

  package func at(_ component: String) -> ModelWeights { ModelWeights(path: path.at(component), precision: precision) }

  package func at(_ component: String, _ index: Int) -> ModelWeights {
    ModelWeights(path: path.at(component, index), precision: precision)
  }

  package func storage(_ name: String, _ shape: [Int]) throws -> FloatStorage {
    let storage = try stored(name, shape)
    precision.round(storage)
    return storage
  }

  /// The values of the checkpoint.
  private func stored(_ name: String, _ shape: [Int]) throws -> FloatStorage {
    let values = try path.tensor(name, shape: shape)
    let storage = FloatStorage(count: values.count)
    values.withUnsafeBufferPointer { storage.base.update(from: $0.baseAddress!, count: values.count) }
    return storage
  }

  package func linear(_ name: String, outputs: Int, inputs: Int, bias: Bool) throws -> Linear {
    Linear(
      weight: WeightMatrix(
        try at(name).stored("weight", [outputs, inputs]), rows: outputs, columns: inputs, precision: precision),
      bias: bias ? try at(name).storage("bias", [outputs]) : nil)
  }

  /// A linear whose weight the checkpoint stores [inputs, outputs], as GPT-2's Conv1D does.
  package func transposedLinear(_ name: String, outputs: Int, inputs: Int, bias: Bool) throws -> Linear {
    let stored = try at(name).stored("weight", [inputs, outputs])
    let weight = FloatStorage(count: stored.count)
    for i in 0..<inputs {
      for o in 0..<outputs { weight.base[o * inputs + i] = stored.base[i * outputs + o] }
    }
    return Linear(
      weight: WeightMatrix(weight, rows: outputs, columns: inputs, precision: precision),
      bias: bias ? try at(name).storage("bias", [outputs]) : nil)
  }

  /// Whether the checkpoint has a tensor of this name here.
  package func contains(_ name: String) -> Bool { path.contains(name) }

  /// - Parameter offset: what is added to the stored weight, in float32.
  package func rmsNorm(_ name: String, _ size: Int, epsilon: Double, offset: Float = 0) throws -> RMSNorm {
    let weight = try at(name).storage("weight", [size])
    for i in 0..<size { weight.base[i] += offset }
    return RMSNorm(weight: weight, epsilon: Float(epsilon))
  }

  package func layerNorm(_ name: String, _ size: Int, epsilon: Double) throws -> LayerNorm {
    LayerNorm(
      weight: try at(name).storage("weight", [size]), bias: try at(name).storage("bias", [size]),
      epsilon: Float(epsilon))
  }
}

extension Precision {
  /// To the values of a 16-bit float, where this is one, and back; `auto` keeps what is stored, and float32 holds it
  /// exactly.
  fileprivate func round(_ storage: FloatStorage) {
    switch self {
    case .fp32, .auto, .int8, .int4: break
    case .bf16: storage.round(ck_float_to_bf16, ck_bf16_to_float)
    case .fp16: storage.round(ck_float_to_half, ck_half_to_float)
    }
  }

  /// A constant that the model's own code holds in the width of its weights.
  package func rounded(_ value: Float) -> Float {
    let storage = FloatStorage(count: 1)
    storage.base[0] = value
    round(storage)
    return storage.base[0]
  }
}

extension FloatStorage {
  /// To 16 bits and back.
  fileprivate func round(
    _ narrow: (UnsafePointer<Float>, UnsafeMutablePointer<UInt16>, Int) -> Void,
    _ widen: (UnsafePointer<UInt16>, UnsafeMutablePointer<Float>, Int) -> Void
  ) {
    var halves = [UInt16](repeating: 0, count: count)
    narrow(base, &halves, count)
    widen(halves, base, count)
  }
}
