/// The second moments of bitsandbytes' 8-bit optimizers (Dettmers et al. 2022): a byte for each, which chooses one of
/// 256 values between 0 and 1, times the largest of its block.
///
/// Blocks are of 256 elements, in older releases of 2048, and before those the whole tensor was one; the number of maxima
/// tells.
struct QuantizedMoments: Sendable {
  let count: Int
  let blockSize: Int

  /// - Parameters:
  ///   - map: entries of the map of values.
  ///   - maxima: number of blocks.
  init(count: Int, map: Int, maxima: Int, _ error: (String) -> any Error) throws {
    guard map == 256 else { throw error("has a map of \(map) values for its 8-bit codes, expected 256") }
    let sizes = [256, 2048, max(count, 1)]
    guard let size = sizes.first(where: { (count + $0 - 1) / $0 == maxima }) else {
      throw error("has \(maxima) maxima for \(count) 8-bit codes, expected one for each 256, or 2048, or for all")
    }
    self.count = count
    blockSize = size
  }

  func decode(_ codes: UnsafeRawBufferPointer, map: [Float], maxima: [Float]) -> [Float] {
    (0..<count).map { map[Int(codes[$0])] * maxima[$0 / blockSize] }
  }
}
