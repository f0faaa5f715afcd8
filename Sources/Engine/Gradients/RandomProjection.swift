import Foundation

/// The random matrices of the two-sided sketch L P Rᵀ (Johnson & Lindenstrauss 1984; entries ±1 by Achlioptas 2003):
/// L is [p, outputs], R is [p, inputs], made again from (seed, module, side) whenever they are needed.
///
/// Version 2 draws from Philox, keyed by the MD5 of an identifier such as `layers.0.mlp.dense_4h_to_h/left`; version 1
/// from NumPy's PCG64 as releases up to 0.26 of the Python tool did. Rademacher matrices are bit-identical to the
/// Python tool's. Normal ones use this machine's float32 log, sin and cos, which may differ from NumPy's in the last
/// bit or two.
package struct RandomProjection: Sendable, Hashable {
  package let dimension: Int
  package let type: ProjectionType
  package let scale: ProjectionScale
  package let seed: Int?
  package let version: Int

  package enum Side: String, Sendable {
    case left, right
    /// The one matrix of a module's flattened gradient, for the global target.
    case single
  }

  /// Columns of the global target's matrix are drawn in blocks of this many, each under its own identifier.
  package let globalBlock: Int

  /// - Parameter globalBlock: nil for the Python tool's; any other gives other matrices, and is for tests of the seams.
  /// - Precondition: version 1 draws Rademacher entries only.
  package init(
    dimension: Int, type: ProjectionType, scale: ProjectionScale, seed: Int?, version: Int, globalBlock: Int? = nil
  ) {
    precondition(dimension > 0 && (version == 2 || (version == 1 && type == .rademacher)))
    self.dimension = dimension
    self.type = type
    self.scale = scale
    self.seed = seed
    self.version = version
    self.globalBlock = globalBlock ?? max(1, (1 << 27) / dimension)
  }

  /// The scaled matrix [p, columns] of a module's side.
  package func matrix(module: String, side: Side, columns: Int) -> FloatStorage {
    entries(identifier: identifier(module, side), columns: columns)
  }

  /// Block [p, columns] of the global target's matrix for a module, starting at column `start`.
  package func globalMatrix(module: String, start: Int, columns: Int) -> FloatStorage {
    precondition(start % globalBlock == 0 && columns <= globalBlock)
    return entries(identifier: "\(identifier(module, .single))/\(start)", columns: columns)
  }

  private func identifier(_ module: String, _ side: Side) -> String {
    "\(module)/\(side.rawValue)" + (seed.map { "/seed\($0)" } ?? "")
  }

  /// The matrix under an identifier, scaled.
  func entries(identifier: String, columns: Int) -> FloatStorage {
    let storage = FloatStorage(count: dimension * columns)
    let matrix = storage.matrix(dimension, columns)
    let hash = Digest.md5(Array(identifier.utf8))
    switch (version, type) {
    case (1, _): fillFromPCG(matrix, hash: hash)
    case (_, .rademacher): fillRademacher(matrix, generator: Philox4x32(hash: hash))
    case (_, .normal): fillNormal(matrix, generator: Philox4x32(hash: hash))
    }
    switch scale {
    case .jl:
      let root = Float(dimension).squareRoot()
      for i in 0..<storage.count { storage.base[i] /= root }
    case .rowNorm:
      for r in 0..<dimension {
        let row = UnsafeMutableBufferPointer(start: matrix.row(r), count: columns)
        let norm = Float(row.reduce(0.0) { $0 + Double($1) * Double($1) }.squareRoot())
        for c in 0..<columns { row[c] /= norm }
      }
    }
    return storage
  }

  /// Column c is bit c mod 128 of the block at counter (c div 128, row): 1 gives +1, 0 gives -1.
  private func fillRademacher(_ matrix: Matrix, generator: Philox4x32) {
    for r in 0..<matrix.rows {
      let row = matrix.row(r)
      for block in 0..<(matrix.columns + 127) / 128 {
        let words = generator(SIMD4(UInt32(block), UInt32(r), 0, 0))
        for bit in 0..<min(128, matrix.columns - 128 * block) {
          row[128 * block + bit] = words[bit >> 5] >> UInt32(bit & 31) & 1 == 1 ? 1 : -1
        }
      }
    }
  }

  /// Box & Muller (1958) in float32: each pair (x, y) of words gives r cos t and r sin t.
  private func fillNormal(_ matrix: Matrix, generator: Philox4x32) {
    let unit: Float = 0x1p-32
    // Not 2 * Float.pi: Swift rounds its pi towards zero, which is one unit off in float32.
    let fullTurn = Float(2 * Double.pi)
    for r in 0..<matrix.rows {
      let row = matrix.row(r)
      for block in 0..<(matrix.columns + 3) / 4 {
        let words = generator(SIMD4(UInt32(block), UInt32(r), 0, 0))
        for pair in 0..<2 {
          let radius = (-2 * log((Float(words[2 * pair]) + 0.5) * unit)).squareRoot()
          let angle = fullTurn * (Float(words[2 * pair + 1]) * unit)
          let column = 4 * block + 2 * pair
          if column < matrix.columns { row[column] = radius * cos(angle) }
          if column + 1 < matrix.columns { row[column + 1] = radius * sin(angle) }
        }
      }
    }
  }

  /// One stream of bits for the whole matrix, row by row, most significant bit of each byte first.
  private func fillFromPCG(_ matrix: Matrix, hash: [UInt8]) {
    var value: UInt128 = 0
    for byte in hash { value = value << 8 | UInt128(byte) }
    var generator = PCG64(seed: UInt64(value % UInt128(Int64.max)))
    var word: UInt64 = 0
    for i in 0..<matrix.rows * matrix.columns {
      if i % 64 == 0 { word = generator.next().byteSwapped }
      matrix.base[i] = word >> UInt64(63 - i % 64) & 1 == 1 ? 1 : -1
    }
  }
}

extension Philox4x32 {
  /// Keyed by the first eight bytes of a hash, as two little-endian words.
  fileprivate init(hash: [UInt8]) {
    func word(_ start: Int) -> UInt32 { (0..<4).reduce(0) { $0 | UInt32(hash[start + $1]) << UInt32(8 * $1) } }
    self.init(key: (word(0), word(4)))
  }
}
