package import Foundation

/// A file of named tensors, whatever its format; what `WeightStore` is made of.
package protocol TensorSource: Sendable {
  var url: URL { get }
  /// Sorted by their UTF-8 bytes.
  var names: [String] { get }
  func contains(_ name: String) -> Bool
  func shape(of name: String) throws -> [Int]
  /// How the values are stored, as the file's format calls it.
  func storedType(of name: String) throws -> String
  /// A tensor's bytes as they are stored, at any alignment; valid inside `body` only.
  func withBytes<Result>(of name: String, _ body: (UnsafeRawBufferPointer) throws -> Result) throws -> Result
  /// The elements of a float tensor, row-major.
  func floats(_ name: String) throws -> [Float]
  /// Tells the kernel that the whole file is about to be read once.
  func adviseSequential()
}

extension SafetensorsFile: TensorSource {
  package func storedType(of name: String) throws -> String { try dtype(of: name).rawValue }
}
