import CKernels
import Foundation
import Synchronization

/// Rotary position embedding (Su et al. 2021), in the half-split form: of the first `dimensions` columns of a head,
/// columns i and i + dimensions/2 turn by position / base^(2i / dimensions), or as `RotaryScaling` changes that. The rest
/// of the head stays as it is.
package struct RotaryEmbedding: Sendable {
  package let dimensions: Int
  package let positions: Int
  private let table: RotaryTable
  /// For documents of more than `beyond` tokens, where these turn otherwise.
  private let long: (beyond: Int, table: RotaryTable)?

  /// - Parameter positions: longest document that can be embedded.
  package init(_ frequencies: RotaryFrequencies, positions: Int) {
    dimensions = 2 * frequencies.values.count
    self.positions = positions
    let magnitude = frequencies.magnitude
    table = RotaryTable(frequencies.values, magnitude: magnitude)
    long = frequencies.long.map { ($0.beyond, RotaryTable($0.values, magnitude: magnitude)) }
  }

  package init(dimensions: Int, base: Double, positions: Int) {
    self.init(RotaryScaling.plain.frequencies(dimensions: dimensions, base: base), positions: positions)
  }

  /// Turns one head's rows [S, >= dimensions] in place, row r being position r.
  package func forward(_ head: Matrix) {
    precondition(head.rows <= positions, "\(head.rows) positions, the embedding has \(positions)")
    guard dimensions > 0 else { return }
    let turns = turns(for: head.rows)
    ck_rotary_forward(head.base, head.stride, turns.cosines.base, turns.sines.base, head.rows, dimensions / 2)
  }

  /// A rotation's gradient turns back; a magnitude stays a factor.
  package func backward(_ dHead: Matrix) {
    guard dimensions > 0 else { return }
    let turns = turns(for: dHead.rows)
    ck_rotary_backward(dHead.base, dHead.stride, turns.cosines.base, turns.sines.base, dHead.rows, dimensions / 2)
  }

  private func turns(for length: Int) -> RotaryTable.Turns {
    guard let long, length > long.beyond else { return table.turns(length) }
    return long.table.turns(length)
  }
}

/// Sines and cosines by position, made when the first document needs them: a model that can read 131,072 tokens rarely
/// does, and its whole table would cost a third of a second and 67 MB before the first batch.
private final class RotaryTable: Sendable {
  private let frequencies: [Float]
  private let magnitude: Double
  private let made = Mutex(Turns(count: 0, cosines: FloatStorage(count: 0), sines: FloatStorage(count: 0)))

  /// [count, frequencies]; never written again once it is handed out.
  struct Turns: Sendable {
    let count: Int
    let cosines: FloatStorage
    let sines: FloatStorage
  }

  init(_ frequencies: [Float], magnitude: Double) {
    self.frequencies = frequencies
    self.magnitude = magnitude
  }

  /// Those of at least `count` positions.
  func turns(_ count: Int) -> Turns {
    made.withLock { made in
      if made.count < count { made = grown(made, to: max(count, 2 * made.count, 256)) }
      return made
    }
  }

  private func grown(_ old: Turns, to count: Int) -> Turns {
    let half = frequencies.count
    let new = Turns(count: count, cosines: FloatStorage(count: count * half), sines: FloatStorage(count: count * half))
    new.cosines.base.update(from: old.cosines.base, count: old.count * half)
    new.sines.base.update(from: old.sines.base, count: old.count * half)
    for position in old.count..<count {
      for (i, frequency) in frequencies.enumerated() {
        // Angles are rounded to float32 as the models' own training code rounds them: at position 2000 the difference
        // to exact angles is 1e-4, and what a model has learnt is the rounded one.
        let angle = Double(Float(position) * frequency)
        new.cosines.base[position * half + i] = Float(cos(angle) * magnitude)
        new.sines.base[position * half + i] = Float(sin(angle) * magnitude)
      }
    }
    return new
  }
}
