package import Foundation

/// The files of a Kronecker-factored Hessian, as the Python tool has them: a folder for each kind of tensor, in it
/// `shard_0.safetensors` with a tensor per module.
package struct KroneckerFiles: Sendable {
  package enum Store: String, Sendable, CaseIterable {
    /// Sums of the factors over positions: A [I, I] and S [O, O].
    case activation = "activation_sharded"
    case gradient = "gradient_sharded"
    /// Their eigenvectors, in columns.
    case activationVectors = "eigen_activation_sharded"
    case gradientVectors = "eigen_gradient_sharded"
    /// Their eigenvalues [I] and [O], ascending, whose products are the Hessian's.
    case activationValues = "factor_eig_a"
    case gradientValues = "factor_eig_g"
    /// Eigenvalues of the Hessian [O, I]: products of the factors', and corrected ones.
    case eigenvalues = "eigenvalue_sharded"
    case correction = "eigenvalue_correction_sharded"
  }

  package struct Tensor {
    let name: String
    let shape: [Int]
    let values: FloatStorage

    package init(_ name: String, shape: [Int], _ values: FloatStorage) {
      self.name = name
      self.shape = shape
      self.values = values
    }
  }

  package let directory: URL
  static let shard = "shard_0.safetensors"

  package init(_ directory: URL) {
    self.directory = directory
  }

  /// Whether a directory holds a Kronecker-factored Hessian.
  package static func exist(in directory: URL) -> Bool {
    FileManager.default.fileExists(atPath: directory.appendingPathComponent(Store.activationVectors.rawValue).path)
  }

  // MARK: Writing

  /// Writes the tensors of one group of modules; `merge` makes one file of all groups.
  package func write(
    _ store: Store, group: Int, storage: StorageType, metadata: [String: String], _ tensors: [Tensor]
  ) throws {
    let folder = directory.appendingPathComponent(store.rawValue)
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    var writer = SafetensorsWriter(metadata: metadata)
    for tensor in tensors {
      let count = tensor.shape.reduce(1, *)
      writer.add(tensor.name, storage.safetensors, shape: tensor.shape) { sink in
        let bytes = UnsafeMutableRawBufferPointer.allocate(byteCount: count * storage.size, alignment: 16)
        defer { bytes.deallocate() }
        if let base = bytes.baseAddress, let place = storage.encode(tensor.values.base, count: count, into: base) {
          throw HessianError.overflow(module: tensor.name, store: store.rawValue, value: tensor.values.base[place])
        }
        try sink(UnsafeRawBufferPointer(bytes))
      }
    }
    try writer.write(to: folder.appendingPathComponent(Self.groupName(group)))
  }

  private static func groupName(_ group: Int) -> String { "group_\(group).safetensors" }

  package func merge(groups: Int) throws {
    for store in Store.allCases {
      let folder = directory.appendingPathComponent(store.rawValue)
      guard FileManager.default.fileExists(atPath: folder.path) else { continue }
      let target = folder.appendingPathComponent(Self.shard)
      let parts = (0..<groups).map { folder.appendingPathComponent(Self.groupName($0)) }
      if groups == 1 {
        try FileManager.default.moveItem(at: parts[0], to: target)
        continue
      }
      let files = try parts.map { try SafetensorsFile($0) }
      var writer = SafetensorsWriter(metadata: files[0].metadata)
      for file in files {
        for name in file.names {
          writer.add(name, try file.dtype(of: name), shape: try file.shape(of: name)) { sink in
            try file.withBytes(of: name) { try sink($0) }
          }
        }
      }
      try writer.write(to: target)
      for part in parts { try FileManager.default.removeItem(at: part) }
    }
  }

  /// The first file of a store.
  package func file(_ store: Store) -> URL {
    directory.appendingPathComponent(store.rawValue).appendingPathComponent(Self.shard)
  }

  // MARK: Reading

  /// Names and shapes of a store, and the values of its tensors, whose rows may be spread over several shards.
  package func open(_ store: Store) throws -> Opened {
    let folder = directory.appendingPathComponent(store.rawValue)
    var files: [SafetensorsFile] = []
    while true {
      let url = folder.appendingPathComponent("shard_\(files.count).safetensors")
      guard FileManager.default.fileExists(atPath: url.path) else { break }
      files.append(try SafetensorsFile(url))
    }
    guard !files.isEmpty else {
      throw HessianError.missing(directory: directory.path, file: "\(store.rawValue)/\(Self.shard)")
    }
    return Opened(files: files)
  }

  package struct Opened: Sendable {
    let files: [SafetensorsFile]

    package var names: [String] { files[0].names }

    package func contains(_ name: String) -> Bool { files[0].contains(name) }

    /// - Throws: `HessianError.shape` unless the tensor has the shape.
    package func tensor(_ name: String, shape: [Int]) throws -> FloatStorage {
      let storage = FloatStorage(count: shape.reduce(1, *))
      var filled = 0
      for file in files {
        let own = try file.shape(of: name)
        let count = own.reduce(1, *)
        guard own.dropFirst() == shape.dropFirst(), filled + count <= storage.count else {
          throw HessianError.shape(file: file.url.path, module: name, shape: own, expected: shape)
        }
        try file.floats(name, into: UnsafeMutableBufferPointer(start: storage.base + filled, count: count))
        filled += count
      }
      guard filled == storage.count else {
        throw HessianError.shape(file: files[0].url.path, module: name, shape: [filled], expected: shape)
      }
      return storage
    }
  }
}

