/// Texts of data sets, cut for reading.

enum TextExcerpt {
  /// Scalars and lines that are shown without being asked for.
  private static let shortLength = 280
  private static let shortLines = 6

  static func text(_ text: String) -> ReportDocument.Text {
    let isLong =
      text.unicodeScalars.count > shortLength || text.count(where: \.isNewline) >= shortLines
    return ReportDocument.Text(
      beginning: beginning(of: text, limit: 160), passage: Passage(text), isLong: isLong)
  }

  /// The first words on one line, with an ellipsis where more follows.
  static func beginning(of text: String, limit: Int) -> String {
    var line = ""
    var length = 0
    var needsSpace = false
    for character in text {
      if character.isWhitespace {
        needsSpace = !line.isEmpty
        continue
      }
      // A letter with a thousand accents is one character; do not let it through.
      let cost = character.unicodeScalars.count + (needsSpace ? 1 : 0)
      if length + cost > limit { return line + "…" }
      if needsSpace { line.append(" ") }
      line.append(character)
      length += cost
      needsSpace = false
    }
    return line.isEmpty ? "(blank)" : line
  }
}
