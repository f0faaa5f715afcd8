import CKernels
import Foundation

/// A checkpoint's weights on their way into layers: float32 memory, rounded to the precision that the run asks for.
///
/// Below float32 the values are those of the narrower format, while products still accumulate in float32.
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
    let values = try path.tensor(name, shape: shape)
    let storage = FloatStorage(count: values.count)
    values.withUnsafeBufferPointer { storage.base.update(from: $0.baseAddress!, count: values.count) }
    switch precision {
    case .fp32, .auto: break  // `auto` keeps what is stored, and float32 holds it exactly
    case .bf16: storage.roundToBFloat16()
    case .fp16: for i in 0..<storage.count { storage.base[i] = Float(Float16(storage.base[i])) }
    }
    return storage
  }

  package func linear(_ name: String, outputs: Int, inputs: Int, bias: Bool) throws -> Linear {
    Linear(
      weight: try at(name).storage("weight", [outputs, inputs]),
      bias: bias ? try at(name).storage("bias", [outputs]) : nil, outputs: outputs, inputs: inputs)
  }

  /// A linear whose weight the checkpoint stores [inputs, outputs], as GPT-2's Conv1D does.
  package func transposedLinear(_ name: String, outputs: Int, inputs: Int) throws -> Linear {
    let stored = try at(name).storage("weight", [inputs, outputs])
    let weight = FloatStorage(count: stored.count)
    for i in 0..<inputs {
      for o in 0..<outputs { weight.base[o * inputs + i] = stored.base[i * outputs + o] }
    }
    return Linear(weight: weight, bias: try at(name).storage("bias", [outputs]), outputs: outputs, inputs: inputs)
  }

  /// Whether the checkpoint has a tensor of this name here.
  package func contains(_ name: String) -> Bool { path.contains(name) }

  package func rmsNorm(_ name: String, _ size: Int, epsilon: Double) throws -> RMSNorm {
    RMSNorm(weight: try at(name).storage("weight", [size]), epsilon: Float(epsilon))
  }

  package func layerNorm(_ name: String, _ size: Int, epsilon: Double) throws -> LayerNorm {
    LayerNorm(
      weight: try at(name).storage("weight", [size]), bias: try at(name).storage("bias", [size]),
      epsilon: Float(epsilon))
  }
}

extension FloatStorage {
  fileprivate func roundToBFloat16() {
    var narrow = [UInt16](repeating: 0, count: count)
    ck_float_to_bf16(base, &narrow, count)
    ck_bf16_to_float(narrow, base, count)
  }
}
