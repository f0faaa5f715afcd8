package import Foundation

/// Writes safetensors files that the Python and Rust libraries read. Tensors are announced first and written one after
/// the other, so that only the largest need be in memory, or none where `add(_:_:shape:write:)` streams.
///
/// As the Rust library does, larger elements come first and names are sorted among equals: every tensor then lies at a
/// multiple of its element size, without which torch cannot view the file.
package struct SafetensorsWriter {
  /// Takes the bytes of one tensor, in as many pieces as one likes.
  package typealias Sink = (UnsafeRawBufferPointer) throws -> Void

  private struct Tensor {
    let dtype: SafetensorsDType
    let shape: [Int]
    let byteCount: Int
    let write: (Sink) throws -> Void
  }

  private let metadata: [String: String]
  private var tensors: [String: Tensor] = [:]

  package init(metadata: [String: String] = [:]) {
    self.metadata = metadata
  }

  /// Announces a tensor; `write` gives the sink its little-endian, row-major bytes when the file is written. That the
  /// name is new and `write` yields the bytes which the shape needs is the caller's duty.
  package mutating func add(
    _ name: String, _ dtype: SafetensorsDType, shape: [Int], write: @escaping (Sink) throws -> Void
  ) {
    precondition(name != "__metadata__", "the format keeps '__metadata__' for itself")
    precondition(shape.allSatisfy { $0 >= 0 }, "tensor '\(name)' has shape \(shape)")
    guard let byteCount = SafetensorsHeader.byteCount(shape, dtype) else {
      preconditionFailure("the size of tensor '\(name)', shape \(shape), overflows")
    }
    let old = tensors.updateValue(Tensor(dtype: dtype, shape: shape, byteCount: byteCount, write: write), forKey: name)
    precondition(old == nil, "tensor '\(name)' is added twice")
  }

  package mutating func add(_ name: String, shape: [Int], _ values: [Float]) {
    add(name, .f32, shape: shape) { sink in try values.withUnsafeBytes(sink) }
  }

  package mutating func add(_ name: String, shape: [Int], _ values: [Double]) {
    add(name, .f64, shape: shape) { sink in try values.withUnsafeBytes(sink) }
  }

  package mutating func add(_ name: String, shape: [Int], _ values: [Int64]) {
    add(name, .i64, shape: shape) { sink in try values.withUnsafeBytes(sink) }
  }

  /// Writes the file, replacing one that is there. After an error no file is left.
  package func write(to url: URL) throws {
    let output = try FileWriter(creating: url)
    do {
      let ordered = tensors.sorted {
        $0.value.dtype.size != $1.value.dtype.size
          ? $0.value.dtype.size > $1.value.dtype.size : $0.key.utf8.lexicographicallyPrecedes($1.key.utf8)
      }
      try output.append(header(ordered))
      for (name, tensor) in ordered {
        var written = 0
        try tensor.write { bytes in
          written += bytes.count
          try output.append(bytes)
        }
        precondition(
          written == tensor.byteCount,
          "tensor '\(name)', shape \(tensor.shape), was given \(written) bytes instead of \(tensor.byteCount)")
      }
      try output.close()
    } catch {
      unlink(url.path)
      throw error
    }
  }

  /// Length and JSON, padded with spaces so that the payload begins at a multiple of 8.
  private func header(_ ordered: [(key: String, value: Tensor)]) -> [UInt8] {
    var members: [JSONObject.Element] = []
    if !metadata.isEmpty {
      members.append(("__metadata__", .object(JSONObject(metadata.mapValues { .string($0) }))))
    }
    var offset = 0
    for (name, tensor) in ordered {
      let description: JSONValue = .object([
        "dtype": .string(tensor.dtype.rawValue),
        "shape": .array(tensor.shape.map { .integer($0) }),
        "data_offsets": .array([.integer(offset), .integer(offset + tensor.byteCount)]),
      ])
      members.append((name, description))
      offset += tensor.byteCount
    }
    var text = JSONValue.object(JSONObject(members)).canonicalBytes
    let padding = (8 - text.count % 8) % 8
    text.append(contentsOf: repeatElement(UInt8(ascii: " "), count: padding))
    return withUnsafeBytes(of: UInt64(text.count).littleEndian) { Array($0) } + text
  }
}
