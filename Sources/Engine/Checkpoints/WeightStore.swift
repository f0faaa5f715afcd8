package import Foundation
import Synchronization

/// What a model directory lacks, or has too much of.
package enum WeightError: Error, Equatable, CustomStringConvertible {
  case noWeights(directory: String, found: [String])
  case malformedIndex(file: String, reason: String)
  case shardOutsideDirectory(file: String, shard: String)
  case missingFromShard(index: String, tensor: String, shard: String)
  case twoShards(tensor: String, first: String, second: String)
  case missing(tensor: String, source: String, similar: String?)
  case wrongShape(tensor: String, source: String, found: [Int], expected: [Int])

  package var description: String {
    switch self {
    case .noWeights(let directory, let found):
      "'\(directory)' has neither model.safetensors nor pytorch_model.bin, nor an index of shards of these"
        + (found.isEmpty
          ? ""
          : found.allSatisfy { $0.hasSuffix(".gguf") }
            ? "; a GGUF file is a model of its own: name it (\(found.joined(separator: ", ")))"
            : "; it has \(found.joined(separator: ", ")), which this program does not read: convert it with"
              + " save_pretrained(..., safe_serialization=True)")
    case .malformedIndex(let file, let reason): "'\(file)' is no index of shards: \(reason)"
    case .shardOutsideDirectory(let file, let shard):
      "'\(file)' names the shard '\(shard)', expected the name of a file beside it"
    case .missingFromShard(let index, let tensor, let shard):
      "'\(index)' places tensor '\(tensor)' in '\(shard)', which does not have it"
    case .twoShards(let tensor, let first, let second):
      "tensor '\(tensor)' is both in '\(first)' and in '\(second)'; remove the shards of another model"
    case .missing(let tensor, let source, let similar):
      "'\(source)' has no tensor '\(tensor)'" + (similar.map { "; did you mean '\($0)'?" } ?? "")
    case .wrongShape(let tensor, let source, let found, let expected):
      "tensor '\(tensor)' of '\(source)' has shape \(found), expected \(expected); does config.json belong to these"
        + " weights?"
    }
  }
}

