import Testing

@testable import Reports

struct TemplateTagTests {
  @Test func sectionsHoldTheirTags() throws {
    let tags = try TemplateTag.read(
      "a {{! {{#no}} \n{{ b }}\n{{#c}}{{.}}{{^d.e}}{{> f-g}}{{/d.e}}\n{{/ c }}", file: "t")
    #expect(tags.map(\.name) == ["b", "c"])
    #expect(tags.map(\.line) == [2, 3])
    guard case .section(let inner) = tags[1].kind else {
      Issue.record("'c' is no section")
      return
    }
    #expect(inner.map(\.name) == [".", "d.e"])
    #expect(inner[1].kind == .inverted([TemplateTag(kind: .partial, name: "f-g", line: 3)]))
  }

  @Test(arguments: [
    ("a\n{{b", 2, "'{{' without '}}'"),
    ("{{{b}}}", 1, "texts cannot be left unescaped; write {{name}}"),
    ("{{&b}}", 1, "texts cannot be left unescaped; write {{name}}"),
    ("{{% CONTENT_TYPE: HTML}}", 1, "'{{%' is not for reports, expected a name, '#', '^', '/', '>' or '!'"),
    ("{{=<% %>=}}", 1, "'{{=' is not for reports, expected a name, '#', '^', '/', '>' or '!'"),
    ("{{#first()}}", 1, "'#first()' is no name, expected letters, with dots between names of fields"),
    ("{{}}", 1, "'' is no name, expected letters, with dots between names of fields"),
    ("{{#a}}\n{{#b}}\n{{/a}}", 3, "'{{/a}}' closes nothing that is open here"),
    ("\n{{#a}}\n\n", 2, "'a' is opened here and never closed"),
    ("{{/a}}", 1, "'{{/a}}' closes nothing that is open here"),
  ])
  func whatIsNoTemplateIsRefusedWithItsLine(text: String, line: Int, reason: String) {
    #expect(throws: ReportError.templateSyntax(file: "t", line: line, reason: reason)) {
      try TemplateTag.read(text, file: "t")
    }
  }
}
