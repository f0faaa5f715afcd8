import Foundation

extension SafetensorsFile {
  /// The elements of a tensor in float64: F64 as they are, narrower floats widened.
  package func doubles(_ name: String) throws -> [Double] {
    guard try dtype(of: name) == .f64 else { return try floats(name).map(Double.init) }
    return try withBytes(of: name) { bytes in
      (0..<bytes.count / 8).map { bytes.loadUnaligned(fromByteOffset: 8 * $0, as: Double.self) }
    }
  }
}
