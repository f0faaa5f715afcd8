import CKernels
import Foundation

/// A checkpoint's weights on their way into layers, rounded to the precision that the run asks for.
///
/// Linear layers hold theirs in that width. Embeddings, norms and biases are small or read a row at a time: they are
/// float32 in memory, with the values of the narrower format where it is a float, and as stored under int8 and int4.
package struct ModelWeights: Sendable {
  /// In the checkpoint.
  private let path: WeightPath
  /// In the full model, whose names adapters use; the same, unless the checkpoint has the base model alone.
  private let place: String
  package let precision: Precision
  /// What lies over the checkpoint.
  package let adapter: LoRAAdapter?

  package init(_ store: WeightStore, precision: Precision, adapter: LoRAAdapter? = nil) {
    self.init(path: store.root, place: "", precision: precision, adapter: adapter)
  }

  private init(path: WeightPath, place: String, precision: Precision, adapter: LoRAAdapter?) {
    self.path = path
    self.place = place
    self.precision = precision
    self.adapter = adapter
  }

  package func at(_ component: String) -> ModelWeights {
    ModelWeights(path: path.at(component), place: name(of: component), precision: precision, adapter: adapter)
  }

  package func at(_ component: String, _ index: Int) -> ModelWeights { at("\(component).\(index)") }

  /// The same place of the checkpoint, which stands for a part of the full model.
  package func named(_ component: String) -> ModelWeights {
    ModelWeights(path: path, place: name(of: component), precision: precision, adapter: adapter)
  }

  /// What a part of this place is called in the full model.
  package func name(of component: String) -> String { place.isEmpty ? component : "\(place).\(component)" }

  /// The module that a tensor of this place belongs to.
  package func module(ofTensor name: String) -> String {
    self.name(of: name).split(separator: ".").dropLast().joined(separator: ".")
  }

  package func storage(_ name: String, _ shape: [Int]) throws -> FloatStorage {
    let storage = try stored(name, shape)
    storage.round(to: precision)
    return storage
  }

  /// The values of the adapter, if it has some in place of the checkpoint's, or of the checkpoint.
  private func stored(_ name: String, _ shape: [Int]) throws -> FloatStorage {
    let replacement = try adapter?.replacement(of: self.name(of: name), shape: shape)
    return FloatStorage(try replacement ?? path.tensor(name, shape: shape))
  }

  /// Whether an adapter has values in place of the checkpoint's.
  package func isReplaced(_ name: String) throws -> Bool { try adapter?.replaces(self.name(of: name)) ?? false }

  /// The token table that a tied head reads where an adapter has another for the tokens alone; nil where they are one.
  package func tableOfTiedHead(_ name: String, _ shape: [Int]) throws -> FloatStorage? {
    guard let adapter, try adapter.replaces(self.name(of: name)), !adapter.tiesHead(to: self.name(of: name))
    else { return nil }
    let storage = FloatStorage(try path.tensor(name, shape: shape))
    storage.round(to: precision)
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
  /// A constant that the model's own code holds in the width of its weights.
  package func rounded(_ value: Float) -> Float {
    let storage = FloatStorage(count: 1)
    storage.base[0] = value
    storage.round(to: self)
    return storage.base[0]
  }
}

extension FloatStorage {
  /// Rounds to the values that a float format of 16 bits has. `auto` keeps what is stored, which float32 holds exactly,
  /// and so do the formats of blocks, which are for linear layers.
  func round(to precision: Precision) {
    switch precision {
    case .fp32, .auto, .int8, .int4: break
    case .bf16: round(ck_float_to_bf16, ck_bf16_to_float)
    case .fp16: round(ck_float_to_half, ck_half_to_float)
    }
  }

  /// To 16 bits and back.
  private func round(
    _ narrow: (UnsafePointer<Float>, UnsafeMutablePointer<UInt16>, Int) -> Void,
    _ widen: (UnsafePointer<UInt16>, UnsafeMutablePointer<Float>, Int) -> Void
  ) {
    var halves = [UInt16](repeating: 0, count: count)
    narrow(base, &halves, count)
    widen(halves, base, count)
  }
}
