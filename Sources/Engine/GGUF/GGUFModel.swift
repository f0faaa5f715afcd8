package import Foundation

/// One GGUF file that is a whole model: configuration, weights and tokenizer.
package struct GGUFModel: Sendable {
  package static let pathExtension = "gguf"

  package let url: URL
  private let map: MemoryMap
  private let header: GGUFHeader

  /// - Throws: `GGUFError`, `FileError`.
  package init(_ url: URL) throws {
    self.url = url
    map = try MemoryMap(url)
    header = try GGUFHeader(map)
    // llama.cpp's way to cut a model into files; each has a header of its own.
    let parts = try header.metadata.integer("split.count", in: 0...Int(UInt16.max)) ?? 1
    guard parts <= 1 else { throw GGUFError.partOfSeveral(file: url.path, parts: parts) }
  }

  /// The GGUF file that a path means: itself, by its name or its first letters, or the only one of a directory that has no
  /// config.json.
  ///
  /// - Throws: `GGUFError.severalFiles` where a directory has more than one and nothing else.
  package static func file(at url: URL) throws -> URL? {
    var isDirectory: ObjCBool = false
    guard FileManager.default.fileExists(atPath: url.path, isDirectory: &isDirectory) else { return nil }
    guard isDirectory.boolValue else {
      return try url.pathExtension == pathExtension || begins(url) ? url : nil
    }
    let names = try FileManager.default.contentsOfDirectory(atPath: url.path)
    guard !names.contains("config.json") else { return nil }
    let files = names.filter { $0.hasSuffix("." + pathExtension) }.sorted()
    guard files.count <= 1 else { throw GGUFError.severalFiles(directory: url.path, names: files) }
    return files.first.map(url.appendingPathComponent)
  }

  /// Whether a file begins as GGUF files do, as those of Ollama, which have no name.
  private static func begins(_ url: URL) throws -> Bool {
    let map = try MemoryMap(url)
    return withExtendedLifetime(map) { map.bytes.starts(with: GGUFHeader.magic) }
  }

  /// The metadata as a config.json.
  package func configuration() throws -> ModelConfiguration {
    let (name, architecture) = try GGUFArchitecture.named(in: header.metadata)
    let settings = GGUFSettings(architecture: name, header: header)
    return ModelConfiguration(file: url, members: try architecture.configuration(settings))
  }

  package func weights() throws -> WeightStore {
    try WeightStore(GGUFWeights(map, header))
  }

  /// Refuses weights that a model left alone when it was made of `weights`: llama.cpp's files have nothing to spare, so it is
  /// another model, with biases or more layers.
  package func checkUsed(_ weights: WeightStore) throws {
    // Factors of rotary frequencies are part of the configuration.
    if let name = weights.unused.first(where: { !$0.hasPrefix("rope_") }) {
      throw GGUFError.unusedTensor(
        file: url.path, tensor: name, architecture: try header.metadata.string("general.architecture") ?? "")
    }
  }

  /// Where the tokenizer can be read.
  var metadata: GGUFMetadata { header.metadata }
}
