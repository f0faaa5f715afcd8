import Foundation

/// A file of `torch.save` from before torch 1.6, which is no zip file: pickles of a magic number, a version, the byte order,
/// what was saved and the keys of its storages, and behind them each storage, its number of elements first.
///
/// `_legacy_save` of torch/serialization.py.
struct LegacyTorchLayout {
  let root: PickleValue
  /// Bytes of the file, by the key of the storage.
  let storages: [String: Range<Int>]

  /// The pickle of 0x1950a86a20f9469cfc6c and that of 1001.
  private static let beginning: [UInt8] = [
    0x80, 0x02, 0x8a, 0x0a, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19, 0x2e, 0x80, 0x02, 0x4d, 0xe9,
    0x03, 0x2e,
  ]

  static func begins(_ bytes: UnsafeRawBufferPointer) -> Bool { bytes.starts(with: beginning) }

  init(_ bytes: UnsafeRawBufferPointer, file: String) throws {
    var position = Self.beginning.count
    func next(_ globals: Set<String>) throws -> PickleValue {
      let (value, count) = try PickleReader.readNext(
        UnsafeRawBufferPointer(rebasing: bytes[position...]), file: file, globals: globals)
      position += count
      return value
    }
    guard case .dictionary(let system) = try next([]) else {
      throw TorchError.malformedLegacy(file: file, reason: "it does not tell its byte order")
    }
    if system.contains(where: { $0.key == .string("little_endian") && $0.value == .bool(false) }) {
      throw TorchError.bigEndian(file: file)
    }
    root = try next(TorchArchive.globals)
    guard case .list(let keys) = try next([]) else {
      throw TorchError.malformedLegacy(file: file, reason: "it has no list of storages")
    }
    var types: [String: SafetensorsDType] = [:]
    try Self.collectTypes(root, into: &types, file: file)
    var storages: [String: Range<Int>] = [:]
    for key in keys {
      guard case .string(let key) = key, let dtype = types[key] else {
        throw TorchError.malformedLegacy(file: file, reason: "it lists a storage that no tensor lies in")
      }
      guard bytes.count - position >= 8 else {
        throw TorchError.malformedLegacy(file: file, reason: "it ends before the storage '\(key)'")
      }
      let count = Int64(littleEndian: bytes.loadUnaligned(fromByteOffset: position, as: Int64.self))
      position += 8
      guard count >= 0, count <= (bytes.count - position) / dtype.size else {
        throw TorchError.malformedLegacy(file: file, reason: "it ends inside the storage '\(key)' of \(count) elements")
      }
      let range = position..<position + Int(count) * dtype.size
      guard storages.updateValue(range, forKey: key) == nil else {
        throw TorchError.malformedLegacy(file: file, reason: "it lists the storage '\(key)' twice")
      }
      position = range.upperBound
    }
    self.storages = storages
  }

  /// The types of all storages that tensors refer to. One of a type that is not known is left out: where it lies cannot be
  /// told, nor where those behind it do.
  private static func collectTypes(
    _ value: PickleValue, into types: inout [String: SafetensorsDType], file: String
  ) throws {
    switch value {
    case .list(let items), .tuple(let items), .call(_, let items):
      for item in items { try collectTypes(item, into: &types, file: file) }
    case .dictionary(let items):
      for item in items { try collectTypes(item.value, into: &types, file: file) }
    case .persistent(.tuple(let storage)):
      guard storage.count >= 5, case .global(let type) = storage[1], case .string(let key) = storage[2] else { return }
      if storage.count > 5, storage[5] != .none {
        throw TorchError.malformedLegacy(file: file, reason: "storage '\(key)' is a view of another, which is not read")
      }
      guard let dtype = TorchArchive.storageTypes[type] else {
        throw TorchError.unknownStorage(file: file, tensor: key, storage: type)
      }
      types[key] = dtype
    default: return
    }
  }
}
