/// Settings that come from the run at `--processor_path`: rows are only comparable with its own where all of them are the
/// same.
import Engine
import Foundation

extension RunStep {
  /// The step with the projection of the processor that it names. Settings at their defaults give way, unless the command
  /// line gives them.
  ///
  /// - Parameter flags: values of the command line, by key.
  /// - Throws: `ConfigurationError.conflict` naming both values; the errors of `ProcessorConfig`.
  func takingProcessor(flags: [String: String] = [:]) throws -> RunStep {
    guard command.sections.contains(.index), !index.processorPath.isEmpty else { return self }
    let directory = URL(fileURLWithPath: index.processorPath)
    let processor = try ProcessorConfig(contentsOf: directory.appendingPathComponent(ProcessorConfig.fileName))
    let ours = index.processor
    let chosen = Set(ours.differences(from: IndexConfig().processor).map(\.key)).union(flags.keys)
    let normalizers = ProcessorConfig.CodingKeys.normalizers.rawValue
    for difference in ours.differences(from: processor) where difference.key != normalizers {
      guard chosen.contains(difference.key) else { continue }
      throw ConfigurationError.conflict(
        "--\(difference.key) \(difference.ours)", "--processor_path '\(index.processorPath)'",
        reason: "its gradients were made with \(difference.key) \(difference.theirs)")
    }
    var step = self
    step.index = index.taking(processor)
    return step
  }
}
