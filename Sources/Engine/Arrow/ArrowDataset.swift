/// `data.hf/`: the data set of a run, as Hugging Face `datasets` stores one, so that `datasets.load_from_disk` opens it.
///
/// `data-00000-of-00001.arrow` is an Arrow stream whose schema carries the features under the key `huggingface`;
/// `dataset_info.json` has them again, and `state.json` lists the files.
package import Foundation

package enum ArrowDataset {
  package static let folderName = "data.hf"
  fileprivate static let dataFile = "data-00000-of-00001.arrow"

  /// Reads the columns named, in that order, of a data set that this project or the Python tool stored.
  ///
  /// - Throws: `IndexFileError` for a missing column or one of another type, missing values, compression, or a damaged
  ///   file; `FileError`.
  package static func read(_ names: [String], from directory: URL) throws -> [ArrowColumn] {
    let url = directory.appendingPathComponent("state.json")
    guard let files = try JSONValue(manifest: url)["_data_files"]?.array, !files.isEmpty else {
      throw IndexFileError.malformed(path: url.path, reason: "lists no '_data_files'")
    }
    let parts = try files.map { file in
      guard let name = file["filename"]?.string, !name.contains("/") else {
        throw IndexFileError.malformed(path: url.path, reason: "has no plain 'filename' in '_data_files'")
      }
      let file = try MemoryMap(directory.appendingPathComponent(name))
      return try withExtendedLifetime(file) {
        var reader = ArrowStreamReader(file.bytes, path: file.url.path)
        return try reader.read(names)
      }
    }
    return try names.indices.map { i in
      let first = parts[0][i]
      guard parts.allSatisfy({ $0[i].type == first.type }) else {
        throw IndexFileError.malformed(
          path: directory.path, reason: "has column '\(first.name)' in different types in its files")
      }
      return ArrowColumn(first.name, first.values.joined(parts.map { $0[i].values }))
    }
  }
}

/// Writes a data set some rows at a time.
package struct ArrowDatasetWriter {
  /// Rows that are worth a batch, as `datasets` has them.
  package static let rowsPerBatch = 1000

  private let directory: URL
  private let split: String
  private let features: JSONValue
  private var stream: ArrowStreamWriter

  /// Makes the directory. The fields must have different names.
  package init(_ fields: [ArrowType.Field], to directory: URL, split: String = "train") throws {
    precondition(!fields.isEmpty && Set(fields.map { ByteString($0.name) }).count == fields.count, "different columns")
    self.directory = directory
    self.split = split
    try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
    features = ArrowType.structure(fields).feature
    stream = try ArrowStreamWriter(
      fields,
      metadata: ("huggingface", JSONValue.object(["info": .object(["features": features])]).indentedText),
      to: directory.appendingPathComponent(ArrowDataset.dataFile))
  }

  /// Writes rows as one batch: a value of each field in every column.
  ///
  /// - Throws: `FileError`; `IndexFileError` where the batch is larger than the format allows.
  package mutating func append(_ columns: [ArrowColumn]) throws { try stream.append(columns) }

  /// Completes the files.
  package mutating func finish() throws {
    try stream.finish()
    let info = JSONValue.object([
      "citation": .string(""), "description": .string(""), "features": features, "homepage": .string(""),
      "license": .string(""),
    ])
    try FileWriter.write(info.indentedText, to: directory.appendingPathComponent("dataset_info.json"))
    // `datasets` finds results of `map` in its cache by the fingerprint: equal only for equal contents.
    let state = JSONValue.object([
      "_data_files": .array([.object(["filename": .string(ArrowDataset.dataFile)])]),
      "_fingerprint": .string(String(format: "%016lx", stream.fingerprint)),
      "_format_columns": .null, "_format_kwargs": .object([:]), "_format_type": .null,
      "_output_all_columns": .bool(false), "_split": .string(split),
    ])
    try FileWriter.write(state.indentedText, to: directory.appendingPathComponent("state.json"))
  }
}