/// The weights of a model: one file, or shards with an index, as `save_pretrained` writes them.
///
/// Weights are asked for by path, `weights.at("gpt_neox").at("layers", 0).tensor("attention.dense.weight", shape: [H, H])`,
/// after candle's VarBuilder, so that every error prints the full path. What nobody asked for is `unused`.
package final class WeightStore: Sendable {
  /// The file, or the directory with the shards.
  package let url: URL
  private let files: [any TensorSource]
  /// Index into `files`.
  private let locations: [String: Int]
  private let used = Mutex<Set<String>>([])

  /// Opens the first of these that a directory has, in the order of transformers: `model.safetensors`, the shards that
  /// `model.safetensors.index.json` lists, `pytorch_model.bin`, the shards that `pytorch_model.bin.index.json` lists.
  package convenience init(directory: URL) throws {
    for name in ["model.safetensors", "pytorch_model.bin"] {
      let single = directory.appendingPathComponent(name)
      if FileManager.default.fileExists(atPath: single.path) {
        try self.init(file: single)
        return
      }
      let index = directory.appendingPathComponent(name + ".index.json")
      if FileManager.default.fileExists(atPath: index.path) {
        let placement = try ShardIndex(index)
        let files = try placement.shards.map { try Self.open(directory.appendingPathComponent($0)) }
        try placement.check(files)
        try self.init(url: directory, files: files)
        return
      }
    }
    let others = try FileManager.default.contentsOfDirectory(atPath: directory.path).filter { name in
      [".bin", ".pth", ".pt", ".gguf", ".safetensors"].contains { name.hasSuffix($0) }
    }
    throw WeightError.noWeights(directory: directory.path, found: others.sorted())
  }

  /// One file, such as `adapter_model.safetensors`.
  package convenience init(file: URL) throws {
    try self.init(url: file, files: [Self.open(file)])
  }

  /// A file of torch by its name, else safetensors: its own error is the clearest about what is neither.
  private static func open(_ file: URL) throws -> any TensorSource {
    file.pathExtension == "bin" ? try TorchFile(file) : try SafetensorsFile(file)
  }

  /// Tensors that somebody else has opened.
  package convenience init(_ source: any TensorSource) throws {
    try self.init(url: source.url, files: [source])
  }

  private init(url: URL, files: [any TensorSource]) throws {
    var locations: [String: Int] = [:]
    for (index, file) in files.enumerated() {
      for name in file.names {
        if let other = locations.updateValue(index, forKey: name) {
          throw WeightError.twoShards(tensor: name, first: files[other].url.path, second: file.url.path)
        }
      }
    }
    self.url = url
    self.files = files
    self.locations = locations
  }

  /// All names, sorted by their UTF-8 bytes.
  package var names: [String] {
    locations.keys.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
  }

  /// Names that no `tensor` call has asked for so far, sorted.
  package var unused: [String] {
    let asked = used.withLock { $0 }
    return names.filter { !asked.contains($0) }
  }

  package var root: WeightPath { WeightPath(store: self, prefix: "") }

  package func at(_ component: String) -> WeightPath { root.at(component) }

  package func at(_ component: String, _ index: Int) -> WeightPath { root.at(component, index) }

  /// The file that holds a tensor, which counts as used from now on.
  fileprivate func take(_ name: String) throws -> any TensorSource {
    let file = try file(holding: name)
    used.withLock { _ = $0.insert(name) }
    return file
  }

  fileprivate func file(holding name: String) throws -> any TensorSource {
    guard let location = locations[name] else {
      throw WeightError.missing(tensor: name, source: url.path, similar: nameEnding(like: name))
    }
    return files[location]
  }

  fileprivate func contains(_ name: String) -> Bool { locations[name] != nil }

  /// The same tensor under another prefix: checkpoints of a base model lack the prefix that those of the full model have.
  private func nameEnding(like name: String) -> String? {
    names.first { $0.hasSuffix("." + name) || name.hasSuffix("." + $0) }
  }

  /// SHA-256 over names, dtypes, shapes and bytes of all tensors in the order of their names: renaming or resharding
  /// the files does not change it, any changed bit does.
  package func digest() throws -> Digest {
    var hasher = SHA256Hasher()
    hasher.update("bergson weights 1\n")
    for file in files { file.adviseSequential() }
    for (name, location) in locations.sorted(by: { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }) {
      let file = files[location]
      // Lengths first: no two lists of tensors give the same stream of bytes.
      let shape = try file.shape(of: name).map(String.init).joined(separator: ",")
      hasher.update("\(name.utf8.count) \(name) \(try file.storedType(of: name)) [\(shape)]\n")
      try file.withBytes(of: name) { hasher.update($0) }
    }
    return hasher.finalize()
  }
}

/// A place in the tree of weights: a store and a dotted prefix.
package struct WeightPath: Sendable {
  package let store: WeightStore
  /// Without the trailing dot; empty at the root.
  package let prefix: String

  package func at(_ component: String) -> WeightPath {
    WeightPath(store: store, prefix: path(component))
  }

  package func at(_ component: String, _ index: Int) -> WeightPath {
    at("\(component).\(index)")
  }

  package func contains(_ name: String) -> Bool {
    store.contains(path(name))
  }

  /// The tensor as float32, row-major.
  package func tensor(_ name: String, shape: [Int]) throws -> [Float] {
    let full = path(name)
    let file = try store.take(full)
    let found = try file.shape(of: full)
    guard found == shape else {
      throw WeightError.wrongShape(tensor: full, source: file.url.path, found: found, expected: shape)
    }
    return try file.floats(full)
  }

  /// The shape of a tensor, where the model learns a size from it; asking does not count as use.
  package func shape(of name: String) throws -> [Int] {
    try store.file(holding: path(name)).shape(of: path(name))
  }

  private func path(_ name: String) -> String {
    prefix.isEmpty ? name : "\(prefix).\(name)"
  }
}
