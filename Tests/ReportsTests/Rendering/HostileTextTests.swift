import Catalog
import Foundation
import Testing

@testable import Reports

/// Texts that want to be more than text: a report of them has exactly the structure of one with harmless texts.
struct HostileTextTests {
  static let texts = [
    "</bdi></td></table><script>alert(1)</script><style>*{display:none}</style><!--",
    "\"\u{0301} onmouseover=\"x\" '\u{0301} <\u{0338}svg onload=x>",
    "\u{202E}\u{2067}evil\u{2069}\u{0}\u{1}\u{7F}\u{85}\u{2028}\u{FFFE}",
    "{{title}} {{#queries}} {{{chart}}} {{% CONTENT_TYPE: HTML}}",
    "| a | b |\n| - | - |\n\n# heading\n- item\n1. item\n\n    code\n***\n[x]: http://y\n<details>",
    "``````\n````text\n~~~\n",
    "👨‍👩‍👧‍👦🏳️‍🌈\u{E0067}" + String(repeating: "e\u{0301}\u{0301}", count: 20),
    String(repeating: "x", count: 100_000),
    "  ", "\n",
  ]

  /// A run all of whose texts are the given one.
  private func document(_ text: String) throws -> ReportDocument {
    var run = try FabricatedRun.complete()
    run.publication.queries = []
    run.publication.hits = []
    run.publication.documents = []
    let query = run.add(query: text)
    run.add(document: text, row: 1)
    run.add(hits: [(1, 0.5)], .top, to: query)
    run.add(hits: [(1, -0.5)], .bottom, to: query)
    run.add(evaluation: text, 0.5)
    run.results.warnings = [text]
    run.results.models[0].path = text
    run.results.models[0].architecture = text
    run.results.datasets[0].path = text
    run.results.metrics.append(MetricRecord(runID: run.run.id, name: text, value: 1, unit: text))
    let (details, publication) = try run.finished()
    var renamed = details
    renamed.run.name = text
    renamed.run.commandLine = [text]
    renamed.run.configYAML = text
    return try ReportBuilder(renamed, publication).document()
  }

  /// As long as the text and with as many lines, of letters only.
  private func harmless(_ text: String) -> String {
    String(text.map { $0.isWhitespace ? $0 : "x" })
  }

  private func tags(_ html: String) -> [Substring] {
    html.matches(of: /<[^>]*>/).map(\.output)
  }

  @Test(arguments: texts)
  func htmlHasTheSameTagsWhateverTheTexts(text: String) throws {
    let renderer = ReportRenderer(templates: try TemplateSet(directories: [Repository.templates]))
    let hostile = try renderer.html(document(text))
    var plain = try document(text)
    plain.title = "x"
    // Folding depends on length alone; texts themselves must not matter.
    func tame(_ text: inout ReportDocument.Text) {
      text.beginning = "x"
      text.passage = Passage("x")
    }
    for index in plain.queries?.queries.indices ?? 0..<0 {
      guard var query = plain.queries?.queries[index] else { continue }
      tame(&query.text)
      if var document = query.strongest?.hits[0].text {
        tame(&document)
        query.strongest?.hits[0].text = document
      }
      if var document = query.weakest?.hits[0].text {
        tame(&document)
        query.weakest?.hits[0].text = document
      }
      plain.queries?.queries[index] = query
    }
    plain.warnings?.messages = ["x"]
    plain.provenance.groups = plain.provenance.groups.map { group in
      var group = group
      group.facts = group.facts.map { fact in
        .init(label: "x", value: fact.value.value.map { Figure($0, "x") } ?? Figure(words: "x"))
      }
      return group
    }
    #expect(try tags(hostile) == tags(renderer.html(plain)))
    #expect(!hostile.unicodeScalars.contains { $0.value < 0x20 && $0 != "\n" && $0 != "\t" })
  }

  @Test(arguments: texts)
  func markdownHasTheSameLinesOutsideOfFences(text: String) throws {
    let renderer = ReportRenderer(templates: try TemplateSet(directories: [Repository.templates]))
    let hostile = try outsideOfFences(renderer.markdown(document(text)))
    let plain = try outsideOfFences(renderer.markdown(document("x")))
    #expect(hostile.count == plain.count)
    for (line, expected) in zip(hostile, plain) {
      #expect(cells(line) == cells(expected))
      #expect(line.prefix(2) == expected.prefix(2) || expected.first?.isLetter == true)
    }
  }

  /// Bars that part cells.
  private func cells(_ line: Substring) -> Int {
    line.replacing("\\\\", with: "").replacing("\\|", with: "").count { $0 == "|" }
  }

  /// Reads fences as CommonMark does: one closes with at least as many backticks as opened it.
  private func outsideOfFences(_ markdown: String) -> [Substring] {
    var outside: [Substring] = []
    var fence = 0
    for line in markdown.split(separator: "\n", omittingEmptySubsequences: false) {
      let ticks = line.prefix { $0 == "`" }.count
      if fence == 0, ticks >= 3 {
        fence = ticks
      } else if fence > 0, ticks >= fence, line.allSatisfy({ $0 == "`" }) {
        fence = 0
      } else if fence == 0 {
        outside.append(line)
      }
    }
    return outside
  }

  @Test func pagesOfManyLongTextsAreMadeInSeconds() throws {
    var run = try FabricatedRun()
    for number in 0..<20 {
      let query = run.add(query: "query \(number)")
      run.add(hits: (0..<10).map { ($0, 1 - Double($0) / 10) }, .top, to: query)
    }
    for row in 0..<10 { run.add(document: String(repeating: "<a&\"> ", count: 2_000), row: row) }
    let document = try run.document()
    let renderer = ReportRenderer(templates: try TemplateSet(directories: [Repository.templates]))
    // 200 documents of 12 kB, half of it to be escaped: seconds unoptimised, minutes if anything were quadratic.
    let elapsed = try ContinuousClock().measure { _ = try renderer.html(document) }
    #expect(elapsed < .seconds(30))
  }
}
