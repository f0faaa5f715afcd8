package import Foundation

/// Where runs write what they say, beside the catalog: `catalog.logs/ID.log` for `catalog.sqlite`.
extension RunCatalog {
  package func log(of runID: String) -> URL {
    URL(filePath: path).deletingPathExtension().appendingPathExtension("logs").appending(path: runID + ".log")
  }
}
