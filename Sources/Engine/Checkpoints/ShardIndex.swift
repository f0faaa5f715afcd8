import Foundation

/// `model.safetensors.index.json` or `pytorch_model.bin.index.json`: which shard holds which tensor, `{"metadata": ..., "weight_map": {name: file}}`.
struct ShardIndex {
  private let file: String
  /// Tensor name to the name of a file in the same directory.
  private let placement: [String: String]

  init(_ url: URL) throws {
    file = url.path
    let map = try MemoryMap(url)
    let json: JSONValue
    do {
      json = try withExtendedLifetime(map) { try JSONParser.parse(map.bytes) }
    } catch let error as JSONError {
      throw WeightError.malformedIndex(file: file, reason: "\(error)")
    }
    guard case .object(let members) = json, case .object(let weightMap) = members["weight_map"] else {
      throw WeightError.malformedIndex(file: file, reason: "it has no object 'weight_map'")
    }
    var placement: [String: String] = [:]
    for (tensor, shard) in weightMap {
      guard case .string(let shard) = shard else {
        throw WeightError.malformedIndex(file: file, reason: "the shard of '\(tensor)' is \(shard.kind), not a string")
      }
      // An index is foreign: it must not make this program read files elsewhere.
      guard !shard.isEmpty, shard != ".", shard != "..", !shard.contains("/") else {
        throw WeightError.shardOutsideDirectory(file: file, shard: shard)
      }
      // Two names of different bytes may be one to `String`.
      guard placement.updateValue(shard, forKey: tensor) == nil else {
        throw WeightError.malformedIndex(file: file, reason: "it names the tensor '\(tensor)' twice")
      }
    }
    guard !placement.isEmpty else { throw WeightError.malformedIndex(file: file, reason: "'weight_map' is empty") }
    self.placement = placement
  }

  /// Sorted, each once.
  var shards: [String] { Set(placement.values).sorted() }

  /// Every tensor must be where the index says; `files` are the shards in order.
  func check(_ files: [any TensorSource]) throws {
    let byName = Dictionary(uniqueKeysWithValues: zip(shards, files))
    for (tensor, shard) in placement.sorted(by: { $0.key < $1.key }) where byName[shard]?.contains(tensor) != true {
      throw WeightError.missingFromShard(index: file, tensor: tensor, shard: shard)
    }
  }
}
