/// What a run publishes so that a report about it needs neither model nor data.
package struct Publication: Codable, Sendable, Equatable {
  package var queries: [AttributionQueryRecord] = []
  package var hits: [AttributionHitRecord] = []
  package var documents: [DocumentRecord] = []
  package var histograms: [ScoreHistogramRecord] = []
  package var evaluations: [EvaluationRecord] = []

  package init() {}
}
