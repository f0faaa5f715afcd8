/// Texts of data sets, made fit for a column.
enum Excerpt {
  /// SQLite's text functions, and C strings on the way to it, end at NUL: its visible picture takes its place.
  static func storable(_ text: String) -> String {
    guard text.utf8.contains(0) else { return text }
    return String(String.UnicodeScalarView(text.unicodeScalars.map { $0 == "\0" ? "\u{2400}" : $0 }))
  }

  /// At most `limit` Unicode scalars, cut between characters as a reader sees them: an emoji of several is kept or left
  /// out whole.
  static func beginning(of text: String, limit: Int) -> String {
    precondition(limit >= 0, "an excerpt of \(limit) characters")
    let scalars = text.unicodeScalars
    guard let end = scalars.index(scalars.startIndex, offsetBy: limit, limitedBy: scalars.endIndex),
      end < scalars.endIndex
    else { return storable(text) }
    // `index(after:)` starts from the character that `end` lies in, so this is where that character begins.
    let cut = text.index(before: text.index(after: end))
    return storable(String(text[..<cut]))
  }
}
