/// What may lie at a run path: nothing, an empty directory, or with `--overwrite` an earlier run. `--overwrite` is for
/// runs; a directory of something else that was named by mistake is not to be lost.
import Engine
import Foundation

extension RunStep {
  /// Files of which every run directory has one; the others are those of version 0.9.1 of the Python tool.
  private static let marks =
    [ProcessorConfig.fileName] + [SectionName.index, .score].map(\.flatFile)

  /// - Precondition: paths are absolute.
  /// - Throws: `RunPlaceError`.
  func checkPlace() throws {
    guard let path = runPath else { return }
    let inputs = [
      ("--query_path", command == .score ? score.queryPath : ""),
      ("--candidates.scores", command == .score ? score.candidates.scores : ""),
      ("--preconditioner_path", preprocess.preconditionerPath ?? ""),
      ("--processor_path", index.processorPath), ("--optimizer_state", index.optimizerState),
    ]
    if let input = inputs.first(where: { $0.1 == path }) { throw RunPlaceError.input(path: path, flag: input.0) }
    guard index.overwrite, let names = try? FileManager.default.contentsOfDirectory(atPath: path) else { return }
    guard names.isEmpty || !Set(names).isDisjoint(with: Self.marks) else { throw RunPlaceError.notARun(path: path) }
  }
}

enum RunPlaceError: Error, Equatable, CustomStringConvertible {
  case input(path: String, flag: String)
  case notARun(path: String)

  var description: String {
    switch self {
    case .input(let path, let flag):
      "'\(path)' is both where the run goes and what \(flag) reads; choose another path"
    case .notARun(let path):
      "'\(path)' has files but is no run directory, so --overwrite leaves it alone; choose another path, or empty it"
    }
  }
}
