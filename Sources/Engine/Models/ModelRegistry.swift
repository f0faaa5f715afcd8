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
  /// The directory, or the GGUF file.
  package let location: URL
  package let architecture: String
  package let model: any CausalLM
  /// SHA-256 of the tensors, those of an adapter among them, whatever files they lie in.
  package let weightsDigest: Digest
  /// The width that the weights were read in: `auto` resolved to what is stored.
  package let precision: Precision
  /// Of the hub's repository that it came from.
  package let commit: String?
  /// Over the model at `location`.
  package let adapter: Adapter?
  /// Where the tokenizer is that belongs to the model: a directory, or a GGUF file.
  package let tokenizerLocation: URL

  /// What a catalog keeps of an adapter.
  package struct Adapter: Sendable, Equatable {
    /// Of its directory; nil for a fresh one.
    package var path: String?
    /// Of the hub's repository that it came from.
    package var commit: String?
    /// r, where modules have different ones the smallest and the largest.
    package var ranks: ClosedRange<Int>
    /// Modules that the adapter brings whole (`modules_to_save`), which are not attributed.
    package var savedModules: [String] = []

    /// r, as it is shown.
    package var rank: String {
      ranks.count == 1 ? "\(ranks.lowerBound)" : "\(ranks.lowerBound) to \(ranks.upperBound)"
    }
  }

  /// Of the repository that `--revision` is of: that of an adapter on the hub, else the base model's.
  package var namedCommit: String? { adapter?.commit ?? commit }

  /// Reads the model that `--model` names.
  ///
  /// - Parameter adapterArguments: `--peft_init_kwargs`; empty for no fresh adapter.
  /// - Throws: what the repositories and `ModelPlace` throw, and what `init(_:precision:)` throws.
  package init(
    _ reference: String, revision: String?, adapterArguments: String = "", precision: Precision,
    from repositories: any Repositories
  ) throws {
    try self.init(
      ModelPlace(reference, revision: revision, arguments: adapterArguments, repositories), precision: precision)
  }

  /// Reads what lies on this disk: the path of a model, or of an adapter whose base model is here too.
  package init(path: String, precision: Precision) throws {
    try self.init(path, revision: nil, precision: precision, from: LocalRepositories())
  }

  /// - Throws: `ModelError` for a path where nothing is or an architecture that is not known, `AdapterError` for an
  ///   adapter that does not fit, and the errors of `ModelConfiguration`, `WeightStore` and the files' formats, which
  ///   name file and tensor.
  package init(_ place: ModelPlace, precision: Precision) throws {
    commit = place.base.commit
    let hubFile = place.base.files.first { $0.hasSuffix("." + GGUFModel.pathExtension) }
    let url = hubFile.map(place.base.directory.appendingPathComponent) ?? place.base.directory
    let gguf = try GGUFModel.file(at: url).map(GGUFModel.init)
    var isDirectory: ObjCBool = false
    guard FileManager.default.fileExists(atPath: url.path, isDirectory: &isDirectory),
      gguf != nil || isDirectory.boolValue
    else { throw ModelError.noDirectory(url.path) }
    location = gguf?.url ?? url
    tokenizerLocation = place.adapterTokenizer ?? location
    let configuration = try gguf?.configuration() ?? ModelConfiguration(directory: url)
    let constructor = try ModelRegistry.constructor(for: configuration)
    let store = try gguf?.weights() ?? WeightStore(directory: url)
    architecture = try configuration.modelType
    self.precision = precision == .auto ? try configuration.storedPrecision() : precision
    let overlay = try place.adapter?.open(architecture: architecture)
    model = try constructor(configuration, ModelWeights(store, precision: self.precision, adapter: overlay))
    try overlay?.check()
    // What an adapter brings whole takes the place of the file's.
    if overlay?.configuration.savedModules.isEmpty ?? true { try gguf?.checkUsed(store) }
    adapter = overlay.map { overlay in
      Adapter(
        path: place.adapter?.path, commit: place.adapter?.commit, ranks: overlay.ranks,
        savedModules: overlay.configuration.savedModules)
    }
    weightsDigest = try overlay.map { try $0.digest(over: store.digest()) } ?? store.digest()
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
