/// The words of a condition: quoted texts, operators, and everything between blanks and those.
struct RunExpressionLexer {
  struct Token: Equatable {
    enum Kind: Equatable {
      /// A keyword, name, number or unquoted text: which one, the parser knows from its place.
      case word
      /// In quotes, which are taken off.
      case text
      /// `(`, `)`, `,` and the comparison operators.
      case symbol
      case end
    }

    let kind: Kind
    let value: String
    /// From 1, in characters.
    let column: Int

    /// For messages.
    var description: String {
      switch kind {
      case .end: "the end"
      case .text: "the text '\(value)'"
      case .word, .symbol: "'\(value)'"
      }
    }

    func isWord(_ keyword: String) -> Bool { kind == .word && value.lowercased() == keyword }
  }

  static let lengthLimit = 65_536
  private static let symbols = ["!=", "!~", "<=", ">=", "<>", "==", "=", "<", ">", "~", "(", ")", ","]

  /// - Returns: All tokens; the last is `.end`.
  /// - Throws: `RunQueryError`.
  static func tokens(of text: String) throws -> [Token] {
    guard text.utf8.count <= lengthLimit else {
      throw RunQueryError(text: "", column: 1, reason: .tooLong(limit: lengthLimit))
    }
    let characters = Array(text)
    var tokens: [Token] = []
    var position = 0
    while position < characters.count {
      let character = characters[position]
      if character.isWhitespace {
        position += 1
      } else if character == "'" || character == "\"" {
        tokens.append(try quoted(characters, at: &position, text: text))
      } else if let symbol = symbols.first(where: { characters[position...].starts(with: $0) }) {
        tokens.append(Token(kind: .symbol, value: symbol, column: position + 1))
        position += symbol.count
      } else if character == "!" {
        throw RunQueryError(
          text: text, column: position + 1, reason: .unexpected(found: "'!'", expected: "'!=', '!~' or 'not'"))
      } else {
        let start = position
        while position < characters.count, isPartOfWord(characters[position]) { position += 1 }
        tokens.append(Token(kind: .word, value: String(characters[start..<position]), column: start + 1))
      }
    }
    return tokens + [Token(kind: .end, value: "", column: characters.count + 1)]
  }

  private static func isPartOfWord(_ character: Character) -> Bool {
    !character.isWhitespace && !"'\"!=<>~(),".contains(character)
  }

  /// A text in quotes, which stands twice for once inside: `'it''s'`.
  private static func quoted(_ characters: [Character], at position: inout Int, text: String) throws -> Token {
    let (start, quote) = (position, characters[position])
    var value = ""
    position += 1
    while position < characters.count {
      if characters[position] != quote {
        value.append(characters[position])
      } else if position + 1 < characters.count, characters[position + 1] == quote {
        value.append(quote)
        position += 1
      } else {
        position += 1
        return Token(kind: .text, value: value, column: start + 1)
      }
      position += 1
    }
    throw RunQueryError(text: text, column: start + 1, reason: .unterminatedText)
  }
}
