package import Foundation

/// Element types of safetensors, spelled as its headers spell them.
package enum SafetensorsDType: String, Sendable, CaseIterable {
  case f64 = "F64"
  case f32 = "F32"
  case f16 = "F16"
  case bf16 = "BF16"
  case i64 = "I64"
  case i32 = "I32"
  case u8 = "U8"
  case bool = "BOOL"

  /// Bytes of one element.
  package var size: Int {
    switch self {
    case .f64, .i64: 8
    case .f32, .i32: 4
    case .f16, .bf16: 2
    case .u8, .bool: 1
    }
  }
}

/// A safetensors file, mapped into memory: eight bytes with the header's length (little-endian), a JSON object that
/// gives dtype, shape and byte range of every tensor, then the bytes.
///
/// https://github.com/huggingface/safetensors. As in its Rust library, the byte ranges must cover the rest of the
/// file without overlap or hole. Everything is checked when the file is opened; reading cannot run out of bounds.
package struct SafetensorsFile: Sendable {
  /// The Rust library's bound.
  package static let maximumHeaderBytes = 100_000_000
  /// No tensor of a model has more dimensions; a longer list is an attempt to use up memory.
  static let maximumRank = 64

  struct Entry: Sendable {
    let dtype: SafetensorsDType
    let shape: [Int]
    /// Bytes from the beginning of the payload.
    let range: Range<Int>
  }

  package let url: URL
  /// Sorted by their UTF-8 bytes.
  package let names: [String]
  /// The header's `__metadata__`; empty where it has none.
  package let metadata: [String: String]

  private let map: MemoryMap
  private let payloadOffset: Int
  private let entries: [String: Entry]

  package init(_ url: URL) throws {
    self.url = url
    map = try MemoryMap(url)
    let path = url.path
    let bytes = map.bytes
    guard bytes.count >= 8 else { throw SafetensorsError.tooShort(file: path, bytes: bytes.count) }
    let length = UInt64(littleEndian: bytes.loadUnaligned(as: UInt64.self))
    guard length <= UInt64(Self.maximumHeaderBytes) else {
      throw SafetensorsError.headerTooLarge(file: path, length: length)
    }
    guard Int(length) <= bytes.count - 8 else {
      throw SafetensorsError.headerBeyondFile(file: path, length: length, fileBytes: bytes.count)
    }
    payloadOffset = 8 + Int(length)
    let header = SafetensorsHeader(file: path, payloadBytes: bytes.count - payloadOffset)
    (entries, metadata) = try header.parse(UnsafeRawBufferPointer(rebasing: bytes[8..<payloadOffset]))
    names = entries.keys.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
  }

  package func contains(_ name: String) -> Bool {
    entries[name] != nil
  }

  package func shape(of name: String) throws -> [Int] {
    try entry(name).shape
  }

  package func dtype(of name: String) throws -> SafetensorsDType {
    try entry(name).dtype
  }

  /// The little-endian bytes of a tensor, row-major, at any alignment; valid inside `body` only.
  package func withBytes<Result>(of name: String, _ body: (UnsafeRawBufferPointer) throws -> Result) throws -> Result {
    let range = try entry(name).range
    return try withExtendedLifetime(map) {
      try body(
        UnsafeRawBufferPointer(rebasing: map.bytes[payloadOffset + range.lowerBound..<payloadOffset + range.upperBound])
      )
    }
  }

  /// The elements of a float tensor (F32, F16, BF16, F64), row-major; `destination` has exactly as many.
  package func floats(_ name: String, into destination: UnsafeMutableBufferPointer<Float>) throws {
    let dtype = try entry(name).dtype
    try withBytes(of: name) { bytes in
      precondition(destination.count == bytes.count / dtype.size, "'\(name)' needs \(bytes.count / dtype.size) floats")
      guard FloatConversion.convert(bytes, dtype, into: destination) else {
        throw SafetensorsError.notAFloatTensor(file: url.path, tensor: name, dtype: dtype.rawValue)
      }
    }
  }

  package func floats(_ name: String) throws -> [Float] {
    let count = try elementCount(of: name)
    return try [Float](unsafeUninitializedCapacity: count) { buffer, initialized in
      try floats(name, into: UnsafeMutableBufferPointer(rebasing: buffer[..<count]))
      initialized = count
    }
  }

  package func elementCount(of name: String) throws -> Int {
    let entry = try entry(name)
    return entry.range.count / entry.dtype.size
  }

  /// Tells the kernel that the whole file is about to be read once.
  package func adviseSequential() {
    map.adviseSequential()
  }

  private func entry(_ name: String) throws -> Entry {
    guard let entry = entries[name] else { throw SafetensorsError.noSuchTensor(file: url.path, tensor: name) }
    return entry
  }
}
