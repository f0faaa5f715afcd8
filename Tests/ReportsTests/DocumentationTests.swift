import Foundation
import Testing

@testable import Reports

/// `docs/reports.md` is what authors of templates go by.
struct DocumentationTests {
  @Test func everyFieldOfAReportIsDocumented() throws {
    let text = try String(contentsOf: Repository.root.appending(path: "docs/reports.md"), encoding: .utf8)
    let fields = names(of: TemplateSchema(of: ReportDocument.self)).union(
      names(of: TemplateSchema(of: ComparisonDocument.self)))
    let missing = fields.filter { !text.contains("`\($0)`") }
    #expect(missing.isEmpty, "not in docs/reports.md: \(missing.sorted())")
  }

  private func names(of schema: TemplateSchema) -> Set<String> {
    switch schema {
    case .text, .markup, .flag: []
    case .list(let element): names(of: element)
    case .object(let fields): fields.values.reduce(into: Set(fields.keys)) { $0.formUnion(names(of: $1)) }
    }
  }
}
