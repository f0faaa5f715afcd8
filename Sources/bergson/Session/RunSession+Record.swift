/// What a pipeline found out, in the catalog's words.
import Catalog
import Engine
import Foundation

extension RunSession {
  /// Characters of a document that the catalog keeps for reports.
  private static let excerptLimit = 2000

  func record(_ outcome: RunOutcome, of run: RunRecord, step: RunStep, in catalog: RunCatalog) throws -> RunRecord {
    var results = RunResults()
    results.models = outcome.model.map { [RunModelRecord($0, runID: run.id)] } ?? []
    results.datasets = outcome.datasets.map { RunDatasetRecord($0, runID: run.id) }
    results.metrics = outcome.metrics.map {
      MetricRecord(runID: run.id, name: $0.name, value: $0.value, unit: $0.unit)
    }
    // An earlier run may have said the same of what was taken from it.
    var said: Set<String> = []
    results.warnings = outcome.warnings.filter { said.insert($0).inserted }
    if let path = step.runPath {
      let directory = URL(fileURLWithPath: path)
      results.produced = try outcome.artifacts.map { try NewArtifact($0, in: directory) }
      if step.index.overwrite { results.replacedDirectory = directory.path }
    }
    results.used = try outcome.used.compactMap { try catalog.artifact(atPath: $0.standardizedFileURL.path)?.id }
    if let summary = outcome.summary { try catalog.publish(publication(summary, runID: run.id)) }
    return try catalog.finish(run.id, results: results)
  }

  private func publication(_ summary: AttributionSummary, runID: String) -> Publication {
    var publication = Publication()
    publication.queries = summary.queries.enumerated().map { position, query in
      AttributionQueryRecord(runID: runID, position: position, text: query.text, row: query.row, loss: query.loss)
    }
    func records(
      _ hits: [[AttributionSummary.Hit]], _ direction: AttributionHitRecord.Direction
    ) -> [AttributionHitRecord] {
      hits.enumerated().flatMap { position, hits in
        // A score that is no number has no rank to show; the run's warnings speak of it.
        hits.filter(\.score.isFinite).enumerated().map { rank, hit in
          AttributionHitRecord(
            runID: runID, queryPosition: position, direction: direction, rank: rank + 1, row: hit.row,
            score: Double(hit.score))
        }
      }
    }
    publication.hits = records(summary.top, .top) + records(summary.bottom, .bottom)
    publication.documents = summary.documents.map { document in
      DocumentRecord(
        runID: runID, row: document.row, fullText: document.text, digest: Digest.sha256(document.text).hex,
        excerptLimit: Self.excerptLimit)
    }
    if let histogram = summary.histogram {
      let width = (histogram.highest - histogram.lowest) / Double(histogram.counts.count)
      publication.histograms = histogram.counts.enumerated().map { bin, count in
        ScoreHistogramRecord(
          runID: runID, queryPosition: nil, bin: bin, lowerBound: histogram.lowest + Double(bin) * width,
          upperBound: histogram.lowest + Double(bin + 1) * width, count: count)
      }
    }
    publication.evaluations = summary.evaluations.map { evaluation in
      EvaluationRecord(
        runID: runID, method: evaluation.method, metric: evaluation.metric, k: evaluation.k, value: evaluation.value,
        lowerBound: evaluation.interval?.lowerBound, upperBound: evaluation.interval?.upperBound,
        queryCount: evaluation.queries)
    }
    return publication
  }
}

extension RunModelRecord {
  fileprivate init(_ model: RunOutcome.Model, runID: String) {
    self.init(
      runID: runID, role: .model, path: model.path, hubRevision: model.commit, weightsDigest: model.weightsDigest.hex,
      tokenizerDigest: model.tokenizerDigest.hex, architecture: model.architecture,
      parameterCount: model.parameters, attributedParameterCount: model.attributedParameters,
      precision: model.precision.rawValue, adapterPath: model.adapter?.path,
      adapterHubRevision: model.adapter?.commit, adapterRank: model.adapter?.rank)
  }
}

extension RunDatasetRecord {
  fileprivate init(_ dataset: RunOutcome.Dataset, runID: String) {
    self.init(
      runID: runID, role: dataset.role == .data ? .data : .query, path: dataset.path,
      hubRevision: dataset.commit, split: dataset.split, digest: dataset.digest.hex, rowCount: dataset.rows,
      tokenCount: dataset.tokens)
  }
}

extension NewArtifact {
  fileprivate init(_ artifact: RunOutcome.Artifact, in directory: URL) throws {
    let url = directory.appendingPathComponent(artifact.path).standardizedFileURL
    let size = try FileManager.default.attributesOfItem(atPath: url.path)[.size] as? NSNumber
    self.init(
      kind: artifact.kind, path: url.path, bytes: size?.int64Value ?? 0, digest: try Digest.sha256(of: url).hex,
      key: Key(digest: artifact.key.digest.hex, ingredients: artifact.key.ingredients), formatVersion: 1)
  }
}
