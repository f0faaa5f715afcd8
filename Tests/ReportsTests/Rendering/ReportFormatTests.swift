import Testing

@testable import Reports

/// What texts from data become in each form.
struct ReportFormatTests {
  @Test(arguments: [
    ("<script>alert('x')</script>", "&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;"),
    ("\"><img src=x onerror=y>", "&quot;&gt;&lt;img src=x onerror=y&gt;"),
    ("&lt;", "&amp;lt;"),
    // One Character each, and neither "<" nor "\"".
    ("<\u{0338}b", "&lt;\u{0338}b"), ("\"\u{0301}", "&quot;\u{0301}"),
    ("{{title}}", "{{title}}"),
    ("a\nb\tc\r\nd", "a b c d"), ("a\rb", "a␍b"),
  ])
  func htmlKeepsTextAsText(text: String, escaped: String) {
    #expect(ReportFormat.html.inline(text).unicodeScalars.elementsEqual(escaped.unicodeScalars))
  }

  @Test(arguments: [
    ("\0\u{1}\u{1B}[31m\u{7F}", "␀␁␛[31m␡"), ("a\u{202E}b\u{2066}c", "a⟨U+202E⟩b⟨U+2066⟩c"),
    ("\u{85}\u{2028}", "⟨U+0085⟩⟨U+2028⟩"), ("\u{FFFE}\u{10FFFF}", "⟨U+FFFE⟩⟨U+10FFFF⟩"),
    ("\u{200F}שלום 👨‍👩‍👧 \u{0301}", "\u{200F}שלום 👨‍👩‍👧 \u{0301}"), ("1\n2\t3\r\n4\r", "1\n2\t3\n4␍"),
  ])
  func whatCannotBeSeenIsMadeVisible(text: String, visible: String) {
    #expect(ReportFormat.html.passage(text).unicodeScalars.elementsEqual(visible.unicodeScalars))
  }

  @Test(arguments: [
    ("# a", "\\# a"), ("a | b", "a \\| b"), ("*a* _b_ ~c~ `d`", "\\*a\\* \\_b\\_ \\~c\\~ \\`d\\`"),
    ("[a](b) ![c](d)", "\\[a\\](b) !\\[c\\](d)"), ("<b>&amp;</b>", "\\<b\\>\\&amp;\\</b\\>"), ("\\", "\\\\"),
    ("- a", "\\- a"), ("+ a", "\\+ a"), ("-", "\\-"), ("---", "\\---"), ("===", "\\==="), ("1. a", "1\\. a"),
    ("12) a", "12\\) a"), ("> a", "\\> a"), ("$x$", "\\$x\\$"), ("a\n# b", "a \\# b"), ("    code", "    code"),
    ("https://x.org", "https\\://x.org"), ("www.x.org WWW.y", "www\\.x.org WWW\\.y"),
    // Numbers and words stay as they are.
    ("-0.1200", "-0.1200"), ("12.5", "12.5"), ("1.235e-5", "1.235e-5"), ("a - b = c. d", "a - b = c. d"),
  ])
  func markdownKeepsTextAsText(text: String, escaped: String) {
    #expect(ReportFormat.markdown.inline(text) == escaped)
  }

  @Test func fencesAreLongerThanAnyInTheText() {
    #expect(ReportFormat.markdown.passage("a") == "```text\na\n```")
    #expect(ReportFormat.markdown.passage("```\n</details>\n````x") == "`````text\n```\n</details>\n````x\n`````")
    #expect(ReportFormat.markdown.passage("```\u{0301}").hasPrefix("````text\n"))
  }
}
