/// Every way in which a GGUF file can be malformed, or not be the model that was asked for. `file` is a path.
package enum GGUFError: Error, Equatable {
  // The container.
  case notGGUF(file: String)
  case bigEndian(file: String)
  case unsupportedVersion(file: String, version: UInt32)
  case truncated(file: String, what: String, offset: Int)
  case tooMany(file: String, what: String, count: UInt64, bytesLeft: Int)
  case notUTF8(file: String, what: String)
  case duplicateKey(file: String, key: String)
  case unknownValueType(file: String, key: String, code: UInt32)
  case invalidBool(file: String, key: String, value: UInt8)
  case nestedTooDeep(file: String, key: String, limit: Int)
  case invalidAlignment(file: String, alignment: Int)

  // One tensor's entry.
  case duplicateTensor(file: String, tensor: String)
  case tooManyDimensions(file: String, tensor: String, count: UInt32)
  case sizeOverflow(file: String, tensor: String, dimensions: [UInt64])
  case unknownTensorType(file: String, tensor: String, code: UInt32)
  case unsupportedTensorType(file: String, tensor: String, type: String)
  case partialBlock(file: String, tensor: String, type: String, row: Int, block: Int)
  case misaligned(file: String, tensor: String, offset: UInt64, alignment: Int)
  case outOfFile(file: String, tensor: String, end: UInt64, bytes: Int)
  case overlap(file: String, tensor: String, other: String)

  // Asking.
  case noSuchTensor(file: String, tensor: String)
  case missingKey(file: String, key: String)
  case wrongType(file: String, key: String, found: String, expected: String)
  case outOfRange(file: String, key: String, found: String, expected: String)
  case unknownArchitecture(file: String, name: String, known: [String])
  case unplacedTensor(file: String, tensor: String, architecture: String)
  case unusedTensor(file: String, tensor: String, architecture: String)
  case wrongShape(file: String, tensor: String, found: [Int], expected: [Int])
  case unevenRows(file: String, tensor: String, rows: Int, heads: Int)
  case partOfSeveral(file: String, parts: Int)

  // The tokenizer.
  case unsupportedTokenizer(file: String, model: String, known: [String])
  case unsupportedPreTokenizer(file: String, name: String, known: [String])
  case otherLength(file: String, key: String, count: Int, expected: Int)
  case duplicateToken(file: String, token: String)

  // A directory in place of a file.
  case severalFiles(directory: String, names: [String])
}

