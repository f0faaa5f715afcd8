/// What is wrong with the text of a `--where` or `--sort`, and where.
package struct RunQueryError: Error, Equatable, CustomStringConvertible {
  package enum Reason: Sendable, Equatable {
    case unexpected(found: String, expected: String)
    case unterminatedText
    case tooLong(limit: Int)
    case tooDeep(limit: Int)
    case tooMany(limit: Int)
    case unknownField(String, known: [String])
    /// No run of the catalog has a setting (`config.`) or metric (`metrics.`) of the name.
    case noRunHas(String, known: [String])
    case ambiguousSetting(String, choices: [String])
    case notANumber(field: String, found: String)
    case notADate(field: String, found: String)
    case unknownState(String, known: [String])
    /// A field that has several values for a run gives no order.
    case noOrder(field: String)
  }

  /// The text that was given.
  package let text: String
  /// Character of the mistake in it, from 1.
  package let column: Int
  package let reason: Reason

  package var description: String {
    switch reason {
    case .unexpected(let found, let expected): "found \(found), expected \(expected)"
    case .unterminatedText: "a quoted text begins here and does not end"
    case .tooLong(let limit): "the text is longer than \(limit) characters"
    case .tooDeep(let limit): "parentheses and nots are nested deeper than \(limit)"
    case .tooMany(let limit): "there are more than \(limit) comparisons and values"
    case .unknownField(let name, _):
      "'\(name)' is no field of a run; settings are written as in config.projection_dim, measures as in metrics.tokens"
    case .noRunHas(let name, _): "no run of the catalog has '\(name)'"
    case .ambiguousSetting(let name, let choices):
      "'\(name)' could be \(choices.joined(separator: " or ")); write one of them"
    case .notANumber(let field, let found): "\(field) is a number, found '\(found)'"
    case .notADate(let field, let found):
      "\(field) is a time, expected as in '2026-11-24' or '2026-11-24 05:21', found '\(found)'"
    case .unknownState(let found, let known): "'\(found)' is no state, expected one of \(known.joined(separator: ", "))"
    case .noOrder(let field): "a run may have several of '\(field)', which gives no order"
    }
  }

  /// A word that was not known, and those that are: for a suggestion.
  package var misspelling: (word: String, known: [String])? {
    switch reason {
    case .unknownField(let word, let known), .noRunHas(let word, let known), .unknownState(let word, let known):
      (word, known)
    default: nil
    }
  }
}
