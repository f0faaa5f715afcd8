import Foundation
import Testing

@testable import Reports

/// The forms for programs say what the page says.
struct ReportDataTests {
  /// All `<data>` of a page, in order: the number and the words.
  private func figures(ofPage html: String) -> [[String]] {
    html.matches(of: /<data value="([^"]*)">([^<]*)<\/data>/).map { [String($0.1), String($0.2)] }
  }

  /// All numbers of the JSON form, by its text: a reader of JSON may round them.
  private func figures(ofJSON json: String) -> Set<[String]> {
    Set(
      json.matches(of: /"shown" : "([^"]*)",\s*"value" : ([-+.0-9eE]+)/).map { match in
        [Double(match.2).flatMap { Figure($0, "").digits } ?? "", String(match.1)]
      })
  }

  private func check(_ json: String, _ html: String) throws {
    let object = try #require(try JSONSerialization.jsonObject(with: Data(json.utf8)) as? [String: Any])
    #expect(object["bergsonReport"] as? Int == ReportData.version)
    let known = figures(ofJSON: json)
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
