/// `bergson trackstar`: preconditioners, queries and scores of a sketch under one run path.
import ArgumentParser
import Engine

struct Trackstar: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "trackstar",
    abstract: "Score documents against queries by preconditioned sketches, in five steps under one run path.",
    discussion: """
      Fits the autocorrelation of the data's gradients (value_hessian) and of the queries' (query_hessian), mixes them \
      (mixed_hessian), indexes the queries (query) and scores the data against them (scores). Each data set goes through \
      the model once.
      """)

  @OptionGroup var target: RunTargetOptions
  @OptionGroup(title: "Queries") var query: QuerySetOptions
  @OptionGroup(title: "TrackStar") var trackstar: TrackstarOptions
  @OptionGroup(title: "TrackStar") var resume: ResumeOptions
  @OptionGroup(title: "Rows") var norms: NormOptions
  @OptionGroup(title: "Rows") var inversion: InversionOptions
  @OptionGroup(title: "Scores") var products: ProductOptions
  @OptionGroup(title: "Model, data and collection") var index: IndexOptions
  @OptionGroup(title: "Catalog and output") var runName: RunNameOptions
  @OptionGroup(title: "Catalog and output") var reuse: ReuseOptions
  @OptionGroup(title: "Catalog and output") var global: GlobalOptions

  func makeConfiguration() throws -> (step: RunStep, notes: [String]) {
    try target.resolve(.trackstar, index: index) {
      query.override(&$0.trackstar.query)
      trackstar.override(&$0.trackstar)
      resume.resume.override(&$0.trackstar.resume)
      norms.override(&$0.trackstar.preprocess)
      inversion.override(&$0.trackstar.preprocess.inversionConfig)
      products.override(&$0.trackstar.score)
    }
  }

  func run() throws {
    let (step, notes) = try makeConfiguration()
    try RunSession(
      step: step, global: global, name: runName.runName, notes: notes, reuses: reuse.reuse ?? true
    ).run()
  }
}
