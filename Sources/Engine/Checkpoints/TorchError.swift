/// Every way in which a file of `torch.save` can fail to be a state dictionary. `file` is a path.
package enum TorchError: Error, Equatable, CustomStringConvertible {
  case malformedLegacy(file: String, reason: String)
  case noPickle(file: String)
  case bigEndian(file: String)
  case notAStateDictionary(file: String, found: String)
  case notATensor(file: String, name: String)
  case duplicateName(file: String, name: String)
  case unknownStorage(file: String, tensor: String, storage: String)
  case missingStorage(file: String, tensor: String, key: String)
  case storageSize(file: String, tensor: String, bytes: Int, elements: Int)
  case outOfStorage(file: String, tensor: String, shape: [Int], strides: [Int], elements: Int)
  case noSuchTensor(file: String, tensor: String)
  case notAFloatTensor(file: String, tensor: String, dtype: String)

  package var description: String {
    switch self {
    case .malformedLegacy(let file, let reason): "'\(file)', written as torch did before 1.6, is malformed: \(reason)"
    case .noPickle(let file): "'\(file)' is a zip file without an entry 'data.pkl', expected one that torch.save wrote"
    case .bigEndian(let file): "'\(file)' was written by a big-endian machine; write it again on a little-endian one"
    case .notAStateDictionary(let file, let found): "'\(file)' holds \(found), expected a dict of tensors by name"
    case .notATensor(let file, let name): "'\(name)' of '\(file)' is not a dense tensor with its storage"
    case .duplicateName(let file, let name): "'\(file)' has two tensors '\(name)'"
    case .unknownStorage(let file, let tensor, let storage):
      "tensor '\(tensor)' of '\(file)' lies in a '\(storage)', known are "
        + TorchArchive.storageTypes.keys.sorted().joined(separator: ", ")
    case .missingStorage(let file, let tensor, let key): "'\(file)' has no storage '\(key)' for tensor '\(tensor)'"
    case .storageSize(let file, let tensor, let bytes, let elements):
      "the storage of tensor '\(tensor)' in '\(file)' has \(bytes) bytes, which do not hold its \(elements) elements"
    case .outOfStorage(let file, let tensor, let shape, let strides, let elements):
      "tensor '\(tensor)' of '\(file)' with shape \(shape) and strides \(strides) does not fit in its storage of"
        + " \(elements) elements"
    case .noSuchTensor(let file, let tensor): "'\(file)' has no tensor '\(tensor)'"
    case .notAFloatTensor(let file, let tensor, let dtype):
      "tensor '\(tensor)' of '\(file)' has dtype \(dtype), expected one of F32, F16, BF16, F64"
    }
  }
}
