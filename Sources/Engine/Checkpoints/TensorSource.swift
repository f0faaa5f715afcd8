package import Foundation

/// A file of named tensors, whatever its format; what `WeightStore` is made of.
package protocol TensorSource: Sendable {
  var url: URL { get }
  /// Sorted by their UTF-8 bytes.
  var names: [String] { get }
  func contains(_ name: String) -> Bool
  func shape(of name: String) throws -> [Int]
  func dtype(of name: String) throws -> SafetensorsDType
  /// The little-endian bytes of a tensor, row-major, at any alignment; valid inside `body` only.
  func withBytes<Result>(of name: String, _ body: (UnsafeRawBufferPointer) throws -> Result) throws -> Result
  /// The elements of a float tensor, row-major.
  func floats(_ name: String) throws -> [Float]
  /// Tells the kernel that the whole file is about to be read once.
  func adviseSequential()
}

extension SafetensorsFile: TensorSource {}
