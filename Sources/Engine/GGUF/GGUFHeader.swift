import Foundation

/// What stands before the data of a GGUF file: magic, version, counts, metadata and a description of every tensor.
///
/// https://github.com/ggml-org/ggml/blob/master/docs/gguf.md, versions 2 and 3. Everything is checked here; reading a
/// tensor cannot run out of bounds.
struct GGUFHeader: Sendable {
  /// ggml's own bound.
  static let maximumRank = 4
  static let magic = Array("GGUF".utf8)
  private static let alignmentKey = "general.alignment"

  struct Tensor: Sendable {
    let type: GGUFTensorType
    /// Row-major, that is, ggml's dimensions from last to first.
    let shape: [Int]
    /// Bytes of the file.
    let range: Range<Int>

    /// Values of a row: ggml's first dimension, in which blocks lie.
    var rowLength: Int { shape.last ?? 1 }
    /// None where a dimension is zero: those beside it may be as large as they like.
    var rows: Int { shape.contains(0) ? 0 : shape.dropLast().reduce(1, *) }
    var rowBytes: Int { rowLength / type.blockValues * type.blockBytes }
    var count: Int { rows * rowLength }
  }

  /// A tensor as the file describes it, before its place is known.
  private struct Description {
    let name: String
    let type: GGUFTensorType
    let shape: [Int]
    let byteCount: Int
    let offset: UInt64
  }

  let metadata: GGUFMetadata
  let tensors: [String: Tensor]
  private let map: MemoryMap

  init(_ map: MemoryMap) throws {
    self.map = map
    let file = map.url.path
    guard map.bytes.starts(with: Self.magic) else { throw GGUFError.notGGUF(file: file) }
    var cursor = GGUFCursor(map.bytes, file: file)
    try cursor.skip(4, "the magic")
    let version: UInt32 = try cursor.integer("the version")
    guard version.byteSwapped != 2, version.byteSwapped != 3 else { throw GGUFError.bigEndian(file: file) }
    guard version == 2 || version == 3 else { throw GGUFError.unsupportedVersion(file: file, version: version) }
    // A tensor has at least the length of its name, a rank, a type and an offset; a value a key, a type and a byte.
    let tensorCount = try cursor.count(of: "tensors", size: 24)
    let metadataCount = try cursor.count(of: "metadata", size: 13)
    metadata = try GGUFMetadata(map, count: metadataCount, cursor: &cursor)
    let descriptions = try (0..<tensorCount).map { try Self.description($0, &cursor) }

    let alignment = try metadata.integer(Self.alignmentKey, in: 0...Int(UInt32.max)) ?? 32
    guard alignment > 0, alignment & (alignment - 1) == 0 else {
      throw GGUFError.invalidAlignment(file: file, alignment: alignment)
    }
    let dataStart = (cursor.position + alignment - 1) / alignment * alignment
    tensors = try Self.place(
      descriptions, in: min(dataStart, map.bytes.count)..<map.bytes.count, alignment: alignment, file: file)
  }

  /// A tensor's bytes; valid inside `body` only.
  func withBytes<Result>(of tensor: Tensor, _ body: (UnsafeRawBufferPointer) throws -> Result) rethrows -> Result {
    try withExtendedLifetime(map) { try body(UnsafeRawBufferPointer(rebasing: map.bytes[tensor.range])) }
  }

  /// A tensor's values as they lie in the file.
  func values(of tensor: Tensor) -> [Float] {
    withBytes(of: tensor) { bytes in
      [Float](unsafeUninitializedCapacity: tensor.count) { buffer, initialized in
        GGUFBlocks.dequantize(
          bytes, tensor.type, into: UnsafeMutableBufferPointer(rebasing: buffer[..<tensor.count]))
        initialized = tensor.count
      }
    }
  }

  private static func description(_ index: Int, _ cursor: inout GGUFCursor) throws -> Description {
    let what = "the description of tensor \(index)"
    let file = cursor.file
    let name = try cursor.text(cursor.string(what), what)
    let rank: UInt32 = try cursor.integer(what)
    guard rank <= maximumRank else {
      throw GGUFError.tooManyDimensions(file: file, tensor: name, count: rank)
    }
    var dimensions: [UInt64] = []
    for _ in 0..<rank { dimensions.append(try cursor.integer(what)) }
    let type = try GGUFTensorType(code: cursor.integer(what), tensor: name, file: file)
    let offset: UInt64 = try cursor.integer(what)
    let overflow = GGUFError.sizeOverflow(file: file, tensor: name, dimensions: dimensions)
    let shape = try dimensions.reversed().map { dimension in
      guard let size = Int(exactly: dimension) else { throw overflow }
      return size
    }
    let row = shape.last ?? 1
    guard row % type.blockValues == 0 else {
      throw GGUFError.partialBlock(
        file: file, tensor: name, type: type.rawValue, row: row, block: type.blockValues)
    }
    // A zero behind an overflow does not mend it.
    var byteCount = type.blockBytes
    for factor in [row / type.blockValues] + shape.dropLast().reversed() {
      let (product, overflows) = byteCount.multipliedReportingOverflow(by: factor)
      if overflows { throw overflow }
      byteCount = product
    }
    return Description(name: name, type: type, shape: shape, byteCount: byteCount, offset: offset)
  }

  /// Tensors lie in the data, aligned, and share no bytes.
  private static func place(
    _ descriptions: [Description], in data: Range<Int>, alignment: Int, file: String
  ) throws -> [String: Tensor] {
    var tensors: [String: Tensor] = [:]
    tensors.reserveCapacity(descriptions.count)
    for description in descriptions {
      let name = description.name
      guard description.offset % UInt64(alignment) == 0 else {
        throw GGUFError.misaligned(file: file, tensor: name, offset: description.offset, alignment: alignment)
      }
      let (end, overflow) = description.offset.addingReportingOverflow(UInt64(description.byteCount))
      guard !overflow, end <= UInt64(data.count) else {
        throw GGUFError.outOfFile(file: file, tensor: name, end: overflow ? .max : end, bytes: data.count)
      }
      let start = data.lowerBound + Int(description.offset)
      let tensor = Tensor(
        type: description.type, shape: description.shape, range: start..<start + description.byteCount)
      guard tensors.updateValue(tensor, forKey: name) == nil else {
        throw GGUFError.duplicateTensor(file: file, tensor: name)
      }
    }
    // By name where ranges are equal, so that an error is the same on every run.
    let ordered = tensors.sorted {
      ($0.value.range.lowerBound, $0.value.range.upperBound, $0.key)
        < ($1.value.range.lowerBound, $1.value.range.upperBound, $1.key)
    }
    for (first, second) in zip(ordered, ordered.dropFirst())
    where second.value.range.lowerBound < first.value.range.upperBound {
      throw GGUFError.overlap(file: file, tensor: first.key, other: second.key)
    }
    return tensors
  }
}
