/// One command with all its settings, resolved and checked: what a pipeline is given, and what `config.yaml` records.
import Engine

struct RunStep: Equatable, Sendable {
  /// Commands that can be a step of a configuration file.
  enum Command: String, CaseIterable, Sendable {
    case build, preconditioners, reduce, score, query, hessian, trackstar, ekfac, evaluate

    /// The sections that the command takes, in the order in which they are written.
    var sections: [SectionName] {
      switch self {
      case .build, .reduce: [.index, .preprocess]
      case .preconditioners: [.index]
      case .score: [.score, .index, .preprocess]
      case .query: [.query]
      case .hessian: [.hessian, .index]
      case .trackstar: [.index, .trackstar]
      case .ekfac: [.index, .hessian, .score, .hessianPipeline]
      case .evaluate: [.evaluation]
      }
    }

    /// Dotted keys of the section in this command.
    func keys(of section: SectionName) -> [String] {
      switch section {
      case .index: SettingTables.index.keys
      case .preprocess: SettingTables.preprocess.keys
      case .score: scoreTable.keys
      case .query: SettingTables.query.keys
      case .hessian: SettingTables.hessian.keys
      case .trackstar: SettingTables.trackstar.keys
      case .hessianPipeline: SettingTables.hessianPipeline.keys
      case .evaluation: SettingTables.evaluation.keys
      }
    }

    /// A pipeline scores against queries of its own.
    var scoreTable: Section<ScoreConfig> { self == .ekfac ? SettingTables.pipelineScore : SettingTables.score }
  }

  enum SectionName: String, CaseIterable, Sendable {
    case index = "index_cfg"
    case preprocess = "preprocess_cfg"
    case score = "score_cfg"
    case query = "query_cfg"
    case hessian = "hessian_cfg"
    case trackstar = "trackstar_cfg"
    case hessianPipeline = "hessian_pipeline_cfg"
    case evaluation = "evaluate_cfg"

    /// The file of version 0.9.1 that holds the section.
    var flatFile: String { rawValue.replacing("_cfg", with: "_config.yaml") }
  }

  let command: Command
  var index = IndexConfig()
  var preprocess = PreprocessConfig()
  var score = ScoreConfig()
  var query = QueryConfig()
  var hessian = HessianConfig()
  var trackstar = TrackstarConfig()
  var hessianPipeline = HessianPipelineConfig()
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
    case .score: try command.scoreTable.read(yaml, into: &score, at: place)
    case .query: try SettingTables.query.read(yaml, into: &query, at: place)
    case .hessian: try SettingTables.hessian.read(yaml, into: &hessian, at: place)
    case .trackstar: try SettingTables.trackstar.read(yaml, into: &trackstar, at: place)
    case .hessianPipeline: try SettingTables.hessianPipeline.read(yaml, into: &hessianPipeline, at: place)
    case .evaluation: try SettingTables.evaluation.read(yaml, into: &evaluation, at: place)
    }
  }

  func write(_ section: SectionName) -> YAMLValue {
    switch section {
    case .index: SettingTables.index.write(index)
    case .preprocess: SettingTables.preprocess.write(preprocess)
    case .score: command.scoreTable.write(score)
    case .query: SettingTables.query.write(query)
    case .hessian: SettingTables.hessian.write(hessian)
    case .trackstar: SettingTables.trackstar.write(trackstar)
    case .hessianPipeline: SettingTables.hessianPipeline.write(hessianPipeline)
    case .evaluation: SettingTables.evaluation.write(evaluation)
    }
  }
}

extension RunStep {
  /// A step of a pipeline as the command that makes the same alone.
  init(_ step: EquivalentStep) {
    switch step {
    case .preconditioners(let index):
      self.init(.preconditioners)
      self.index = index
    case .build(let index, let preprocess):
      self.init(.build)
      self.index = index
      self.preprocess = preprocess
    case .hessian(let index, let hessian):
      self.init(.hessian)
      self.index = index
      self.hessian = hessian
    case .score(let score, let index, let preprocess):
      self.init(.score)
      self.score = score
      self.index = index
      self.preprocess = preprocess
    }
  }
}
