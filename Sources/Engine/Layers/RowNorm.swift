/// A normalisation of every row of a matrix: `LayerNorm` or `RMSNorm`.
package protocol RowNorm: Sendable {
  /// What backward needs of forward, the input among it.
  associatedtype Saved

  /// A place for the statistics of `input`, taken before `forward` so that the output may be scratch.
  func makeSaved(for input: Matrix, in arena: Arena) -> Saved
  func forward(_ saved: Saved, into output: Matrix)
  /// dInput += gradient with respect to the input.
  func backward(_ dOutput: Matrix, _ saved: Saved, addingTo dInput: Matrix)
}
