import Foundation
import Synchronization

/// Matrices of an adapter that nobody has trained yet: those that PEFT draws on a CPU after `torch.manual_seed(seed)`.
///
/// PEFT lets torch fill A and B when it makes the two layers, and then fills A again as `init_lora_weights` says; all of
/// it is drawn here too, so that the next module gets its numbers.
final class FreshMatrices: AdapterMatrices {
  private let initialization: LoRAConfiguration.Initialization
  private let random: Mutex<TorchRandom>

  init(_ initialization: LoRAConfiguration.Initialization, seed: UInt32) {
    self.initialization = initialization
    random = Mutex(TorchRandom(seed: seed))
  }

  func make(_ shape: MatrixShape) -> Matrices {
    random.withLock { random in
      let a = FloatStorage(count: shape.rank * shape.inputs)
      let b = FloatStorage(count: shape.outputs * shape.rank)
      let bias = shape.hasBias ? FloatStorage(count: shape.outputs) : nil
      random.fillUniform(a, bound: Self.bound(inputs: shape.inputs))
      random.fillUniform(b, bound: Self.bound(inputs: shape.rank))
      if let bias { random.fillUniform(bias, bound: Float(1 / Double(shape.rank).squareRoot())) }
      switch initialization {
      case .random: return (a, b, bias)
      case .zero: random.fillUniform(a, bound: Self.bound(inputs: shape.inputs))
      case .gaussian: random.fillNormal(a, deviation: 1 / Double(shape.rank))
      }
      return (a, FloatStorage(count: b.count), bias.map { FloatStorage(count: $0.count) })
    }
  }

  /// Of `kaiming_uniform_(a=√5)`: 1/√I, in the order in which torch rounds it.
  private static func bound(inputs: Int) -> Float {
    let slope = 5.0.squareRoot()
    let deviation = (2 / (1 + slope * slope)).squareRoot() / Double(inputs).squareRoot()
    return Float(3.0.squareRoot() * deviation)
  }
}
