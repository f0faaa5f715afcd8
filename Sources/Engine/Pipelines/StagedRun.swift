import Foundation

/// A run of several steps under one path, each a folder that is complete or not there. What an interrupted run has
/// finished stays in `RUN_PATH.part`, and a run that resumes it does only the rest.
struct StagedRun {
  let directory: RunDirectory
  private let context: RunContext

  /// What determines the bytes of everything below, while the run is not complete.
  private static let keyFile = "resume.json"

  /// Lets `body` fill the run directory step by step.
  ///
  /// - Throws: what `body` throws; `RunDirectoryError`.
  static func filling<Result>(
    _ path: String, overwrite: Bool, resume: Bool, _ context: RunContext, _ body: (StagedRun) throws -> Result
  ) throws -> Result {
    let directory = try RunDirectory(at: URL(fileURLWithPath: path), overwrite: overwrite, resume: resume)
    let run = StagedRun(directory: directory, context: context)
    do {
      let result = try body(run)
      try run.remove(keyFile)
      try directory.complete()
      return result
    } catch {
      if run.hasFinishedSteps {
        context.tell("the finished steps are kept in '\(directory.url.path)'; --resume goes on after them")
      } else {
        // What went wrong first is what matters; a `.part` that cannot be removed is emptied by the next run.
        try? directory.discard()
      }
      throw error
    }
  }

  /// Says what the steps are made of, before the first one.
  ///
  /// - Throws: `StagedRunError.otherIngredients` where the steps that are there were made of something else.
  func begin(_ key: ArtifactKey) throws {
    let file = folder(Self.keyFile)
    if FileManager.default.fileExists(atPath: file.path) {
      let earlier = try JSONDecoder().decode([String: String].self, from: Data(contentsOf: file))
      let names = Set(earlier.keys).union(key.ingredients.keys).sorted()
      if let name = names.first(where: { earlier[$0] != key.ingredients[$0] }) {
        throw StagedRunError.otherIngredients(
          path: directory.finalURL.path, name: name, here: key.ingredients[name] ?? "none",
          there: earlier[name] ?? "none")
      }
    } else {
      try FileWriter.write(
        String(decoding: try JSONEncoder().encode(key.ingredients), as: UTF8.self), to: file)
    }
  }

  func folder(_ step: String) -> URL { directory.url.appendingPathComponent(step) }

  /// Makes a step's folder, unless an earlier run has: the one that is resumed, or any that has made the same products.
  ///
  /// - Parameters:
  ///   - products: what the step makes, with paths below the run directory.
  ///   - companions: files in the step's folder that belong to the products.
  ///   - sources: makes what the step is made from, where it has to be made.
  ///   - outcome: gets the products, and the files of other runs that they were taken from.
  ///   - make: writes products and companions.
  ///   - finish: writes what a run has of its own, wherever the products come from.
  @discardableResult
  func step(
    _ name: String, products: [RunOutcome.Artifact], companions: [String] = [], sources: () throws -> Void = {},
    _ outcome: inout RunOutcome, make: (URL) throws -> Void, finish: (RunDirectory) throws -> Void
  ) throws -> StepOrigin {
    outcome.artifacts += products
    guard !isDone(name) else {
      context.tell("\(name): done by the run that is resumed")
      return .resumed
    }
    let inFolder = products.map { $0.seen(from: name) }
    if let earlier = try context.earlier(inFolder, companions) {
      try RunDirectory.filling(folder(name).path, overwrite: false) { directory in
        try earlier.link(inFolder, companions, into: directory.url)
        try finish(directory)
      }
      context.tell("\(name): reused from \(earlier.name)")
      outcome.use(earlier.files(inFolder), in: self.directory)
      return .reused(earlier)
    }
    try sources()
    context.tell(name)
    try RunDirectory.filling(folder(name).path, overwrite: false) { directory in
      try make(directory.url)
      try finish(directory)
    }
    return .made
  }

  func isDone(_ name: String) -> Bool { FileManager.default.fileExists(atPath: folder(name).path) }

  /// Removes what later steps no longer need.
  func remove(_ name: String) throws {
    let url = folder(name)
    if FileManager.default.fileExists(atPath: url.path) { try FileManager.default.removeItem(at: url) }
  }

  /// Whether anything is worth keeping; a folder that cannot be listed is not.
  private var hasFinishedSteps: Bool {
    let names = try? FileManager.default.contentsOfDirectory(atPath: directory.url.path)
    return (names ?? []).contains { !$0.hasPrefix(".") && !$0.hasSuffix(".part") && $0 != Self.keyFile }
  }
}

/// Where a step's products come from.
enum StepOrigin {
  case made
  /// The run that is resumed had made them.
  case resumed
  /// Linked from an earlier run.
  case reused(EarlierRun)
}

package enum StagedRunError: Error, Equatable, CustomStringConvertible {
  case otherIngredients(path: String, name: String, here: String, there: String)

  package var description: String {
    switch self {
    case .otherIngredients(let path, let name, let here, let there):
      "'\(path)' was begun with \(name) \(there), this run has \(here): it cannot be resumed so; "
        + "run with the settings and data of then, or leave --resume away to begin anew"
    }
  }
}

/// A step of a run of several, as the command that would make the same folder alone.
package enum EquivalentStep: Sendable {
  case preconditioners(IndexConfig)
  case build(IndexConfig, PreprocessConfig)
  case hessian(IndexConfig, HessianConfig)
  case score(ScoreConfig, IndexConfig, PreprocessConfig)
}

/// Files that whoever runs a pipeline of several steps wants in the folder of one, such as its `config.yaml`.
package typealias StepCompanions = @Sendable (EquivalentStep, SourceCommits) throws -> [String: String]
