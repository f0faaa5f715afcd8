import Foundation

/// A file of `torch.save`, mapped into memory: a pickle that describes tensors, and the storages that they lie in.
///
/// torch/serialization.py and torch/_utils.py. Since torch 1.6 it is a zip file with the pickle `NAME/data.pkl` and the
/// storages `NAME/data/KEY`, uncompressed; before, several pickles with the storages behind them (`LegacyTorchLayout`).
/// Nothing of the pickle is executed. Tensors may share a storage (tied weights) and have any strides, but may not repeat
/// elements, so that no tensor is larger than the file.
struct TorchArchive: Sendable {
  /// Types of storages that hold what `SafetensorsDType` names.
  static let storageTypes: [String: SafetensorsDType] = [
    "torch.DoubleStorage": .f64, "torch.FloatStorage": .f32, "torch.HalfStorage": .f16, "torch.BFloat16Storage": .bf16,
    "torch.LongStorage": .i64, "torch.IntStorage": .i32, "torch.ByteStorage": .u8, "torch.BoolStorage": .bool,
  ]
  private static let rebuildTensor = "torch._utils._rebuild_tensor_v2"
  private static let rebuildParameter = "torch._utils._rebuild_parameter"
  static let globals = Set(storageTypes.keys).union([
    rebuildTensor, rebuildParameter, "collections.OrderedDict",
    // Known only so that the error names the tensor.
    "torch.CharStorage", "torch.ShortStorage", "torch.storage.UntypedStorage",
  ])

  let url: URL
  /// What was saved, tensors as calls that `tensor(_:named:)` understands.
  let root: PickleValue
  private let map: MemoryMap
  /// Bytes of the file, by the key of the storage.
  private let storages: [String: Range<Int>]

  init(_ url: URL) throws {
    self.url = url
    map = try MemoryMap(url)
    let path = url.path
    if LegacyTorchLayout.begins(map.bytes) {
      let layout = try LegacyTorchLayout(map.bytes, file: path)
      (root, storages) = (layout.root, layout.storages)
      return
    }
    let archive = try ZipArchive(map.bytes, file: path)
    guard let pickle = archive.entries.first(where: { $0.key == "data.pkl" || $0.key.hasSuffix("/data.pkl") }) else {
      throw TorchError.noPickle(file: path)
    }
    let prefix = String(pickle.key.dropLast("data.pkl".count))
    if let order = archive.entries[prefix + "byteorder"], !map.bytes[order].elementsEqual("little".utf8) {
      throw TorchError.bigEndian(file: path)
    }
    root = try PickleReader.read(
      UnsafeRawBufferPointer(rebasing: map.bytes[pickle.value]), file: path, globals: Self.globals)
    let folder = prefix + "data/"
    storages = Dictionary(
      uniqueKeysWithValues: archive.entries.filter { $0.key.hasPrefix(folder) }.map {
        (String($0.key.dropFirst(folder.count)), $0.value)
      })
  }

  /// The tensor that a value of the pickle stands for; nil where it stands for something else.
  ///
  /// - Parameter name: what errors call it.
  /// - Throws: `TorchError` for a tensor that does not fit in its storage, or is of a kind that is not read.
  func tensor(_ value: PickleValue, named name: String) throws -> TorchTensor? {
    guard case .call(let function, let arguments) = value else { return nil }
    if function == Self.rebuildParameter, let data = arguments.first, case .call(Self.rebuildTensor, _) = data {
      return try tensor(data, named: name)
    }
    let file = url.path
    guard function == Self.rebuildTensor, arguments.count >= 4,
      case .persistent(.tuple(let storage)) = arguments[0], storage.count >= 5, storage[0] == .string("storage"),
      case .global(let type) = storage[1], case .string(let key) = storage[2], case .int(let elements) = storage[4],
      case .int(let offset) = arguments[1], let shape = Self.integers(arguments[2]),
      let strides = Self.integers(arguments[3]), shape.count == strides.count
    else { throw TorchError.notATensor(file: file, name: name) }
    guard let dtype = Self.storageTypes[type] else {
      throw TorchError.unknownStorage(file: file, tensor: name, storage: type)
    }
    guard let bytes = storages[key] else { throw TorchError.missingStorage(file: file, tensor: name, key: key) }
    guard elements >= 0, elements <= bytes.count / dtype.size else {
      throw TorchError.storageSize(file: file, tensor: name, bytes: bytes.count, elements: elements)
    }
    guard TorchTensor.fits(shape, strides, offset: offset, elements: elements) else {
      throw TorchError.outOfStorage(file: file, tensor: name, shape: shape, strides: strides, elements: elements)
    }
    let range = bytes.lowerBound + offset * dtype.size..<bytes.lowerBound + elements * dtype.size
    return TorchTensor(name: name, dtype: dtype, shape: shape, strides: strides, range: range)
  }

  private static func integers(_ value: PickleValue) -> [Int]? {
    guard case .tuple(let items) = value, items.count <= SafetensorsFile.maximumRank else { return nil }
    let integers = items.compactMap { if case .int(let integer) = $0 { integer } else { nil } }
    return integers.count == items.count ? integers : nil
  }

  /// A tensor's elements as they are stored, row-major; valid inside `body` only.
  func withBytes<Result>(of tensor: TorchTensor, _ body: (UnsafeRawBufferPointer) throws -> Result) throws -> Result {
    let count = tensor.count * tensor.dtype.size
    return try withExtendedLifetime(map) {
      let storage = UnsafeRawBufferPointer(rebasing: map.bytes[tensor.range])
      guard count > 0 else { return try body(UnsafeRawBufferPointer(start: nil, count: 0)) }
      if tensor.isContiguous { return try body(UnsafeRawBufferPointer(rebasing: storage[..<count])) }
      return try tensor.gathered(from: storage).withUnsafeBytes(body)
    }
  }

  /// The elements of a float tensor, row-major.
  func floats(_ tensor: TorchTensor) throws -> [Float] {
    let count = tensor.count
    return try withBytes(of: tensor) { bytes in
      try [Float](unsafeUninitializedCapacity: count) { buffer, initialized in
        guard FloatConversion.convert(bytes, tensor.dtype, into: UnsafeMutableBufferPointer(rebasing: buffer[..<count]))
        else {
          throw TorchError.notAFloatTensor(file: url.path, tensor: tensor.name, dtype: tensor.dtype.rawValue)
        }
        initialized = count
      }
    }
  }

  func adviseSequential() { map.adviseSequential() }
}

/// A tensor's place in a file of torch.
struct TorchTensor: Sendable {
  let name: String
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

  /// Whether every element lies in the storage, and there are no more of them than it has.
  static func fits(_ shape: [Int], _ strides: [Int], offset: Int, elements: Int) -> Bool {
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

  /// The elements in row-major order, where the strides have them lie otherwise.
  fileprivate func gathered(from storage: UnsafeRawBufferPointer) -> [UInt8] {
    let size = dtype.size
    var index = Array(repeating: 0, count: shape.count)
    var position = 0
    return [UInt8](unsafeUninitializedCapacity: count * size) { buffer, initialized in
      let target = UnsafeMutableRawBufferPointer(buffer)
      for element in 0..<count {
        for byte in 0..<size { target[element * size + byte] = storage[position * size + byte] }
        var axis = shape.count - 1
        while axis >= 0 {
          index[axis] += 1
          position += strides[axis]
          if index[axis] < shape[axis] { break }
          position -= shape[axis] * strides[axis]
          index[axis] = 0
          axis -= 1
        }
      }
      initialized = count * size
    }
  }
}
