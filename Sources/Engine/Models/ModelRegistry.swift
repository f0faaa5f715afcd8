package import Foundation

/// The architectures, by the `model_type` of config.json. A new one is a file of its own and a line here.
package enum ModelRegistry {
  package typealias Constructor = @Sendable (ModelConfiguration, ModelWeights) throws -> any CausalLM

  package static let architectures: [String: Constructor] = [
    "gpt_neox": GPTNeoX.make,
    "gpt2": GPT2.make,
    "llama": Llama.make,
    "mistral": Mistral.make,
    "qwen2": Qwen2.make,
    "qwen3": Qwen3.make,
    "olmo2": Olmo2.make,
    "gemma2": Gemma2.make,
    "phi3": Phi3.make,
  ]

  static func constructor(for configuration: ModelConfiguration) throws -> Constructor {
    let type = try configuration.modelType
    guard let constructor = architectures[type] else {
      throw ModelError.unknownArchitecture(type, file: configuration.file.path, known: architectures.keys.sorted())
    }
    guard !configuration.contains("quantization_config") else {
      throw configuration.unsupported(
        "quantization_config", try configuration.nested("quantization_config")?.optionalString("quant_method") ?? "",
        supported: "checkpoints in 16 or 32 bits, which --precision int8 and int4 quantise")
    }
    return constructor
  }
}

/// A model read from a directory or a GGUF file, with what identifies it.
package struct LoadedModel: Sendable {
  /// The directory, or the GGUF file; the tokenizer is there too.
  package let location: URL
  package let architecture: String
  package let model: any CausalLM
  /// SHA-256 of the tensors, whatever files they lie in.
  package let weightsDigest: Digest
  /// The width that the weights were read in: `auto` resolved to what is stored.
  package let precision: Precision
  /// Of the hub's repository that it came from.
  package let commit: String?

  package init(_ repository: ResolvedRepository, precision: Precision) throws {
    let gguf = repository.files.first { $0.hasSuffix("." + GGUFModel.pathExtension) }
    let location = gguf.map(repository.directory.appendingPathComponent) ?? repository.directory
    try self.init(path: location.path, precision: precision, commit: repository.commit)
  }

  /// - Parameter path: of a directory, or of a GGUF file.
  /// - Throws: `ModelError` for a path where nothing is or an architecture that is not known, and the errors of
  ///   `ModelConfiguration`, `WeightStore` and the files' formats, which name file and tensor.
  package init(path: String, precision: Precision, commit: String? = nil) throws {
    self.commit = commit
    let url = URL(fileURLWithPath: path)
    let gguf = try GGUFModel.file(at: url).map(GGUFModel.init)
    var isDirectory: ObjCBool = false
    guard FileManager.default.fileExists(atPath: url.path, isDirectory: &isDirectory),
      gguf != nil || isDirectory.boolValue
    else { throw ModelError.noDirectory(path) }
    location = gguf?.url ?? url
    let configuration = try gguf?.configuration() ?? ModelConfiguration(directory: url)
    let constructor = try ModelRegistry.constructor(for: configuration)
    let store = try gguf?.weights() ?? WeightStore(directory: url)
    architecture = try configuration.modelType
    self.precision = precision == .auto ? try configuration.storedPrecision() : precision
    model = try constructor(configuration, ModelWeights(store, precision: self.precision))
    try gguf?.checkUsed(store)
    weightsDigest = try store.digest()
  }
}

extension ModelConfiguration {
  /// `dtype` (or `torch_dtype`, as it was called) of config.json.
  fileprivate func storedPrecision() throws -> Precision {
    switch try optionalString("dtype") ?? optionalString("torch_dtype") {
    case "bfloat16": .bf16
    case "float16": .fp16
    default: .fp32
    }
  }
}

package enum ModelError: Error, Equatable, CustomStringConvertible {
  case noDirectory(String)
  case unknownArchitecture(String, file: String, known: [String])
  case unsupported(file: String, key: String, value: String, supported: String)

  package var description: String {
    switch self {
    case .noDirectory(let path):
      "no model directory at '\(path)'; --model takes a directory with config.json, safetensors weights and "
        + "tokenizer.json, a file whose name ends in .gguf, or the id of a hub's repository as OWNER/NAME"
    case .unknownArchitecture(let type, let file, let known):
      "\(file) says model_type '\(type)', which is not supported; supported: \(known.joined(separator: ", "))"
    case .unsupported(let file, let key, let value, let supported):
      "\(file) has \(key) '\(value)', which is not supported; supported: \(supported)"
    }
  }
}
