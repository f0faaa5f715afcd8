import GRDB

/// What reports are made from.
extension RunCatalog {
  /// Records a publication, or a part of one, in one transaction. Publishing the same query, hit, document, bin or
  /// evaluation twice is an error.
  ///
  /// - Throws: `RunCatalogError.notFinite` for a score or value that is not a number, `.rowRefused` for rows that refer to
  ///   no run or query, or are there already.
  package func publish(_ publication: Publication) throws {
    try publication.checkNumbers()
    try write { try Self.insert(publication, $0) }
  }

  static func insert(_ publication: Publication, _ db: Database) throws {
    // Queries first: hits and histograms refer to them.
    try db.insertAll(publication.queries, columns: ["runID", "position", "text", "row", "loss"]) {
      [$0.runID, $0.position, $0.text, $0.row, $0.loss]
    }
    try db.insertAll(
      publication.hits, columns: ["runID", "queryPosition", "direction", "rank", "row", "score"]
    ) {
      [$0.runID, $0.queryPosition, $0.direction, $0.rank, $0.row, $0.score]
    }
    try db.insertAll(publication.documents, columns: ["runID", "row", "text", "digest", "characterCount"]) {
      [$0.runID, $0.row, $0.text, $0.digest, $0.characterCount]
    }
    try db.insertAll(
      publication.histograms, columns: ["runID", "queryPosition", "bin", "lowerBound", "upperBound", "count"]
    ) {
      [$0.runID, $0.queryPosition, $0.bin, $0.lowerBound, $0.upperBound, $0.count]
    }
    for evaluation in publication.evaluations { try evaluation.insert(db) }
  }

  /// Everything that a run has published.
  package func publication(of runID: String) throws -> Publication {
    try read { db in
      var publication = Publication()
      publication.queries = try AttributionQueryRecord.ofRun(runID).order(Column("position")).fetchAll(db)
      publication.hits = try AttributionHitRecord.ofRun(runID)
        .order(Column("queryPosition"), Column("direction").desc, Column("rank"))
        .fetchAll(db)
      publication.documents = try DocumentRecord.ofRun(runID).order(Column("row")).fetchAll(db)
      publication.histograms = try ScoreHistogramRecord.ofRun(runID)
        .order(Column("queryPosition"), Column("bin"))
        .fetchAll(db)
      publication.evaluations = try EvaluationRecord.ofRun(runID).order(Column.rowID).fetchAll(db)
      return publication
    }
  }
}

extension Publication {
  /// SQLite would store NaN as NULL; say which number it was instead.
  func checkNumbers() throws {
    for query in queries where query.loss?.isFinite == false {
      throw RunCatalogError.notFinite(column: "loss", of: "query \(query.position)")
    }
    for hit in hits where !hit.score.isFinite {
      throw RunCatalogError.notFinite(column: "score", of: "row \(hit.row) for query \(hit.queryPosition)")
    }
    for bin in histograms where !(bin.lowerBound.isFinite && bin.upperBound.isFinite) {
      throw RunCatalogError.notFinite(column: "bounds", of: "histogram bin \(bin.bin)")
    }
    for evaluation in evaluations
    where ![evaluation.value, evaluation.lowerBound ?? 0, evaluation.upperBound ?? 0].allSatisfy(\.isFinite) {
      throw RunCatalogError.notFinite(
        column: "value", of: "evaluation '\(evaluation.metric)' of '\(evaluation.method)'")
    }
  }
}