extension GGUFError: CustomStringConvertible {
  package var description: String {
    switch self {
    case .notGGUF(let file): "'\(file)' is no GGUF file: it does not begin with the letters GGUF"
    case .bigEndian(let file):
      "'\(file)' was written for big-endian machines; convert the model again without --bigendian"
    case .unsupportedVersion(let file, let version):
      "'\(file)' is in version \(version) of GGUF, known are 2 and 3; convert the model again with today's llama.cpp"
    case .truncated(let file, let what, let offset):
      "'\(file)' ends within \(what), at byte \(offset); was the download cut off?"
    case .tooMany(let file, let what, let count, let bytesLeft):
      "'\(file)' announces \(count) \(what), which do not fit in the \(bytesLeft) bytes that follow"
    case .notUTF8(let file, let what): "\(what) of '\(file)' is not UTF-8"
    case .duplicateKey(let file, let key): "'\(file)' has the metadata '\(key)' twice"
    case .unknownValueType(let file, let key, let code):
      "metadata '\(key)' of '\(file)' has the value type \(code), known are 0 to 12"
    case .invalidBool(let file, let key, let value):
      "metadata '\(key)' of '\(file)' has a boolean of \(value), expected 0 or 1"
    case .nestedTooDeep(let file, let key, let limit):
      "metadata '\(key)' of '\(file)' has arrays within arrays, more than \(limit) deep"
    case .invalidAlignment(let file, let alignment):
      "'general.alignment' of '\(file)' is \(alignment), expected a power of two"
    case .duplicateTensor(let file, let tensor): "'\(file)' has two tensors '\(tensor)'"
    case .tooManyDimensions(let file, let tensor, let count):
      "tensor '\(tensor)' of '\(file)' has \(count) dimensions, at most \(GGUFHeader.maximumRank) are allowed"
    case .sizeOverflow(let file, let tensor, let dimensions):
      "tensor '\(tensor)' of '\(file)' has dimensions \(dimensions), whose size in bytes overflows 64 bits"
    case .unknownTensorType(let file, let tensor, let code):
      "tensor '\(tensor)' of '\(file)' has the type \(code), which is none of ggml's; is the file newer than this program?"
    case .unsupportedTensorType(let file, let tensor, let type):
      "tensor '\(tensor)' of '\(file)' is stored as \(type); supported are \(GGUFTensorType.supported), so take another"
        + " quantisation of the model"
    case .partialBlock(let file, let tensor, let type, let row, let block):
      "rows of tensor '\(tensor)' of '\(file)' have \(row) values, expected a multiple of the \(block) of a \(type) block"
    case .misaligned(let file, let tensor, let offset, let alignment):
      "tensor '\(tensor)' of '\(file)' begins at byte \(offset) of the data, expected a multiple of \(alignment)"
    case .outOfFile(let file, let tensor, let end, let bytes):
      "tensor '\(tensor)' of '\(file)' ends at byte \(end) of the data, of which the file has \(bytes); was the download"
        + " cut off?"
    case .overlap(let file, let tensor, let other): "tensors '\(tensor)' and '\(other)' of '\(file)' share bytes"
    case .noSuchTensor(let file, let tensor): "'\(file)' has no tensor '\(tensor)'"
    case .missingKey(let file, let key): "'\(file)' has no metadata '\(key)'"
    case .wrongType(let file, let key, let found, let expected):
      "metadata '\(key)' of '\(file)' is \(found), expected \(expected)"
    case .outOfRange(let file, let key, let found, let expected):
      "metadata '\(key)' of '\(file)' is \(found), expected \(expected)"
    case .unknownArchitecture(let file, let name, let known):
      "'\(file)' holds a model of architecture '\(name)', which is not supported; supported:"
        + " \(known.joined(separator: ", "))"
    case .unplacedTensor(let file, let tensor, let architecture):
      "'\(file)' has the tensor '\(tensor)', which a model of architecture '\(architecture)' has no place for; it would be"
        + " another model without it"
    case .unusedTensor(let file, let tensor, let architecture):
      "'\(file)' has weights '\(tensor)', which a model of architecture '\(architecture)' with its settings does not use; it"
        + " would be another model without them"
    case .wrongShape(let file, let tensor, let found, let expected):
      "tensor '\(tensor)' of '\(file)' has shape \(found), expected \(expected)"
    case .unevenRows(let file, let tensor, let rows, let heads):
      "tensor '\(tensor)' of '\(file)' has \(rows) rows, which are no \(heads) heads of equal and even size"
    case .partOfSeveral(let file, let parts):
      "'\(file)' is one of \(parts) parts of a model; join them with llama-gguf-split --merge"
    case .unsupportedTokenizer(let file, let model, let known):
      "'\(file)' has a tokenizer of the kind '\(model)', supported are \(known.joined(separator: ", ")); name another"
        + " with --tokenizer"
    case .unsupportedPreTokenizer(let file, let name, let known):
      "'\(file)' cuts words as '\(name)' does, supported are \(known.joined(separator: ", ")); name the model's"
        + " tokenizer.json with --tokenizer"
    case .otherLength(let file, let key, let count, let expected):
      "metadata '\(key)' of '\(file)' has \(count) elements, expected one for each of \(expected) tokens"
    case .duplicateToken(let file, let token): "'\(file)' has the token '\(token)' twice; each token must have one id"
    case .severalFiles(let directory, let names):
      "'\(directory)' has no config.json and \(names.count) GGUF files; name one of them: \(names.joined(separator: ", "))"
    }
  }
}
