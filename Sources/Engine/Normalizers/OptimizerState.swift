package import Foundation

/// The second moments in an optimizer's file, by parameter, before anybody knows whose parameters they are.
///
/// Values are read when they are asked for: most of a file are first moments and embeddings, which nobody needs.
package struct OptimizerState: Sendable {
  /// How the file tells parameters apart.
  enum Parameter: Hashable, Sendable {
    case name(String)
    /// A number in `groups`.
    case position(Int)

    var description: String {
      switch self {
      case .name(let name): "'\(name)'"
      case .position(let position): "number \(position)"
      }
    }
  }

  enum Moments: Sendable {
    /// One for every element of the parameter as it is stored.
    case full(Values)
    /// Means over the last dimension and over the one before it.
    case factored(row: Values, column: Values)
  }

  struct Values: Sendable {
    /// As the file has it.
    let shape: [Int]
    let floats: @Sendable () throws -> [Float]

    var count: Int { shape.contains(0) ? 0 : shape.reduce(1, *) }
  }

  /// A path: the file, or the directory with its shards.
  let file: String
  let moments: [Parameter: Moments]
  /// The numbers of the parameters, by group of the optimizer; empty where the file has no groups.
  let groups: [[Int]]

  /// Names that a checkpoint's directory may have, in the order in which they are looked for: Trainer's and Accelerate's
  /// pickles, and safetensors.
  static let names = ["optimizer.pt", "optimizer.bin", "optimizer.safetensors"]

  /// Reads an optimizer's file of torch or safetensors, or a directory with one, whole or in shards.
  ///
  /// - Throws: `OptimizerStateError`, and the errors of the files' formats, which name file and tensor.
  package init(_ url: URL) throws {
    var isDirectory: ObjCBool = false
    guard FileManager.default.fileExists(atPath: url.path, isDirectory: &isDirectory) else {
      throw OptimizerStateError.nothingThere(path: url.path)
    }
    let files = isDirectory.boolValue ? try Self.files(in: url) : [url]
    try self.init(
      parts: files.map(Self.read), path: isDirectory.boolValue && files.count > 1 ? url.path : files[0].path)
  }

  private static func files(in directory: URL) throws -> [URL] {
    let found = try FileManager.default.contentsOfDirectory(atPath: directory.path).sorted()
    for name in names {
      if found.contains(name) { return [directory.appendingPathComponent(name)] }
      let index = name + ".index.json"
      if found.contains(index) {
        return try ShardIndex(directory.appendingPathComponent(index)).shards.map(directory.appendingPathComponent)
      }
      // `optimizer-00001-of-00002.pt`, without an index: all of them or none.
      let type = URL(fileURLWithPath: name).pathExtension
      let shards = found.filter { $0.wholeMatch(of: /optimizer-\d+-of-\d+\.(.+)/)?.output.1 == Substring(type) }
      if let first = shards.first {
        let total = first.dropLast(type.count + 1).split(separator: "-").last.flatMap { Int($0) } ?? 0
        guard shards.count == total else {
          throw OptimizerStateError.shardsMissing(directory: directory.path, found: shards.count, expected: total)
        }
        return shards.map(directory.appendingPathComponent)
      }
    }
    throw OptimizerStateError.noOptimizer(directory: directory.path, found: found)
  }

  private static func read(_ file: URL) throws -> OptimizerState {
    file.pathExtension == "safetensors" ? try safetensors(file) : try torch(file)
  }

  /// What several files hold together. Numbers are of the groups that each of them repeats.
  private init(parts: [OptimizerState], path: String) throws {
    var moments: [Parameter: Moments] = [:]
    for part in parts {
      for (parameter, values) in part.moments {
        guard moments.updateValue(values, forKey: parameter) == nil else {
          throw OptimizerStateError.twice(file: part.file, parameter: parameter.description)
        }
      }
      guard part.groups == parts[0].groups else { throw OptimizerStateError.otherGroups(file: part.file) }
    }
    self.init(file: path, moments: moments, groups: parts[0].groups)
  }

  init(file: String, moments: [Parameter: Moments], groups: [[Int]]) {
    self.file = file
    self.moments = moments
    self.groups = groups
  }
}

/// Every way in which an optimizer's file can fail to be one of a model. `file` is a path.
package enum OptimizerStateError: Error, Equatable, CustomStringConvertible {
  case nothingThere(path: String)
  case noOptimizer(directory: String, found: [String])
  case shardsMissing(directory: String, found: Int, expected: Int)
  case twice(file: String, parameter: String)
  case otherGroups(file: String)
  case notAnOptimizer(file: String, reason: String)
  case malformed(file: String, parameter: String, reason: String)
  case noSecondMoments(file: String, found: [String])
  case otherCount(file: String, found: [Int], trained: Int, decayed: [Int])
  case otherShape(file: String, parameter: String, name: String, found: [Int], expected: [Int])
  case otherModel(file: String, found: [String], expected: [String])

  package var description: String {
    switch self {
    case .nothingThere(let path):
      "there is no optimizer state at '\(path)'; --optimizer_state takes a file of torch.save or of safetensors, or a "
        + "checkpoint's directory with one"
    case .noOptimizer(let directory, let found):
      "'\(directory)' has none of \(OptimizerState.names.joined(separator: ", ")), nor shards of them"
        + (found.contains { $0.hasSuffix(".distcp") || $0.hasPrefix("optimizer_") || $0.hasPrefix("global_step") }
          ? "; sharded states of FSDP and DeepSpeed have to be gathered into one file first" : "")
    case .shardsMissing(let directory, let found, let expected):
      "'\(directory)' has \(found) of the \(expected) shards that the optimizer's files are numbered for"
    case .twice(let file, let parameter):
      "'\(file)' has moments of parameter \(parameter) that another file or entry has"
    case .otherGroups(let file): "'\(file)' has other parameter groups than the first shard"
    case .notAnOptimizer(let file, let reason):
      "'\(file)' is no optimizer state: \(reason); expected what torch.save(optimizer.state_dict()) writes"
    case .malformed(let file, let parameter, let reason): "the state of parameter \(parameter) in '\(file)' \(reason)"
    case .noSecondMoments(let file, let found):
      "'\(file)' has no second moments (exp_avg_sq, exp_avg_sq_row and _col, or 8-bit state2): its entries have "
        + (found.isEmpty ? "nothing" : found.joined(separator: ", "))
        + "; was another optimizer used than Adam or Adafactor?"
    case .otherCount(let file, let found, let trained, let decayed):
      "'\(file)' has \(found.count == 1 ? "" : "\(found.count) groups of ")"
        + "\(found.map(String.init).joined(separator: ", ")) parameters without names; the model has \(trained) that are "
        + "trained, \(decayed.map(String.init).joined(separator: " or ")) of them with weight decay. Save names with the "
        + "state (torch's param_names), or a state of the whole model"
    case .otherShape(let file, let parameter, let name, let found, let expected):
      "parameter \(parameter) of '\(file)', which is '\(name)', has moments of shape \(found), expected \(expected); "
        + "is the state one of this model?"
    case .otherModel(let file, let found, let expected):
      "'\(file)' has second moments of \(NormalizerError.some(found)), the model has the parameters "
        + "\(NormalizerError.some(expected))"
    }
  }
}
