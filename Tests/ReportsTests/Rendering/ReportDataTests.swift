import Foundation
import Testing

@testable import Reports

/// The forms for programs say what the page says.
struct ReportDataTests {
  /// All `<data>` of a page, in order: the number and the words.
  private func figures(ofPage html: String) -> [[String]] {
    html.matches(of: /<data value="([^"]*)">([^<]*)<\/data>/).map { [String($0.1), String($0.2)] }
  }

  /// All numbers of the JSON form, in no order.
  private func figures(in value: Any) -> Set<[String]> {
    switch value {
    case let list as [Any]: return list.reduce(into: []) { $0.formUnion(figures(in: $1)) }
    case let object as [String: Any]:
      if let shown = object["shown"] as? String, let value = object["value"] as? Double {
        return [[Figure(value, shown).digits ?? "", shown]]
      }
      return object.values.reduce(into: []) { $0.formUnion(figures(in: $1)) }
    default: return []
    }
  }

  private func check(_ json: String, _ html: String) throws {
    let object = try #require(try JSONSerialization.jsonObject(with: Data(json.utf8)) as? [String: Any])
    #expect(object["bergsonReport"] as? Int == ReportData.version)
    let known = figures(in: object)
    let shown = figures(ofPage: html)
    #expect(shown.count > 20)
    for figure in shown where !known.contains(figure) {
      Issue.record("the page has \(figure[1]) for \(figure[0]), and the JSON form has not")
    }
    #expect(known.isSubset(of: Set(shown)), "JSON only: \(known.subtracting(shown).sorted { $0[0] < $1[0] })")
  }

  @Test func everyNumberOfAPageIsInItsJSONForm() throws {
    let renderer = ReportRenderer(templates: try TemplateSet(directories: [Repository.templates]))
    let run = try FabricatedRun.complete().document()
    try check(ReportData.json(run), renderer.html(run))
    let comparison = try ComparisonBuilder(FabricatedComparison.three()).document()
    try check(ReportData.json(comparison), renderer.html(comparison))
  }

  @Test func tablesHaveAllDigitsAndTheBoundsOfIntervals() throws {
    let files = ReportData.csv(try ComparisonBuilder(FabricatedComparison.three()).document())
    #expect(
      files.map(\.name) == [
        "runs.csv", "settings.csv", "agreement-orders.csv", "agreement-tops.csv", "agreement.csv", "cost.csv",
        "movers.csv",
      ])
    let lines = try #require(files.first { $0.name == "agreement.csv" }).text.split(separator: "\r\n")
    #expect(lines[0].hasPrefix("Runs,Spearman,Spearman low,Spearman high,Kendall τ-b,"))
    #expect(lines[1].hasPrefix("A and B (noise ceiling),0.71,0.6399999999999999,0.7899999999999999,0.52,"))
    #expect(lines[4] == "Chance,0,,,0,,,0.05,,,0.5,,,")
  }

  @Test func theTablesOfARunAreItsDocumentsAndWhatElseItShows() throws {
    let files = ReportData.csv(try FabricatedRun.complete().document())
    let documents = try #require(files.first { $0.name == "documents.csv" })
    #expect(documents.text.contains("Query 0,highest,1,0.41234,17,"))
    #expect(Set(files.map(\.name)).count == files.count)
  }
}
