/// How ggml stores the values of a tensor: `enum ggml_type` of ggml.h. A row is cut into blocks, and a block has its own
/// scale; plain floats are blocks of one.
enum GGUFTensorType: String, CaseIterable, Sendable {
  case f32 = "F32"
  case f16 = "F16"
  case bf16 = "BF16"
  case q40 = "Q4_0"
  case q41 = "Q4_1"
  case q50 = "Q5_0"
  case q51 = "Q5_1"
  case q80 = "Q8_0"
  case q2K = "Q2_K"
  case q3K = "Q3_K"
  case q4K = "Q4_K"
  case q5K = "Q5_K"
  case q6K = "Q6_K"

  /// The types of ggml that are not read, so that they are refused by name. 4, 5 and 31 to 33, 36 to 38 are no more.
  private static let others: [UInt32: String] = [
    9: "Q8_1", 15: "Q8_K", 16: "IQ2_XXS", 17: "IQ2_XS", 18: "IQ3_XXS", 19: "IQ1_S", 20: "IQ4_NL", 21: "IQ3_S",
    22: "IQ2_S", 23: "IQ4_XS", 24: "I8", 25: "I16", 26: "I32", 27: "I64", 28: "F64", 29: "IQ1_M", 34: "TQ1_0",
    35: "TQ2_0", 39: "MXFP4", 40: "NVFP4", 41: "Q1_0",
  ]

  static let supported = allCases.map(\.rawValue).joined(separator: ", ")

  /// The number that stands for the type in a file.
  var code: UInt32 {
    switch self {
    case .f32: 0
    case .f16: 1
    case .q40: 2
    case .q41: 3
    case .q50: 6
    case .q51: 7
    case .q80: 8
    case .q2K: 10
    case .q3K: 11
    case .q4K: 12
    case .q5K: 13
    case .q6K: 14
    case .bf16: 30
    }
  }

  /// Values of a block.
  var blockValues: Int {
    switch self {
    case .f32, .f16, .bf16: 1
    case .q40, .q41, .q50, .q51, .q80: 32
    case .q2K, .q3K, .q4K, .q5K, .q6K: 256
    }
  }

  /// Bytes of a block: the parts are those that `GGUFBlocks` reads, in another order.
  var blockBytes: Int {
    switch self {
    case .f32: 4
    case .f16, .bf16: 2
    case .q40: 2 + 16
    case .q41: 2 + 2 + 16
    case .q50: 2 + 4 + 16
    case .q51: 2 + 2 + 4 + 16
    case .q80: 2 + 32
    case .q2K: 2 + 2 + 16 + 64
    case .q3K: 2 + 64 + 32 + 12
    case .q4K: 2 + 2 + 128 + 12
    case .q5K: 2 + 2 + 128 + 32 + 12
    case .q6K: 2 + 128 + 64 + 16
    }
  }

  /// - Throws: `GGUFError.unsupportedTensorType` or `.unknownTensorType`.
  init(code: UInt32, tensor: String, file: String) throws {
    if let type = Self.allCases.first(where: { $0.code == code }) {
      self = type
    } else if let name = Self.others[code] {
      throw GGUFError.unsupportedTensorType(file: file, tensor: tensor, type: name)
    } else {
      throw GGUFError.unknownTensorType(file: file, tensor: tensor, code: code)
    }
  }
}
