import Foundation
import Testing

@testable import Reports

/// The library renders a missing template and a missing name as nothing; here they are errors.
struct TemplateSetTests {
  private func directory(html: String, markdown: String = "x") throws -> TemporaryDirectory {
    let directory = try TemporaryDirectory()
    try directory.write(html, to: "html/report.mustache")
    try directory.write(markdown, to: "markdown/report.mustache")
    return directory
  }

  private func render(_ directory: TemporaryDirectory) throws -> (html: String, markdown: String) {
    let renderer = ReportRenderer(templates: try TemplateSet(directories: [directory.url]))
    let document = try FabricatedRun(name: "a*<b>").document()
    return (try renderer.html(document), try renderer.markdown(document))
  }

  @Test func textsAreEscapedForTheFormatInPartialsToo() throws {
    let directory = try directory(html: "{{title}} {{> part}}", markdown: "{{title}} {{> part}}")
    try directory.write("({{title}})", to: "html/part.mustache")
    try directory.write("({{title}})", to: "markdown/part.mustache")
    let (html, markdown) = try render(directory)
    #expect(html == "a*&lt;b&gt; (a*&lt;b&gt;)")
    #expect(markdown == "a\\*\\<b\\> (a\\*\\<b\\>)")
  }

  @Test func anAbsentValueDoesNotBorrowAnOuterOne() throws {
    // `error` of a notice is absent here; were it looked up further out, nothing would say so.
    let directory = try directory(html: "{{#notice}}[{{error}}{{^error}}none{{/error}}]{{/notice}}")
    #expect(try render(directory).html == "[none]")
  }

  @Test func aMissingRootIsAnError() throws {
    let directory = try TemporaryDirectory()
    try directory.write("x", to: "html/report.mustache")
    #expect(
      throws: ReportError.missingTemplate(
        name: "markdown/report", neededBy: "a report", directories: [directory.url.path])
    ) { try TemplateSet(directories: [directory.url]) }
  }

  @Test func aMissingPartialIsAnErrorThatNamesWhoNeedsIt() throws {
    let directory = try directory(html: "\n{{> chart}}")
    let file = directory.url.appending(path: "html/report.mustache").path
    #expect(
      throws: ReportError.missingTemplate(
        name: "html/chart", neededBy: "\(file):2", directories: [directory.url.path])
    ) { try TemplateSet(directories: [directory.url]) }
  }

  @Test func aMisspeltNameIsAnErrorEvenWhereNothingWouldBeRendered() throws {
    let directory = try directory(html: "{{#queries}}\n{{#queries}}{{headng}}{{/queries}}{{/queries}}")
    let error = #expect(throws: ReportError.self) { try TemplateSet(directories: [directory.url]) }
    guard case .unknownField(_, let line, let name, let known) = error else {
      Issue.record("\(String(describing: error))")
      return
    }
    #expect(line == 2)
    #expect(name == "headng")
    #expect(known.contains("heading") && known.contains("title"))
  }

  @Test(arguments: [
    ("{{contents}}", "contents", "is a list, expected a text; open it with {{#contents}}"),
    ("{{verdict}}", "verdict", "has fields, expected a text; open it with {{#verdict}}"),
    (
      "{{#evaluation}}{{#methods}}{{isBaseline}}{{/methods}}{{/evaluation}}", "isBaseline",
      "is true or false, expected a text; open it with {{#isBaseline}}"
    ),
    ("{{.}}", ".", "has fields, expected a text; open it with {{#.}}"),
  ])
  func aFieldUsedAsWhatItIsNotIsAnError(template: String, name: String, reason: String) throws {
    let directory = try directory(html: template)
    let file = directory.url.appending(path: "html/report.mustache").path
    #expect(throws: ReportError.wrongUse(file: file, line: 1, name: name, reason: reason)) {
      try TemplateSet(directories: [directory.url])
    }
  }

  @Test func picturesAreForHTMLOnly() throws {
    let chart = "{{#distribution}}{{chart}}{{/distribution}}"
    let fine = try directory(html: chart)
    _ = try TemplateSet(directories: [fine.url])
    let directory = try directory(html: "x", markdown: chart)
    let file = directory.url.appending(path: "markdown/report.mustache").path
    #expect(
      throws: ReportError.wrongUse(
        file: file, line: 1, name: "chart", reason: "is a picture, which only HTML can show")
    ) { try TemplateSet(directories: [directory.url]) }
  }

  @Test func templatesThatIncludeEachOtherAreAnError() throws {
    let directory = try directory(html: "{{> a}}")
    try directory.write("{{> b}}", to: "html/a.mustache")
    let b = try directory.write("\n{{> a}}", to: "html/b.mustache")
    #expect(throws: ReportError.partialCycle(file: b.path, line: 2, names: ["report", "a", "b", "a"])) {
      try TemplateSet(directories: [directory.url])
    }
  }

  @Test func aDirectoryWithoutTemplatesIsAnError() throws {
    let directory = try TemporaryDirectory()
    try directory.write("x", to: "report.mustache")
    for url in [directory.url, directory.url.appending(path: "nowhere")] {
      #expect(throws: ReportError.emptyTemplateDirectory(url.path)) {
        try TemplateSet(directories: [Repository.templates, url])
      }
    }
  }

  @Test func aTemplateThatIsNoTextIsAnError() throws {
    let directory = try directory(html: "x")
    let file = directory.url.appending(path: "html/report.mustache")
    try Data([0xFF, 0xFE, 0x00]).write(to: file)
    let error = #expect(throws: ReportError.self) { try TemplateSet(directories: [directory.url]) }
    guard case .unreadableTemplate(file.path, _) = error else {
      Issue.record("\(String(describing: error))")
      return
    }
  }

  @Test func aUsersTemplateTakesThePlaceOfOneFile() throws {
    let user = try TemporaryDirectory()
    try user.write("body { color: {{! mine }}teal }", to: "html/style.mustache")
    let renderer = ReportRenderer(templates: try TemplateSet(directories: [Repository.templates, user.url]))
    let html = try renderer.html(FabricatedRun.complete().document())
    #expect(html.contains("<style>\nbody { color: teal }</style>"))
    #expect(html.contains("<h1><bdi>facts-cosine</bdi></h1>"))
  }
}
