/// By how much each pair of a head's columns turns from one position to the next.
package struct RotaryFrequencies: Sendable, Equatable {
  /// [dimensions / 2] angle per position, rounded to float32 as the models' own training code rounds it.
  package var values: [Float]
  /// Factor on sines and cosines, YaRN's attention factor.
  package var magnitude: Double
  /// What takes the place of `values` in long documents.
  package var long: Long?

  package struct Long: Sendable, Equatable {
    /// Documents of more tokens are long, as a whole.
    package var beyond: Int
    package var values: [Float]

    package init(beyond: Int, values: [Float]) {
      self.beyond = beyond
      self.values = values
    }
  }

  package init(values: [Float], magnitude: Double = 1, long: Long? = nil) {
    precondition(long.map { $0.values.count == values.count } ?? true, "long documents turn other columns")
    self.values = values
    self.magnitude = magnitude
    self.long = long
  }
}
