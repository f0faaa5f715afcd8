import CKernels
import Foundation

/// Rotary position embedding (Su et al. 2021), in the half-split form: of the first `dimensions` columns of a head,
/// columns i and i + dimensions/2 turn by position / base^(2i / dimensions). The rest of the head stays as it is.
package struct RotaryEmbedding: Sendable {
  package let dimensions: Int
  private let cosines: FloatStorage
  private let sines: FloatStorage
  package let positions: Int

  /// - Parameter positions: longest document that can be embedded.
  package init(dimensions: Int, base: Double, positions: Int) {
    self.init(frequencies: RotaryScaling.plain.frequencies(dimensions: dimensions, base: base), positions: positions)
  }

  /// - Parameters:
  ///   - frequencies: [dimensions / 2] angle by which a pair turns per position.
  ///   - magnitude: factor on sines and cosines, YaRN's attention factor.
  package init(frequencies: [Float], magnitude: Double = 1, positions: Int) {
    dimensions = 2 * frequencies.count
    self.positions = positions
    let half = frequencies.count
    cosines = FloatStorage(count: positions * half)
    sines = FloatStorage(count: positions * half)
    for (i, frequency) in frequencies.enumerated() {
      for position in 0..<positions {
        // Angles are rounded to float32 as the models' own training code rounds them: at position 2000 the difference
        // to exact angles is 1e-4, and what a model has learnt is the rounded one.
        let angle = Double(Float(position) * frequency)
        cosines.base[position * half + i] = Float(cos(angle) * magnitude)
        sines.base[position * half + i] = Float(sin(angle) * magnitude)
      }
    }
  }

  /// Turns one head's rows [S, >= dimensions] in place, row r being position r.
  package func forward(_ head: Matrix) {
    precondition(head.rows <= positions, "\(head.rows) positions, the embedding has \(positions)")
    guard dimensions > 0 else { return }
    ck_rotary_forward(head.base, head.stride, cosines.base, sines.base, head.rows, dimensions / 2)
  }

  /// A rotation's gradient turns back.
  package func backward(_ dHead: Matrix) {
    guard dimensions > 0 else { return }
    ck_rotary_backward(dHead.base, dHead.stride, cosines.base, sines.base, dHead.rows, dimensions / 2)
  }
}
