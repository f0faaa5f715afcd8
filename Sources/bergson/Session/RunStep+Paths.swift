/// Paths of a step made absolute, so that what a run records can be repeated from anywhere.
import Engine
import Foundation

extension RunStep {
  /// Names that are no paths, such as the id of a model that is not here, stay as they are.
  func resolvingPaths(in workingDirectory: URL) -> RunStep {
    func absolute(_ path: String) -> String {
      path.isEmpty ? path : URL(fileURLWithPath: path, relativeTo: workingDirectory).standardizedFileURL.path
    }
    func existing(_ path: String) -> String {
      let resolved = absolute(path)
      return FileManager.default.fileExists(atPath: resolved) ? resolved : path
    }
    var step = self
    step.index.runPath = absolute(index.runPath)
    step.index.model = existing(index.model)
    step.index.tokenizer = existing(index.tokenizer)
    step.index.data.dataset = existing(index.data.dataset)
    step.index.data.formatTemplate = absolute(index.data.formatTemplate)
    step.index.optimizerState = absolute(index.optimizerState)
    step.index.processorPath = absolute(index.processorPath)
    step.preprocess.preconditionerPath = preprocess.preconditionerPath.map(absolute)
    step.score.queryPath = absolute(score.queryPath)
    step.score.candidates.scores = absolute(score.candidates.scores)
    for path in [\RunStep.trackstar.query.data, \.hessianPipeline.query.data] {
      step[keyPath: path].dataset = existing(step[keyPath: path].dataset)
      step[keyPath: path].formatTemplate = absolute(step[keyPath: path].formatTemplate)
    }
    step.query.index = absolute(query.index)
    step.query.model = existing(query.model)
    step.query.record = absolute(query.record)
    step.query.preconditionerPath = query.preconditionerPath.map(absolute)
    step.evaluation.scores = absolute(evaluation.scores)
    step.evaluation.bank = absolute(evaluation.bank)
    step.evaluation.index = absolute(evaluation.index)
    step.evaluation.model = existing(evaluation.model)
    step.evaluation.data.dataset = existing(evaluation.data.dataset)
    step.evaluation.data.formatTemplate = absolute(evaluation.data.formatTemplate)
    step.evaluation.query.dataset = existing(evaluation.query.dataset)
    step.evaluation.query.formatTemplate = absolute(evaluation.query.formatTemplate)
    return step
  }

  /// The step with what its ids meant at the time, so that a run can be repeated and queried after they have moved on.
  func pinned(to commits: SourceCommits) -> RunStep {
    var step = self
    if let model = commits.model { step.index.revision = model }
    if let dataset = commits.dataset { step.index.data.dataKwargs = "revision=\(dataset)" }
    return step
  }
}
