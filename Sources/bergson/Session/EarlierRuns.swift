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

  /// Indexes that are looked at for rows of a recipe.
  private static let searchedIndexes = 32

  /// Indexes with a table of their documents whose rows have the recipe, the newest first. The tables are as they were.
  ///
  /// - Throws: `RunCatalogError`, and `FileError` for a file that is there and cannot be read.
  func indexes(ofRecipe recipe: Digest) throws -> [EarlierIndex] {
    try catalog.rowTables(ofRecipe: recipe.hex, limit: Self.searchedIndexes).compactMap { table in
      guard let details = try catalog.details(producing: table.id), try isIntact(table) else { return nil }
      let directory = URL(filePath: table.path).deletingLastPathComponent()
      let rows = details.produced.first {
        $0.replacedAt == nil && $0.kind == "index"
          && URL(filePath: $0.path).deletingLastPathComponent().path == directory.path
      }
      guard let rows, try hasSize(rows) else { return nil }
      return EarlierIndex(
        name: details.run.name ?? details.run.path ?? details.run.id, directory: directory,
        isIntact: { try isIntact(rows) })
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

  private func hasSize(_ record: ArtifactRecord) throws -> Bool {
    guard FileManager.default.fileExists(atPath: record.path) else { return false }
    let size = try FileManager.default.attributesOfItem(atPath: record.path)[.size] as? NSNumber
    return size?.int64Value == record.bytes
  }

  private func isIntact(_ record: ArtifactRecord) throws -> Bool {
    guard try hasSize(record) else { return false }
    return try Digest.sha256(of: URL(filePath: record.path)).hex == record.digest
  }
}
