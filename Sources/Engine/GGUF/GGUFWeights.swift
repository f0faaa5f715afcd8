import Foundation

/// The tensors of a GGUF file under the names and in the layout of a checkpoint of Hugging Face's.
///
/// Values are dequantised row by row to where they belong: beside the mapped file and the result there is at most one row.
struct GGUFWeights: TensorSource {
  private struct Entry: Sendable {
    let tensor: GGUFHeader.Tensor
    let layout: GGUFLayout

    /// As Hugging Face has it.
    var shape: [Int] { layout == .transposed ? tensor.shape.reversed() : tensor.shape }

    /// A vector's values are rows of one.
    var layoutRows: Int { tensor.shape.count == 1 ? tensor.rowLength : tensor.rows }
  }

  let url: URL
  let names: [String]
  private let map: MemoryMap
  private let header: GGUFHeader
  private let entries: [String: Entry]

  /// - Throws: `GGUFError.unplacedTensor` for a tensor that the architecture does not have: leaving it out would make
  ///   another model of the file.
  init(_ map: MemoryMap, _ header: GGUFHeader) throws {
    url = map.url
    self.map = map
    self.header = header
    let file = map.url.path
    let (name, architecture) = try GGUFArchitecture.named(in: header.metadata)
    let settings = GGUFSettings(architecture: name, header: header)
    var entries: [String: Entry] = [:]
    for (tensorName, tensor) in header.tensors.sorted(by: { $0.key < $1.key }) {
      guard let place = architecture.place(tensorName) else {
        throw GGUFError.unplacedTensor(file: file, tensor: tensorName, architecture: name)
      }
      let layout = try settings.layout(architecture.layouts[place.leaf], of: tensor)
      let entry = Entry(tensor: tensor, layout: layout)
      guard layout.fits(rows: entry.layoutRows) else {
        throw GGUFError.unevenRows(file: file, tensor: tensorName, rows: entry.layoutRows, heads: layout.heads)
      }
      entries[place.name] = entry
    }
    self.entries = entries
    names = entries.keys.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
  }

  func contains(_ name: String) -> Bool { entries[name] != nil }

  func shape(of name: String) throws -> [Int] { try entry(name).shape }

  func storedType(of name: String) throws -> String { try entry(name).tensor.type.rawValue }

  func withBytes<Result>(of name: String, _ body: (UnsafeRawBufferPointer) throws -> Result) throws -> Result {
    try header.withBytes(of: entry(name).tensor, body)
  }

  func floats(_ name: String) throws -> [Float] {
    let entry = try entry(name)
    let count = entry.tensor.count
    return try withBytes(of: name) { bytes in
      [Float](unsafeUninitializedCapacity: count) { buffer, initialized in
        Self.dequantize(bytes, entry, into: UnsafeMutableBufferPointer(rebasing: buffer[..<count]))
        initialized = count
      }
    }
  }

  func adviseSequential() { map.adviseSequential() }

  private static func dequantize(
    _ bytes: UnsafeRawBufferPointer, _ entry: Entry, into target: UnsafeMutableBufferPointer<Float>
  ) {
    let (tensor, layout) = (entry.tensor, entry.layout)
    if layout == .same || layout == .plusOne {
      GGUFBlocks.dequantize(bytes, tensor.type, into: target)
      if layout == .plusOne { for index in target.indices { target[index] -= 1 } }
      return
    }
    let (rows, length) = (tensor.rows, tensor.rowLength)
    func row(_ index: Int) -> UnsafeRawBufferPointer {
      UnsafeRawBufferPointer(rebasing: bytes[index * tensor.rowBytes..<(index + 1) * tensor.rowBytes])
    }
    if tensor.shape.count == 1 || layout == .transposed {
      withUnsafeTemporaryAllocation(of: Float.self, capacity: length) { values in
        for index in 0..<rows {
          GGUFBlocks.dequantize(row(index), tensor.type, into: values)
          if layout == .transposed {
            for column in 0..<length { target[column * rows + index] = values[column] }
          } else {
            for column in 0..<length { target[layout.target(of: column, rows: length)] = values[column] }
          }
        }
      }
    } else {
      for index in 0..<rows {
        let start = layout.target(of: index, rows: rows) * length
        GGUFBlocks.dequantize(
          row(index), tensor.type, into: UnsafeMutableBufferPointer(rebasing: target[start..<start + length]))
      }
    }
  }

  private func entry(_ name: String) throws -> Entry {
    guard let entry = entries[name] else { throw GGUFError.noSuchTensor(file: url.path, tensor: name) }
    return entry
  }
}
