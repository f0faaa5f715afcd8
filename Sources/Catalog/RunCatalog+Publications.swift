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
    try write { db in
      // Queries first: hits and histograms refer to them.
      for query in publication.queries { try query.insert(db) }
      for hit in publication.hits { try hit.insert(db) }
      for document in publication.documents { try document.insert(db) }
      for bin in publication.histograms { try bin.insert(db) }
      for evaluation in publication.evaluations { try evaluation.insert(db) }
    }
  }

  /// Everything that a run has published.
  package func publication(of runID: String) throws -> Publication {
    try read { db in
      let ofRun = Column("runID") == runID
      var publication = Publication()
      publication.queries = try AttributionQueryRecord.filter(ofRun).order(Column("position")).fetchAll(db)
      publication.hits = try AttributionHitRecord.filter(ofRun)
        .order(Column("queryPosition"), Column("direction").desc, Column("rank"))
        .fetchAll(db)
      publication.documents = try DocumentRecord.filter(ofRun).order(Column("row")).fetchAll(db)
      publication.histograms = try ScoreHistogramRecord.filter(ofRun)
        .order(Column("queryPosition"), Column("bin"))
        .fetchAll(db)
      publication.evaluations = try EvaluationRecord.filter(ofRun).order(Column.rowID).fetchAll(db)
      return publication
    }
  }
}

extension Publication {
  /// SQLite would store NaN as NULL; say which number it was instead.
  fileprivate func checkNumbers() throws {
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
