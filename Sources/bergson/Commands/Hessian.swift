/// `bergson hessian`: the curvature of the loss, approximated.
import ArgumentParser

struct Hessian: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "hessian",
    abstract: "Approximate the curvature of the loss.",
    discussion: """
      Writes Kronecker factors with their eigenvectors and eigenvalues to RUN_PATH/METHOD, for --preconditioner_path of \
      the other commands.
      """)

  @OptionGroup var target: RunTargetOptions
  @OptionGroup(title: "Curvature") var hessian: HessianOptions
  @OptionGroup(title: "Model, data and collection") var index: IndexOptions
  @OptionGroup(title: "Catalog and output") var runName: RunNameOptions
  @OptionGroup(title: "Catalog and output") var reuse: ReuseOptions
  @OptionGroup(title: "Catalog and output") var global: GlobalOptions

  func makeConfiguration() throws -> (step: RunStep, notes: [String]) {
    try index.refuseProducts(of: .hessian)
    return try target.resolve(.hessian, index: index) { hessian.override(&$0.hessian) }
  }

  func run() throws {
    let (step, notes) = try makeConfiguration()
    try RunSession(
      step: step, global: global, name: runName.runName, notes: notes, reuses: reuse.reuse ?? true
    ).run()
  }
}
