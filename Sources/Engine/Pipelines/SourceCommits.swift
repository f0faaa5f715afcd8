/// The commits of the hub that a run's model and documents had; nil for what lies on this disk. With them in its settings,
/// whoever reads the run later has the same model and the same rows, whatever the repositories have become.
package struct SourceCommits: Sendable, Equatable {
  package var model: String?
  package var dataset: String?

  package init(model: String? = nil, dataset: String? = nil) {
    self.model = model
    self.dataset = dataset
  }
}

/// Files that whoever runs a pipeline wants in the run directory, such as `config.yaml`: their texts by name.
package typealias Companions = @Sendable (SourceCommits) throws -> [String: String]
