import CKernels
import Foundation

/// Rotary position embedding (Su et al. 2021), in the half-split form: of the first `dimensions` columns of a head,
/// columns i and i + dimensions/2 turn by position / base^(2i / dimensions), or as `RotaryScaling` changes that. The rest
/// of the head stays as it is.
package struct RotaryEmbedding: Sendable {
  package let dimensions: Int
  package let positions: Int
  private let table: Table
  /// For documents of more than `beyond` tokens, where these turn otherwise.
  private let long: (beyond: Int, table: Table)?

  /// [positions, dimensions / 2]
  private struct Table: Sendable {
    let cosines: FloatStorage
    let sines: FloatStorage

    init(_ frequencies: [Float], magnitude: Double, positions: Int) {
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
  }

  /// - Parameter positions: longest document that can be embedded.
  package init(_ frequencies: RotaryFrequencies, positions: Int) {
    dimensions = 2 * frequencies.values.count
    self.positions = positions
    let short = min(positions, frequencies.long?.beyond ?? positions)
    table = Table(frequencies.values, magnitude: frequencies.magnitude, positions: short)
    long = frequencies.long.flatMap { long in
      guard positions > long.beyond else { return nil }
      return (long.beyond, Table(long.values, magnitude: frequencies.magnitude, positions: positions))
    }
  }

  package init(dimensions: Int, base: Double, positions: Int) {
    self.init(RotaryScaling.plain.frequencies(dimensions: dimensions, base: base), positions: positions)
  }

  /// Turns one head's rows [S, >= dimensions] in place, row r being position r.
  package func forward(_ head: Matrix) {
    precondition(head.rows <= positions, "\(head.rows) positions, the embedding has \(positions)")
    guard dimensions > 0 else { return }
    let table = table(for: head.rows)
    ck_rotary_forward(
      head.base, head.stride, table.cosines.base, table.sines.base, head.rows, dimensions / 2)
  }

  /// A rotation's gradient turns back; a magnitude stays a factor.
  package func backward(_ dHead: Matrix) {
    guard dimensions > 0 else { return }
    let table = table(for: dHead.rows)
    ck_rotary_backward(
      dHead.base, dHead.stride, table.cosines.base, table.sines.base, dHead.rows, dimensions / 2)
  }

  private func table(for length: Int) -> Table {
    guard let long, length > long.beyond else { return table }
    return long.table
  }
}
