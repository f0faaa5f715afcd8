import CKernels

/// The weight of a linear layer, [O, I] row-major, held in memory in the width that the run asks for.
///
/// Products are float32 whatever the width: narrow weights are widened a tile of rows at a time into scratch that stays
/// in the cache, so that memory holds only the narrow ones.
package struct WeightMatrix: Sendable {
  package let rows: Int
  package let columns: Int
  private let storage: Storage

  private enum Storage: Sendable {
    case float32(FloatStorage)
    /// The upper halves of float32.
    case bfloat16([UInt16])
    /// IEEE binary16.
    case float16([UInt16])
    case int8(Int8Blocks)
    case int4(Int4Blocks)
  }

  /// Floats of a widened tile: half of a 1 MiB cache.
  private static let tile = 1 << 17

  /// Rounds the values of a float32 matrix to a width; `auto` and `fp32` keep them, and share the memory.
  package init(_ values: FloatStorage, rows: Int, columns: Int, precision: Precision = .fp32) {
    precondition(values.count == rows * columns, "\(values.count) weights for [\(rows), \(columns)]")
    self.rows = rows
    self.columns = columns
    switch precision {
    case .auto, .fp32: storage = .float32(values)
    case .bf16: storage = .bfloat16(values.halves(ck_float_to_bf16))
    case .fp16: storage = .float16(values.halves(ck_float_to_half))
    case .int8: storage = .int8(Int8Blocks(values.base, rows: rows, columns: columns))
    case .int4: storage = .int4(Int4Blocks(values.base, rows: rows, columns: columns))
    }
  }

  package var count: Int { rows * columns }

  /// What memory holds of it, in bytes.
  package var byteCount: Int {
    switch storage {
    case .float32: count * MemoryLayout<Float>.stride
    case .bfloat16(let values), .float16(let values): values.count * MemoryLayout<UInt16>.stride
    case .int8(let blocks): blocks.byteCount
    case .int4(let blocks): blocks.byteCount
    }
  }

  /// Writes rows `range` as float32 into `target` [range.count, I], which must be contiguous.
  package func widen(_ range: Range<Int>, into target: Matrix) {
    precondition(target.rows == range.count && target.columns == columns && target.isContiguous)
    let (first, count) = (range.lowerBound * columns, range.count * columns)
    guard count > 0 else { return }
    switch storage {
    case .float32(let values): target.base.update(from: values.base + first, count: count)
    case .bfloat16(let values):
      values.withUnsafeBufferPointer { ck_bf16_to_float($0.baseAddress! + first, target.base, count) }
    case .float16(let values):
      values.withUnsafeBufferPointer { ck_half_to_float($0.baseAddress! + first, target.base, count) }
    case .int8(let blocks): blocks.widen(range, into: target)
    case .int4(let blocks): blocks.widen(range, into: target)
    }
  }

  /// y [T, O] = x [T, I] Wᵀ
  package func multiplyTransposed(_ x: Matrix, into y: Matrix) {
    if case .float32(let values) = storage {
      return Engine.multiply(x, values.matrix(rows, columns).transposed, into: y)
    }
    forEachTile { range, tile in Engine.multiply(x, tile.transposed, into: y.columns(range)) }
  }

  /// dx [T, I] = dy [T, O] W + (accumulate ? dx : 0)
  package func multiply(_ dy: Matrix, into dx: Matrix, accumulate: Bool) {
    if case .float32(let values) = storage {
      return Engine.multiply(dy, values.matrix(rows, columns), into: dx, accumulate: accumulate)
    }
    forEachTile { range, tile in
      Engine.multiply(dy.columns(range), tile, into: dx, accumulate: accumulate || range.lowerBound > 0)
    }
  }

  private func forEachTile(_ body: (Range<Int>, Matrix) -> Void) {
    let height = max(1, min(rows, Self.tile / max(columns, 1)))
    let scratch = FloatStorage(count: height * columns).matrix(height, columns)
    for start in stride(from: 0, to: rows, by: height) {
      let range = start..<min(start + height, rows)
      let tile = scratch.rows(0..<range.count)
      widen(range, into: tile)
      body(range, tile)
    }
  }
}

extension FloatStorage {
  /// All values in 16 bits each.
  fileprivate func halves(_ convert: (UnsafePointer<Float>, UnsafeMutablePointer<UInt16>, Int) -> Void) -> [UInt16] {
    [UInt16](unsafeUninitializedCapacity: max(count, 1)) { buffer, initialized in
      convert(base, buffer.baseAddress!, count)
      initialized = count
    }
  }
}
