/// One command with all its settings, resolved and checked: what a pipeline is given, and what `config.yaml` records.
import Engine

struct RunStep: Equatable, Sendable {
  /// Commands that can be a step of a configuration file.
  enum Command: String, CaseIterable, Sendable {
    case build, preconditioners, reduce, score, query, hessian, evaluate

    /// The sections that the command takes, in the order in which they are written.
    var sections: [SectionName] {
      switch self {
      case .build, .reduce: [.index, .preprocess]
      case .preconditioners: [.index]
      case .score: [.score, .index, .preprocess]
      case .query: [.query]
      case .hessian: [.hessian, .index]
      case .evaluate: [.evaluation]
      }
    }
  }

  enum SectionName: String, CaseIterable, Sendable {
    case index = "index_cfg"
    case preprocess = "preprocess_cfg"
    case score = "score_cfg"
    case query = "query_cfg"
    case hessian = "hessian_cfg"
    case evaluation = "evaluate_cfg"

    /// The file of version 0.9.1 that holds the section.
    var flatFile: String { rawValue.replacing("_cfg", with: "_config.yaml") }

    /// Dotted keys of the section.
    var keys: [String] {
      switch self {
      case .index: SettingTables.index.keys
      case .preprocess: SettingTables.preprocess.keys
      case .score: SettingTables.score.keys
      case .query: SettingTables.query.keys
      case .hessian: SettingTables.hessian.keys
      case .evaluation: SettingTables.evaluation.keys
      }
    }
  }

  let command: Command
  var index = IndexConfig()
  var preprocess = PreprocessConfig()
  var score = ScoreConfig()
  var query = QueryConfig()
  var hessian = HessianConfig()
  var evaluation = EvaluationConfig()

  /// The command at its defaults; sections that it does not take stay at theirs.
  init(_ command: Command) {
    self.command = command
    if command == .reduce { preprocess.aggregation = .mean }
  }

  mutating func read(_ section: SectionName, from yaml: YAMLValue, at place: FilePlace) throws {
    switch section {
    case .index: try SettingTables.index.read(yaml, into: &index, at: place)
    case .preprocess: try SettingTables.preprocess.read(yaml, into: &preprocess, at: place)
    case .score: try SettingTables.score.read(yaml, into: &score, at: place)
    case .query: try SettingTables.query.read(yaml, into: &query, at: place)
    case .hessian: try SettingTables.hessian.read(yaml, into: &hessian, at: place)
    case .evaluation: try SettingTables.evaluation.read(yaml, into: &evaluation, at: place)
    }
  }

  func write(_ section: SectionName) -> YAMLValue {
    switch section {
    case .index: SettingTables.index.write(index)
    case .preprocess: SettingTables.preprocess.write(preprocess)
    case .score: SettingTables.score.write(score)
    case .query: SettingTables.query.write(query)
    case .hessian: SettingTables.hessian.write(hessian)
    case .evaluation: SettingTables.evaluation.write(evaluation)
    }
  }
}
