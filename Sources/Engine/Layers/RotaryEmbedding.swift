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
    precondition(dimensions >= 0 && dimensions % 2 == 0, "rotary dimensions come in pairs")
    self.dimensions = dimensions
    self.positions = positions
    let half = dimensions / 2
    cosines = FloatStorage(count: positions * half)
    sines = FloatStorage(count: positions * half)
    for i in 0..<half {
      // Frequencies and angles are rounded to float32 as the models' own training code rounds them: at position 2000
      // the difference to exact angles is 1e-4, and what a model has learnt is the rounded one.
      let frequency = 1 / Float(pow(base, Double(Float(2 * i) / Float(dimensions))))
      for position in 0..<positions {
        let angle = Double(Float(position) * frequency)
        cosines.base[position * half + i] = Float(cos(angle))
        sines.base[position * half + i] = Float(sin(angle))
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
