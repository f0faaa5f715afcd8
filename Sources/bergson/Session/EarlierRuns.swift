/// Looks for what a run is about to make among what the catalog remembers.
import Catalog
import Engine
import Foundation

struct EarlierRuns: Sendable {
  let catalog: RunCatalog

  /// The newest run that has all of the products in one folder, each file as large as it was and with the digest that it
  /// had, and the companions beside them.
  ///
  /// - Parameters:
  ///   - products: with paths below the folder, wherever that lies in the run's directory.
  ///   - companions: files and folders below it. Those that the catalog knows have to be as they were, too.
  /// - Throws: `RunCatalogError`, and `FileError` for a file that is there and cannot be read.
  func run(with products: [RunOutcome.Artifact], beside companions: [String] = []) throws -> EarlierRun? {
    guard let first = products.first else { return nil }
    var found: EarlierRun?
    _ = try catalog.artifact(forKey: first.key.digest.hex) { record in
      found = try run(in: record, path: first.path, with: products, beside: companions)
      return found != nil
    }
    return found
  }

  /// Name and id of the run that has made the rows or matrices in a folder; nil where the catalog does not know it.
  func name(ofRunAt folder: String) throws -> String? {
    let files = [
      "gradients.bin", "hessians.safetensors", "normalizers.safetensors", "eigenvalue_sharded/shard_0.safetensors",
    ]
    var record: ArtifactRecord?
    for file in files where record == nil {
      record = try catalog.artifact(atPath: URL(filePath: folder).standardizedFileURL.path + "/" + file)
    }
    guard let record, let run = try catalog.details(producing: record.id)?.run else { return nil }
    return [run.name, run.id].compactMap(\.self).joined(separator: ", ")
  }

  /// Tables that are looked at for rows of a recipe.
  private static let searchedTables = 32

  /// Tables of documents whose rows have the recipe, the newest first, that are as they were.
  ///
  /// - Throws: `RunCatalogError`, and `FileError` for a file that is there and cannot be read.
  func tables(ofRecipe recipe: Digest) throws -> [EarlierTable] {
    try catalog.rowTables(ofRecipe: recipe.hex, limit: Self.searchedTables).compactMap { table in
      guard let details = try catalog.details(producing: table.id), try isIntact(table) else { return nil }
      let directory = URL(filePath: table.path).deletingLastPathComponent()
      let made = Dictionary(details.produced.filter { $0.replacedAt == nil }.map { ($0.path, $0) }) { $1 }
      return EarlierTable(
        name: details.run.name ?? details.run.path ?? details.run.id, directory: directory,
        isIntact: { try made[directory.appending(path: $0).path].map(isIntact) ?? false })
    }
  }

  private func run(
    in record: ArtifactRecord, path: String, with products: [RunOutcome.Artifact], beside companions: [String]
  ) throws -> EarlierRun? {
    guard record.path.hasSuffix("/" + path) else { return nil }
    let directory = String(record.path.dropLast(path.count + 1))
    guard let details = try catalog.details(producing: record.id) else { return nil }
    let made = Dictionary(details.produced.filter { $0.replacedAt == nil }.map { ($0.path, $0) }) { $1 }
    func file(_ path: String) -> String { directory + "/" + path }
    guard products.allSatisfy({ made[file($0.path)]?.keyDigest == $0.key.digest.hex }),
      companions.allSatisfy({ FileManager.default.fileExists(atPath: file($0)) }),
      try (products.map(\.path) + companions).compactMap({ made[file($0)] }).allSatisfy(isIntact)
    else { return nil }
    return EarlierRun(
      name: details.run.name ?? details.run.path ?? details.run.id, directory: URL(filePath: directory),
      metrics: details.metrics.map { RunOutcome.Metric($0.name, $0.value, $0.unit) }, warnings: details.warnings)
  }

  private func isIntact(_ record: ArtifactRecord) throws -> Bool {
    guard FileManager.default.fileExists(atPath: record.path) else { return false }
    let size = try FileManager.default.attributesOfItem(atPath: record.path)[.size] as? NSNumber
    guard size?.int64Value == record.bytes else { return false }
    return try Digest.sha256(of: URL(filePath: record.path)).hex == record.digest
  }
}
