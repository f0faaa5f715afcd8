/// `evaluate`: how good are the scores of a run?
package enum EvaluationMeasure: String, Codable, Hashable, Sendable, CaseIterable {
  /// Are the documents found that ought to be?
  case recall
  /// Do the scores predict what retraining on parts of the data does? See `DatamodelingScore`.
  case lds
}

package struct EvaluationConfig: Codable, Hashable, Sendable {
  package var measure = EvaluationMeasure.recall
  /// A run of `score`, of this program or of the Python tool.
  package var scores = ""
  /// Column of the queries with the row numbers of the documents that ought to be found, for `recall`.
  package var supportingColumn = ""
  /// A retraining bank (`RetrainingBank`), for `lds`.
  package var bank = ""
  /// An index of the same documents, for the loss and gradient-norm baselines; empty to do without.
  package var index = ""
  /// What has the tokenizer of the data; empty for what the scores' configuration says.
  package var model = ""
  /// The documents that were scored; of what the scores' configuration says where `dataset` is empty.
  package var data = DataConfig.unknown
  /// The queries, likewise.
  package var query = DataConfig.unknown

  package init() {}

  enum CodingKeys: String, CodingKey, CaseIterable {
    case measure, scores
    case supportingColumn = "supporting_column"
    case bank, index, model, data, query
  }
}

extension DataConfig {
  /// No data set: somebody else knows which.
  package static var unknown: DataConfig {
    var configuration = DataConfig()
    configuration.dataset = ""
    return configuration
  }

  package var isUnknown: Bool { dataset.isEmpty }
}
