import Foundation

/// The autocorrelation that an earlier run has fitted to some of a run's documents: the sum that the others' rows are added
/// to.
///
/// N GᵀG / N is GᵀG to a unit in the last place of float64, and additions are made in another order than from the start:
/// matrices that were extended differ from others by about 1e-15 of their largest entry.
struct KnownSums {
  let hessian: AutocorrelationHessian
  /// What was found out of the documents.
  let table: RowTable
  /// The file of the matrices.
  let file: URL
  /// Documents of this run, and the rows of the table that stand for them.
  let rows: [(document: Int, row: Int)]
  private let isCovered: [Bool]

  func contains(_ document: Int) -> Bool { isCovered[document] }

  /// The sums over the most documents; nil where no run has any, or none over documents that are all this run's.
  ///
  /// - Parameters:
  ///   - keys: what tables are of beside which such a sum may lie.
  /// - Precondition: rows are of documents.
  init?(_ inputs: CollectionInputs, besideTablesOf keys: [ArtifactKey], _ context: RunContext) throws {
    let tables = try keys.flatMap { try context.earlierTables(CollectionInputs.recipe($0)) }
    guard !tables.isEmpty else { return nil }
    var places: [RowTable.Identity: [Int]] = [:]
    // The first of those that are alike is taken first.
    for (document, identity) in try inputs.documents.identities().enumerated().reversed() {
      places[identity, default: []].append(document)
    }
    var best:
      (earlier: EarlierTable, table: RowTable, rows: [(document: Int, row: Int)], hessian: AutocorrelationHessian)?
    for earlier in tables {
      let file = earlier.directory.appendingPathComponent(AutocorrelationHessian.matrixFile)
      guard FileManager.default.fileExists(atPath: file.path) else { continue }
      let table = try RowTable(of: earlier.directory)
      guard table.count > best?.table.count ?? 0, let rows = Self.match(table, places),
        try earlier.isIntact(AutocorrelationHessian.matrixFile)
      else { continue }
      let hessian = try AutocorrelationHessian(directory: earlier.directory)
      // Matrices over a sample know nothing of the table's other documents.
      guard hessian.documentCount == table.count else { continue }
      best = (earlier, table, rows, hessian)
    }
    guard let best else { return nil }
    (table, rows, hessian) = (best.table, best.rows, best.hessian)
    file = best.earlier.directory.appendingPathComponent(AutocorrelationHessian.matrixFile)
    var isCovered = [Bool](repeating: false, count: inputs.tokens.count)
    for (document, _) in best.rows { isCovered[document] = true }
    self.isCovered = isCovered
    context.tell(
      "preconditioner of \(rows.count) of \(inputs.tokens.count) documents extended from \(best.earlier.name)")
  }

  /// The document that each row of a table stands for; nil where one is not this run's.
  private static func match(
    _ table: RowTable, _ places: [RowTable.Identity: [Int]]
  ) -> [(document: Int, row: Int)]? {
    var left: [RowTable.Identity: Int] = [:]
    var rows: [(document: Int, row: Int)] = []
    for (row, identity) in table.identities.enumerated() {
      let documents = places[identity] ?? []
      let count = left[identity] ?? documents.count
      guard count > 0 else { return nil }
      left[identity] = count - 1
      rows.append((documents[count - 1], row))
    }
    return rows
  }
}
