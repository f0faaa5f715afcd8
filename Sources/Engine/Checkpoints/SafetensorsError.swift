/// Every way in which a safetensors file can be malformed or not hold what was asked of it. `file` is a path.
package enum SafetensorsError: Error, Equatable {
  // The container.
  case tooShort(file: String, bytes: Int)
  case headerTooLarge(file: String, length: UInt64)
  case headerBeyondFile(file: String, length: UInt64, fileBytes: Int)
  case headerNotUTF8(file: String, JSONError)
  case headerNotJSON(file: String, JSONError)
  case headerNotAnObject(file: String)
  case duplicateName(file: String, name: String)
  case metadataNotText(file: String, key: String?)

  // One tensor's entry.
  case entryNotAnObject(file: String, tensor: String)
  case missingField(file: String, tensor: String, field: String)
  case invalidField(file: String, tensor: String, field: String, expected: String)
  case unknownDType(file: String, tensor: String, dtype: String)
  case negativeDimension(file: String, tensor: String, dimension: Int)
  case shapeOverflow(file: String, tensor: String, shape: [Int])
  case beginAfterEnd(file: String, tensor: String, begin: Int, end: Int)
  case offsetsOutOfRange(file: String, tensor: String, end: Int, payloadBytes: Int)
  case byteCountMismatch(file: String, tensor: String, found: Int, expected: Int)

  // All of them together.
  case overlap(file: String, tensor: String, other: String)
  case hole(file: String, before: String, bytes: Int)
  case trailingBytes(file: String, bytes: Int)

  // Asking.
  case noSuchTensor(file: String, tensor: String)
  case notAFloatTensor(file: String, tensor: String, dtype: String)
}

extension SafetensorsError: CustomStringConvertible {
  package var description: String {
    switch self {
    case .tooShort(let file, let bytes):
      "'\(file)' is no safetensors file: \(bytes) bytes, expected at least the 8 of the header's length"
    case .headerTooLarge(let file, let length):
      "'\(file)' announces a header of \(length) bytes, at most \(SafetensorsFile.maximumHeaderBytes) are allowed;"
        + " is it a safetensors file at all?"
    case .headerBeyondFile(let file, let length, let fileBytes):
      "'\(file)' announces a header of \(length) bytes but has \(fileBytes) in all; was the download cut off?"
    case .headerNotUTF8(let file, let error): "the header of '\(file)' is not UTF-8: \(error)"
    case .headerNotJSON(let file, let error): "the header of '\(file)' is not JSON: \(error)"
    case .headerNotAnObject(let file): "the header of '\(file)' is not a JSON object that begins with '{'"
    case .duplicateName(let file, let name): "'\(file)' has the name '\(name)' twice"
    case .metadataNotText(let file, let key):
      "'__metadata__' of '\(file)' maps text to text, but "
        + (key.map { "'\($0)' has another kind of value" } ?? "it is not an object")
    case .entryNotAnObject(let file, let tensor): "tensor '\(tensor)' of '\(file)' is not described by an object"
    case .missingField(let file, let tensor, let field): "tensor '\(tensor)' of '\(file)' has no '\(field)'"
    case .invalidField(let file, let tensor, let field, let expected):
      "'\(field)' of tensor '\(tensor)' in '\(file)' is not \(expected)"
    case .unknownDType(let file, let tensor, let dtype):
      "tensor '\(tensor)' of '\(file)' has dtype '\(dtype)', known are "
        + SafetensorsDType.allCases.map(\.rawValue).joined(separator: ", ")
    case .negativeDimension(let file, let tensor, let dimension):
      "tensor '\(tensor)' of '\(file)' has the negative dimension \(dimension)"
    case .shapeOverflow(let file, let tensor, let shape):
      "tensor '\(tensor)' of '\(file)' has shape \(shape), whose size in bytes overflows 64 bits"
    case .beginAfterEnd(let file, let tensor, let begin, let end):
      "tensor '\(tensor)' of '\(file)' begins at \(begin), after its end at \(end)"
    case .offsetsOutOfRange(let file, let tensor, let end, let payloadBytes):
      "tensor '\(tensor)' of '\(file)' ends at \(end), but the file holds \(payloadBytes) bytes of tensors;"
        + " was the download cut off?"
    case .byteCountMismatch(let file, let tensor, let found, let expected):
      "tensor '\(tensor)' of '\(file)' spans \(found) bytes, its shape and dtype need \(expected)"
    case .overlap(let file, let tensor, let other): "tensors '\(tensor)' and '\(other)' of '\(file)' share bytes"
    case .hole(let file, let before, let bytes):
      "\(bytes) bytes in front of tensor '\(before)' of '\(file)' belong to no tensor"
    case .trailingBytes(let file, let bytes): "the last \(bytes) bytes of '\(file)' belong to no tensor"
    case .noSuchTensor(let file, let tensor): "'\(file)' has no tensor '\(tensor)'"
    case .notAFloatTensor(let file, let tensor, let dtype):
      "tensor '\(tensor)' of '\(file)' has dtype \(dtype), expected one of F32, F16, BF16, F64"
    }
  }
}
