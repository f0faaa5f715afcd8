package import Foundation

/// The normalizers of a run directory: `normalizers.safetensors`, with `MODULE/weight_avg_sq` [O, I] or `MODULE/row` [O] and
/// `MODULE/col` [I], and `MODULE/bias_avg_sq` [O] where there is one.
///
/// The Python tool writes `normalizers.pth`, a dict by module with fields of these names, which is read too.
package enum NormalizerFiles {
  package static let fileName = "normalizers.safetensors"
  static let torchFileName = "normalizers.pth"
  private static let format = "bergson-normalizers-1"

  package static func write(_ set: NormalizerSet, to directory: URL) throws {
    var writer = SafetensorsWriter(metadata: ["format": format, "origin": set.origin, "digest": set.digest.hex])
    for (module, moments) in set.moments {
      switch moments.weight {
      case .full(let values):
        writer.add("\(module)/weight_avg_sq", .f32, shape: [values.rows, values.columns]) { sink in
          try sink(
            UnsafeRawBufferPointer(
              start: values.base, count: values.rows * values.columns * MemoryLayout<Float>.stride))
        }
      case .factored(let row, let column):
        writer.add("\(module)/row", shape: [row.count], row)
        writer.add("\(module)/col", shape: [column.count], column)
      }
      if let bias = moments.bias { writer.add("\(module)/bias_avg_sq", shape: [bias.count], bias) }
    }
    try writer.write(to: directory.appendingPathComponent(fileName))
  }

  /// The file of a run directory; nil where it has none.
  package static func file(in directory: URL) -> URL? {
    [fileName, torchFileName].map(directory.appendingPathComponent).first {
      FileManager.default.fileExists(atPath: $0.path)
    }
  }

  /// The normalizers of a run; nil where it has none, as most runs of the Python tool have an empty file.
  ///
  /// - Throws: `NormalizerError`, and the errors of the files' formats.
  package static func read(from directory: URL) throws -> NormalizerSet? {
    guard let file = file(in: directory) else { return nil }
    if file.lastPathComponent == torchFileName {
      let moments = try torch(file)
      return moments.isEmpty ? nil : try NormalizerSet(moments, origin: "of '\(file.path)'")
    }
    let tensors = try SafetensorsFile(file)
    return try NormalizerSet(safetensors(tensors), origin: tensors.metadata["origin"] ?? "of '\(file.path)'")
  }

  /// The normalizers that the rows of an index were made with, which lie with it or in the run that they were taken from;
  /// nil where there were none.
  ///
  /// - Throws: `NormalizerError.noNormalizers` where they are gone.
  static func read(
    ofIndex directory: URL, _ processor: ProcessorConfig, processorPath: String
  ) throws -> NormalizerSet? {
    if let own = try read(from: directory) { return own }
    guard processor.normalizers != nil else { return nil }
    guard !processorPath.isEmpty, let taken = try read(from: URL(fileURLWithPath: processorPath)) else {
      throw NormalizerError.noNormalizers(directory: directory.path)
    }
    return taken
  }

  private static func safetensors(_ file: SafetensorsFile) throws -> [String: SecondMoments] {
    let url = file.url
    if let found = file.metadata["format"], found != format {
      throw NormalizerError.malformed(
        file: url.path, module: "", reason: "has format '\(found)', expected '\(format)'; a newer release wrote it")
    }
    var fields: [String: [String: NormalizerFields.Field]] = [:]
    for name in file.names {
      let parts = name.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
      guard parts.count == 2 else {
        throw NormalizerError.malformed(file: url.path, module: name, reason: "is no field of one")
      }
      fields[parts[0], default: [:]][parts[1]] = NormalizerFields.Field(shape: try file.shape(of: name)) {
        try file.floats(name)
      }
    }
    return try Dictionary(
      uniqueKeysWithValues: fields.map { name, fields in
        (name, try NormalizerFields(file: url.path, module: name, fields: fields).moments())
      })
  }

  private static func torch(_ url: URL) throws -> [String: SecondMoments] {
    let archive = try TorchArchive(url)
    guard let modules = archive.root.members else {
      throw TorchError.notAStateDictionary(file: url.path, found: "no dict")
    }
    return try Dictionary(
      uniqueKeysWithValues: modules.map { name, value in
        var fields: [String: NormalizerFields.Field] = [:]
        for (field, value) in value.members ?? [:] {
          guard let tensor = try archive.tensor(value, named: "\(field) of '\(name)'") else { continue }
          // The name of releases before 0.5.
          fields[field == "avg_sq" ? "weight_avg_sq" : field] = NormalizerFields.Field(shape: tensor.shape) {
            try archive.floats(tensor)
          }
        }
        return (name, try NormalizerFields(file: url.path, module: name, fields: fields).moments())
      })
  }
}

/// The fields that a file has of one module.
private struct NormalizerFields {
  struct Field {
    let shape: [Int]
    let floats: () throws -> [Float]
  }

  let file: String
  let module: String
  let fields: [String: Field]

  func moments() throws -> SecondMoments {
    let bias = try values("bias_avg_sq", rank: 1)
    if let weight = try values("weight_avg_sq", rank: 2) {
      let matrix = FloatStorage(weight.floats).matrix(weight.shape[0], weight.shape[1])
      return SecondMoments(weight: .full(matrix), bias: bias?.floats)
    }
    if let row = try values("row", rank: 1), let column = try values("col", rank: 1) {
      return SecondMoments(weight: .factored(row: row.floats, column: column.floats), bias: bias?.floats)
    }
    throw malformed("has neither weight_avg_sq nor row and col")
  }

  private func values(_ name: String, rank: Int) throws -> (shape: [Int], floats: [Float])? {
    guard let field = fields[name] else { return nil }
    guard field.shape.count == rank else { throw malformed("has \(name) of shape \(field.shape)") }
    return (field.shape, try field.floats())
  }

  private func malformed(_ reason: String) -> NormalizerError { .malformed(file: file, module: module, reason: reason) }
}
