import Catalog
import Foundation
import Testing

@testable import Reports

/// Both forms of one report, word for word.
struct SnapshotTests {
  @Test func reportOfACompleteRunIsAsRecorded() throws {
    let run = try FabricatedRun.complete()
    var options = ReportOptions()
    options.queries = .first(2)
    let document = try run.document(options: options)
    let renderer = ReportRenderer(templates: try TemplateSet(directories: [Repository.templates]))
    try Snapshot.check(Snapshot.filtered(renderer.html(document), of: run.run), "complete.html")
    try Snapshot.check(Snapshot.filtered(renderer.markdown(document), of: run.run), "complete.md")
  }

  @Test func comparisonOfThreeRunsIsAsRecorded() throws {
    let compared = try FabricatedComparison.three()
    let document = try ComparisonBuilder(compared).document()
    let renderer = ReportRenderer(templates: try TemplateSet(directories: [Repository.templates]))
    for (text, name) in [
      (try renderer.html(document), "comparison.html"), (try renderer.markdown(document), "comparison.md"),
    ] {
      let filtered = compared.subjects.reduce(text) { Snapshot.filtered($0, of: $1.details.run) }
      try Snapshot.check(filtered, name)
    }
  }
}
