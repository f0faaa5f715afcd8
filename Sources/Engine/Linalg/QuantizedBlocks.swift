import CKernels

// Weights quantised in blocks of `blockSize` neighbouring inputs of one output: each block has its own scale, so that a
// large weight costs only its neighbours their precision. Rows are padded to whole blocks, which keeps every row's first
// value on a byte.

/// 8 bits a weight and a scale a block: w = scale * q, q in -127...127, scale = max |w| / 127.
///
/// The error of a weight is at most half of its block's scale.
struct Int8Blocks: Sendable {
  static let blockSize = 64
  private let columns: Int
  private let blocksPerRow: Int
  /// [rows, blocksPerRow, blockSize]
  private var values: [Int8]
  /// [rows, blocksPerRow]
  private var scales: [Float]

  init(_ weights: UnsafePointer<Float>, rows: Int, columns: Int) {
    self.columns = columns
    blocksPerRow = (columns + Self.blockSize - 1) / Self.blockSize
    values = [Int8](repeating: 0, count: rows * blocksPerRow * Self.blockSize)
    scales = [Float](repeating: 0, count: rows * blocksPerRow)
    for row in 0..<rows {
      for block in 0..<blocksPerRow {
        let start = block * Self.blockSize
        let own = UnsafeBufferPointer(
          start: weights + row * columns + start, count: min(Self.blockSize, columns - start))
        let index = row * blocksPerRow + block
        let scale = own.reduce(0) { max($0, abs($1)) } / 127
        guard scale > 0 else { continue }
        scales[index] = scale
        for (i, weight) in own.enumerated() {
          values[index * Self.blockSize + i] = Int8(max(-127, min(127, (weight / scale).rounded())))
        }
      }
    }
  }

  var byteCount: Int { values.count + scales.count * MemoryLayout<Float>.stride }

  func widen(_ rows: Range<Int>, into target: Matrix) {
    values.withUnsafeBufferPointer { values in
      scales.withUnsafeBufferPointer { scales in
        for (i, row) in rows.enumerated() {
          let block = row * blocksPerRow
          ck_int8_blocks_to_float(
            values.baseAddress! + block * Self.blockSize, scales.baseAddress! + block, Self.blockSize, target.row(i),
            columns)
        }
      }
    }
  }
}

/// 4 bits a weight, a scale and a minimum a block: w = minimum + scale * q, q in 0...15, scale = (max - min) / 15.
///
/// The error of a weight is at most half of its block's scale.
struct Int4Blocks: Sendable {
  static let blockSize = 64
  private let columns: Int
  private let blocksPerRow: Int
  /// [rows, blocksPerRow, blockSize / 2]: within a block, byte i has weight i in its low half and weight
  /// i + blockSize / 2 in its high half, so that both halves are read in order.
  private var values: [UInt8]
  /// [rows, blocksPerRow]
  private var scales: [Float]
  private var minima: [Float]

  init(_ weights: UnsafePointer<Float>, rows: Int, columns: Int) {
    self.columns = columns
    blocksPerRow = (columns + Self.blockSize - 1) / Self.blockSize
    let half = Self.blockSize / 2
    values = [UInt8](repeating: 0, count: rows * blocksPerRow * half)
    scales = [Float](repeating: 0, count: rows * blocksPerRow)
    minima = scales
    for row in 0..<rows {
      for block in 0..<blocksPerRow {
        let start = block * Self.blockSize
        let own = UnsafeBufferPointer(
          start: weights + row * columns + start, count: min(Self.blockSize, columns - start))
        let index = row * blocksPerRow + block
        let (least, most) = (own.min()!, own.max()!)
        minima[index] = least
        let scale = (most - least) / 15
        guard scale > 0 else { continue }
        scales[index] = scale
        for (i, weight) in own.enumerated() {
          let code = UInt8(max(0, min(15, ((weight - least) / scale).rounded())))
          values[index * half + i % half] |= i < half ? code : code << 4
        }
      }
    }
  }

  var byteCount: Int { values.count + (scales.count + minima.count) * MemoryLayout<Float>.stride }

  func widen(_ rows: Range<Int>, into target: Matrix) {
    values.withUnsafeBufferPointer { values in
      scales.withUnsafeBufferPointer { scales in
        minima.withUnsafeBufferPointer { minima in
          for (i, row) in rows.enumerated() {
            let block = row * blocksPerRow
            ck_int4_blocks_to_float(
              values.baseAddress! + block * Self.blockSize / 2, scales.baseAddress! + block,
              minima.baseAddress! + block, Self.blockSize, target.row(i), columns)
          }
        }
      }
    }
  }
}
