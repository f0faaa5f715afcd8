/// What a run says about itself when it begins; the catalog adds id, times and process.
package struct RunRegistration: Sendable, Equatable {
  /// The subcommand, as in `build`.
  package var command: String
  /// Unique among all runs; none for a run without one.
  package var name: String?
  /// The run directory; relative paths are taken from `workingDirectory`.
  package var path: String?
  package var configYAML: String
  package var commandLine: [String]
  /// Absolute.
  package var workingDirectory: String
  /// Version of bergson.
  package var version: String
  /// Kernels that the BLAS library chose for the processor.
  package var kernels: String
  package var processorModel: String
  package var coreCount: Int

  package init(
    command: String, name: String? = nil, path: String? = nil, configYAML: String, commandLine: [String],
    workingDirectory: String, version: String, kernels: String, processorModel: String, coreCount: Int
  ) {
    self.command = command
    self.name = name
    self.path = path
    self.configYAML = configYAML
    self.commandLine = commandLine
    self.workingDirectory = workingDirectory
    self.version = version
    self.kernels = kernels
    self.processorModel = processorModel
    self.coreCount = coreCount
  }
}
