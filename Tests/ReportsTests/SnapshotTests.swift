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
}
