/// The forms a report takes, and how text that comes from data is kept from being anything but text in each.
package enum ReportFormat: String, CaseIterable, Sendable {
  case html, markdown

  /// Text within a line.
  func inline(_ text: String) -> String {
    let visible = VisibleText.oneLine(text)
    return switch self {
    case .html: HTMLText.escaped(visible)
    case .markdown: MarkdownText.escaped(visible)
    }
  }

  /// A number, in HTML with all of its digits behind the words.
  func figure(_ figure: Figure) -> String {
    guard self == .html, let digits = figure.digits else { return inline(figure.shown) }
    return "<data value=\"\(digits)\">\(inline(figure.shown))</data>"
  }

  /// Text that keeps its lines. In Markdown it comes with the fences around it and has to stand on lines of its own.
  func passage(_ text: String) -> String {
    let visible = VisibleText.lines(text)
    return switch self {
    case .html: HTMLText.escaped(visible)
    case .markdown: MarkdownText.fenced(visible)
    }
  }
}
