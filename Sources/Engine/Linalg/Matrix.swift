import CKernels
import Foundation

// Letters used throughout the engine: N documents, T tokens of a batch, S positions of one document, I inputs,
// O outputs, H hidden, V vocabulary, p projection.

/// Float memory with an owner: 64-byte aligned, zero at first, freed with the object.
package final class FloatStorage: @unchecked Sendable {
  package let base: UnsafeMutablePointer<Float>
  package let count: Int

  package init(count: Int) {
    precondition(count >= 0, "negative count")
    let bytes = max(count, 1) * MemoryLayout<Float>.stride
    let raw = UnsafeMutableRawPointer.allocate(byteCount: bytes, alignment: 64)
    memset(raw, 0, bytes)
    base = raw.bindMemory(to: Float.self, capacity: max(count, 1))
    self.count = count
  }

  package convenience init(_ values: some Collection<Float>) {
    self.init(count: values.count)
    for (i, value) in values.enumerated() { base[i] = value }
  }

  /// Rounds.
  package convenience init(_ values: [Double]) {
    self.init(count: values.count)
    for (i, value) in values.enumerated() { base[i] = Float(value) }
  }

  deinit { base.deallocate() }

  /// The whole storage as one matrix.
  package func matrix(_ rows: Int, _ columns: Int) -> Matrix {
    precondition(rows * columns <= count, "a \(rows) x \(columns) matrix does not fit into \(count) floats")
    return Matrix(base: base, rows: rows, columns: columns, owner: self)
  }
}

/// A row-major view of float32 memory, which it keeps alive.
///
/// Views are values and cheap; columns are contiguous, rows lie `stride` floats apart. What an arena lends is only valid
/// until the arena is released or reset.
package struct Matrix: @unchecked Sendable {
  package let base: UnsafeMutablePointer<Float>
  package let rows: Int
  package let columns: Int
  package let stride: Int
  private let owner: FloatStorage

  /// - Precondition: `base` points into the memory of `owner`.
  init(base: UnsafeMutablePointer<Float>, rows: Int, columns: Int, stride: Int? = nil, owner: FloatStorage) {
    self.base = base
    self.rows = rows
    self.columns = columns
    self.stride = stride ?? columns
    self.owner = owner
  }

  package var isContiguous: Bool { stride == columns || rows <= 1 }

  package subscript(row: Int, column: Int) -> Float {
    get { base[row * stride + column] }
    nonmutating set { base[row * stride + column] = newValue }
  }

  package func row(_ index: Int) -> UnsafeMutablePointer<Float> { base + index * stride }

  /// Rows `range` of the same memory.
  package func rows(_ range: Range<Int>) -> Matrix {
    precondition(range.lowerBound >= 0 && range.upperBound <= rows, "rows \(range) of \(rows)")
    return Matrix(
      base: base + range.lowerBound * stride, rows: range.count, columns: columns, stride: stride, owner: owner)
  }

  /// Columns `range` of the same memory.
  package func columns(_ range: Range<Int>) -> Matrix {
    precondition(range.lowerBound >= 0 && range.upperBound <= columns, "columns \(range) of \(columns)")
    return Matrix(base: base + range.lowerBound, rows: rows, columns: range.count, stride: stride, owner: owner)
  }

  /// The first `rows` x `columns` values of contiguous memory in another shape.
  package func reshaped(_ rows: Int, _ columns: Int) -> Matrix {
    precondition(isContiguous && rows * columns <= self.rows * self.columns, "\(rows) x \(columns) of this matrix")
    return Matrix(base: base, rows: rows, columns: columns, owner: owner)
  }

  package func copy(from other: Matrix) {
    precondition(rows == other.rows && columns == other.columns, "copy between different shapes")
    for r in 0..<rows { (base + r * stride).update(from: other.base + r * other.stride, count: columns) }
  }

  package func fill(_ value: Float) {
    for r in 0..<rows { (base + r * stride).update(repeating: value, count: columns) }
  }

  /// self += other, both contiguous.
  package func add(_ other: Matrix) {
    precondition(rows == other.rows && columns == other.columns && isContiguous && other.isContiguous)
    ck_add(other.base, base, rows * columns)
  }

  /// self *= other elementwise, both contiguous.
  package func multiply(by other: Matrix) {
    precondition(rows == other.rows && columns == other.columns && isContiguous && other.isContiguous)
    ck_multiply(other.base, base, rows * columns)
  }
}
