/// `bergson ekfac`: queries, a Kronecker-factored Hessian and scores under one run path.
import ArgumentParser
import Engine

struct Ekfac: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "ekfac",
    abstract:
      "Score documents against queries by a Kronecker-factored inverse Hessian, in four steps under one run path.",
    discussion: """
      Collects the queries' whole gradients (query), fits the factors (hessian/METHOD), applies the inverse to the \
      queries (METHOD_query) and scores the data against them (scores). --ev_correction makes it EK-FAC. With \
      --projection_dim, the last step is done in a sketch; 0 scores whole gradients.
      """)

  @OptionGroup var target: RunTargetOptions
  @OptionGroup(title: "Queries") var query: QuerySetOptions
  @OptionGroup(title: "Curvature") var hessian: HessianOptions
  @OptionGroup(title: "Curvature") var inversion: InversionOptions
  @OptionGroup(title: "Curvature") var resume: ResumeOptions
  @OptionGroup(title: "Scores") var products: ProductOptions
  @OptionGroup(title: "Model, data and collection") var index: IndexOptions
  @OptionGroup(title: "Catalog and output") var runName: RunNameOptions
  @OptionGroup(title: "Catalog and output") var reuse: ReuseOptions
  @OptionGroup(title: "Catalog and output") var global: GlobalOptions

  func makeConfiguration() throws -> (step: RunStep, notes: [String]) {
    try target.resolve(.ekfac, index: index) {
      query.override(&$0.hessianPipeline.query)
      hessian.override(&$0.hessian)
      inversion.override(&$0.hessianPipeline.inversionConfig)
      resume.resume.override(&$0.hessianPipeline.resume)
      products.override(&$0.score)
    }
  }

  func run() throws {
    let (step, notes) = try makeConfiguration()
    try RunSession(
      step: step, global: global, name: runName.runName, notes: notes, reuses: reuse.reuse ?? true
    ).run()
  }
}
