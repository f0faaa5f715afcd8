/// A report in one of its forms.
package struct ReportRenderer: Sendable {
  private let templates: TemplateSet

  package init(templates: TemplateSet) {
    self.templates = templates
  }

  /// One file that needs no other, no network and no script.
  package func html(_ document: ReportDocument) throws -> String {
    try templates.render(document, as: .html)
  }

  package func html(_ document: ComparisonDocument) throws -> String {
    try templates.render(document, as: .html)
  }

  /// CommonMark with GitHub's tables.
  package func markdown(_ document: ReportDocument) throws -> String {
    try templates.render(document, as: .markdown)
  }

  package func markdown(_ document: ComparisonDocument) throws -> String {
    try templates.render(document, as: .markdown)
  }
}