extension StorageType {
  fileprivate var safetensors: SafetensorsDType {
    switch self {
    case .float32: .f32
    case .bfloat16: .bf16
    case .float16: .f16
    }
  }
}

package enum HessianError: Error, Equatable, CustomStringConvertible {
  case missing(directory: String, file: String)
  case shape(file: String, module: String, shape: [Int], expected: [Int])
  case overflow(module: String, store: String, value: Float)
  case notFactored(directory: String, module: String)
  case otherSize(directory: String, module: String, size: Int, expected: Int)
  case projected(directory: String)
  case normalized(directory: String)
  case normalizedFit
  case uncorrected(directory: String)
  case inversion(EigenvalueInversion, reason: String)
  case severalMethods(directory: String, methods: [String])

  package var description: String {
    switch self {
    case .missing(let directory, let file):
      "'\(directory)' has no \(file); make the Hessian anew with 'bergson hessian RUN_PATH --method kfac'"
    case .shape(let file, let module, let shape, let expected):
      "'\(module)' in \(file) has shape \(shape), expected \(expected); was the Hessian made of another model?"
    case .overflow(let module, let store, let value):
      "\(store) of '\(module)' reaches \(value), which float16 cannot hold; use --hessian_dtype bf16 or fp32"
    case .notFactored(let directory, let module):
      "the Hessian in '\(directory)' has no factors of '\(module)'; it was fitted on other modules"
    case .otherSize(let directory, let module, let size, let expected):
      "the Hessian in '\(directory)' is of gradients with \(expected) numbers for '\(module)', these have \(size); "
        + "Kronecker factors need whole gradients (--projection_dim 0) and the same --include_bias"
    case .projected(let directory):
      "the Hessian in '\(directory)' has Kronecker factors, which act on whole gradients; use --projection_dim 0"
    case .normalized(let directory):
      "the Hessian in '\(directory)' has Kronecker factors of gradients that are not normalised, which these are; "
        + "use one or the other"
    case .normalizedFit:
      "Kronecker factors are of gradients that are not normalised; leave normalizers away, or use "
        + "--method autocorrelation"
    case .uncorrected(let directory):
      "'\(directory)' has no corrected eigenvalues; make them with 'bergson hessian … --ev_correction', "
        + "or leave --ev_correction away"
    case .inversion(let inversion, let reason):
      "--inversion \(inversion.rawValue) cannot be used with this Hessian: \(reason)"
    case .severalMethods(let directory, let methods):
      "'\(directory)' holds Hessians of several methods (\(methods.joined(separator: ", "))); "
        + "name one, as in '\(directory)/\(methods[0])'"
    }
  }
}
