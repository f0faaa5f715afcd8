package import Foundation

/// A state dictionary as `torch.save` writes it since torch 1.6 (`pytorch_model.bin`), mapped into memory: a zip file
/// with the pickle `NAME/data.pkl`, which describes the tensors, and their storages `NAME/data/KEY`, uncompressed.
///
/// torch/serialization.py and torch/_utils.py. Nothing of the pickle is executed. Tensors may share a storage (tied
/// weights) and have any strides, but may not repeat elements, so that no tensor is larger than the file.
package struct TorchFile: TensorSource {
  /// Types of storages that hold what `SafetensorsDType` names.
  static let storages: [String: SafetensorsDType] = [
    "torch.DoubleStorage": .f64, "torch.FloatStorage": .f32, "torch.HalfStorage": .f16, "torch.BFloat16Storage": .bf16,
    "torch.LongStorage": .i64, "torch.IntStorage": .i32, "torch.ByteStorage": .u8, "torch.BoolStorage": .bool,
  ]
  private static let rebuildTensor = "torch._utils._rebuild_tensor_v2"
  private static let rebuildParameter = "torch._utils._rebuild_parameter"
  private static let globals = Set(storages.keys).union([
    rebuildTensor, rebuildParameter, "collections.OrderedDict",
    // Known only so that the error names the tensor.
    "torch.CharStorage", "torch.ShortStorage", "torch.storage.UntypedStorage",
  ])

  private struct Entry: Sendable {
    let dtype: SafetensorsDType
    let shape: [Int]
    /// In elements.
    let strides: [Int]
    /// Bytes of the file from the tensor's first element to the end of its storage.
    let range: Range<Int>

    /// The zero first: sizes beside it may be as large as they like.
    var count: Int { shape.contains(0) ? 0 : shape.reduce(1, *) }

    var isContiguous: Bool {
      var expected = 1
      for (size, stride) in zip(shape, strides).reversed() {
        guard size == 1 || stride == expected else { return false }
        expected *= size
      }
      return true
    }
  }

  package let url: URL
  package let names: [String]
  private let map: MemoryMap
  private let entries: [String: Entry]

  package init(_ url: URL) throws {
    self.url = url
    map = try MemoryMap(url)
    let path = url.path
    // The pickle of the legacy format begins with its magic number, behind the protocol.
    if map.bytes.count >= 2, map.bytes[0] == 0x80, (2...5).contains(map.bytes[1]) {
      throw TorchError.legacyFormat(file: path)
    }
    let archive = try ZipArchive(map.bytes, file: path)
    guard let pickle = archive.entries.first(where: { $0.key == "data.pkl" || $0.key.hasSuffix("/data.pkl") }) else {
      throw TorchError.noPickle(file: path)
    }
    let prefix = String(pickle.key.dropLast("data.pkl".count))
    if let order = archive.entries[prefix + "byteorder"], !map.bytes[order].elementsEqual("little".utf8) {
      throw TorchError.bigEndian(file: path)
    }
    let value = try PickleReader.read(
      UnsafeRawBufferPointer(rebasing: map.bytes[pickle.value]), file: path, globals: Self.globals)
    guard case .dictionary(let items) = value else {
      throw TorchError.notAStateDictionary(file: path, found: "no dict")
    }
    var entries: [String: Entry] = [:]
    for item in items {
      guard case .string(let name) = item.key else {
        throw TorchError.notAStateDictionary(file: path, found: "a key that is no string")
      }
      let entry = try Self.entry(name, item.value, archive, prefix: prefix, file: path)
      guard entries.updateValue(entry, forKey: name) == nil else {
        throw TorchError.duplicateName(file: path, name: name)
      }
    }
    self.entries = entries
    names = entries.keys.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
  }

  private static func entry(
    _ name: String, _ value: PickleValue, _ archive: ZipArchive, prefix: String, file: String
  ) throws -> Entry {
    guard case .call(let function, let arguments) = value else { throw TorchError.notATensor(file: file, name: name) }
    if function == rebuildParameter, let data = arguments.first, case .call(rebuildTensor, _) = data {
      return try entry(name, data, archive, prefix: prefix, file: file)
    }
    guard function == rebuildTensor, arguments.count >= 4,
      case .persistent(.tuple(let storage)) = arguments[0], storage.count >= 5, storage[0] == .string("storage"),
      case .global(let type) = storage[1], case .string(let key) = storage[2], case .int(let elements) = storage[4],
      case .int(let offset) = arguments[1], let shape = integers(arguments[2]), let strides = integers(arguments[3]),
      shape.count == strides.count
    else { throw TorchError.notATensor(file: file, name: name) }
    guard let dtype = storages[type] else {
      throw TorchError.unknownStorage(file: file, tensor: name, storage: type)
    }
    guard let bytes = archive.entries["\(prefix)data/\(key)"] else {
      throw TorchError.missingStorage(file: file, tensor: name, entry: "\(prefix)data/\(key)")
    }
    guard elements >= 0, elements <= bytes.count / dtype.size else {
      throw TorchError.storageSize(file: file, tensor: name, bytes: bytes.count, elements: elements)
    }
    guard fits(shape, strides, offset: offset, elements: elements) else {
      throw TorchError.outOfStorage(file: file, tensor: name, shape: shape, strides: strides, elements: elements)
    }
    let range = bytes.lowerBound + offset * dtype.size..<bytes.lowerBound + elements * dtype.size
    return Entry(dtype: dtype, shape: shape, strides: strides, range: range)
  }

  private static func integers(_ value: PickleValue) -> [Int]? {
    guard case .tuple(let items) = value, items.count <= SafetensorsFile.maximumRank else { return nil }
    let integers = items.compactMap { if case .int(let integer) = $0 { integer } else { nil } }
    return integers.count == items.count ? integers : nil
  }

  /// Whether every element lies in the storage, and there are no more of them than it has.
  private static func fits(_ shape: [Int], _ strides: [Int], offset: Int, elements: Int) -> Bool {
    guard offset >= 0, offset <= elements, shape.allSatisfy({ $0 >= 0 }), strides.allSatisfy({ $0 >= 0 }) else {
      return false
    }
    if shape.contains(0) { return true }
    var count = 1
    var last = offset
    for (size, stride) in zip(shape, strides) {
      let (product, overflow) = count.multipliedReportingOverflow(by: size)
      let (step, stepOverflow) = (size - 1).multipliedReportingOverflow(by: stride)
      let (sum, sumOverflow) = last.addingReportingOverflow(step)
      guard !overflow, !stepOverflow, !sumOverflow, product <= elements else { return false }
      (count, last) = (product, sum)
    }
    return last < elements
  }

  package func contains(_ name: String) -> Bool { entries[name] != nil }

  package func shape(of name: String) throws -> [Int] { try entry(name).shape }

  package func dtype(of name: String) throws -> SafetensorsDType { try entry(name).dtype }

  package func storedType(of name: String) throws -> String { try dtype(of: name).rawValue }

  package func adviseSequential() { map.adviseSequential() }

  package func withBytes<Result>(of name: String, _ body: (UnsafeRawBufferPointer) throws -> Result) throws -> Result {
    let entry = try entry(name)
    let count = entry.count * entry.dtype.size
    return try withExtendedLifetime(map) {
      let storage = UnsafeRawBufferPointer(rebasing: map.bytes[entry.range])
      guard count > 0 else { return try body(UnsafeRawBufferPointer(start: nil, count: 0)) }
      if entry.isContiguous { return try body(UnsafeRawBufferPointer(rebasing: storage[..<count])) }
      return try Self.gather(entry, from: storage).withUnsafeBytes(body)
    }
  }

  /// The elements in row-major order, where the strides have them lie otherwise.
  private static func gather(_ entry: Entry, from storage: UnsafeRawBufferPointer) -> [UInt8] {
    let size = entry.dtype.size
    var index = Array(repeating: 0, count: entry.shape.count)
    var position = 0
    return [UInt8](unsafeUninitializedCapacity: entry.count * size) { buffer, initialized in
      let target = UnsafeMutableRawBufferPointer(buffer)
      for element in 0..<entry.count {
        for byte in 0..<size { target[element * size + byte] = storage[position * size + byte] }
        var axis = entry.shape.count - 1
        while axis >= 0 {
          index[axis] += 1
          position += entry.strides[axis]
          if index[axis] < entry.shape[axis] { break }
          position -= entry.shape[axis] * entry.strides[axis]
          index[axis] = 0
          axis -= 1
        }
      }
      initialized = entry.count * size
    }
  }

  package func floats(_ name: String) throws -> [Float] {
    let entry = try entry(name)
    let count = entry.count
    return try withBytes(of: name) { bytes in
      try [Float](unsafeUninitializedCapacity: count) { buffer, initialized in
        guard FloatConversion.convert(bytes, entry.dtype, into: UnsafeMutableBufferPointer(rebasing: buffer[..<count]))
        else {
          throw TorchError.notAFloatTensor(file: url.path, tensor: name, dtype: entry.dtype.rawValue)
        }
        initialized = count
      }
    }
  }

  private func entry(_ name: String) throws -> Entry {
    guard let entry = entries[name] else { throw TorchError.noSuchTensor(file: url.path, tensor: name) }
    return entry
  }
}
