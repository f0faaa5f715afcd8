/// Looks for what a run is about to make among what the catalog remembers.
import Catalog
import Engine
import Foundation

struct EarlierRuns: Sendable {
  let catalog: RunCatalog

  /// The newest run directory that has all of the products, each file as large as it was and with the digest that it had.
  ///
  /// - Throws: `RunCatalogError`, and `FileError` for a file that is there and cannot be read.
  func run(with products: [RunOutcome.Artifact]) throws -> EarlierRun? {
    guard let first = products.first else { return nil }
    var found: EarlierRun?
    _ = try catalog.artifact(forKey: first.key.digest.hex) { record in
      found = try run(in: record, path: first.path, with: products)
      return found != nil
    }
    return found
  }

  private func run(
    in record: ArtifactRecord, path: String, with products: [RunOutcome.Artifact]
  ) throws -> EarlierRun? {
    guard record.path.hasSuffix("/" + path) else { return nil }
    let directory = String(record.path.dropLast(path.count + 1))
    guard let details = try catalog.details(producing: record.id) else { return nil }
    let made = details.produced.filter { $0.replacedAt == nil && $0.path.hasPrefix(directory + "/") }
    let keys = Dictionary(made.map { (String($0.path.dropFirst(directory.count + 1)), $0.keyDigest) }) { $1 }
    guard products.allSatisfy({ keys[$0.path] == $0.key.digest.hex }) else { return nil }
    guard try made.allSatisfy(isIntact) else { return nil }
    return EarlierRun(
      name: details.run.name ?? details.run.path ?? details.run.id, directory: URL(filePath: directory),
      artifacts: made.compactMap { record in
        record.keyIngredients.map { ingredients in
          RunOutcome.Artifact(
            kind: record.kind, path: String(record.path.dropFirst(directory.count + 1)),
            key: ArtifactKey(ingredients: ingredients))
        }
      },
      metrics: details.metrics.map { RunOutcome.Metric($0.name, $0.value, $0.unit) }, warnings: details.warnings)
  }

  private func isIntact(_ record: ArtifactRecord) throws -> Bool {
    guard FileManager.default.fileExists(atPath: record.path) else { return false }
    let size = try FileManager.default.attributesOfItem(atPath: record.path)[.size] as? NSNumber
    guard size?.int64Value == record.bytes else { return false }
    return try Digest.sha256(of: URL(filePath: record.path)).hex == record.digest
  }
}
