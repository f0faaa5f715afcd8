/// A mistake in `--where`, `--sort` or `--columns`, shown where it is.
import Catalog

struct RunQueryProblem: Error, CustomStringConvertible {
  let option: String
  let error: RunQueryError

  /// A longer text, or one of several lines, is not repeated.
  private static let shownLimit = 160

  var description: String {
    var words = "\(option): \(error)"
    if let (word, known) = error.misspelling, let nearest = Spelling.nearest(to: word, among: known) {
      words += "; did you mean '\(nearest)'?"
    }
    guard error.text.count <= Self.shownLimit, !error.text.contains(where: \.isNewline) else {
      return words + " (at character \(error.column))"
    }
    return words + "\n  " + error.text + "\n  " + String(repeating: " ", count: error.column - 1) + "^"
  }
}
