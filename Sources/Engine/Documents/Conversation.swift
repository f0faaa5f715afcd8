/// A conversation as its chat template writes it, and where in that text the assistant speaks.
///
/// An answer may occur in the text before and after it is given, in a question or in another answer, so looking for it
/// finds the wrong place now and then. The template is asked instead: it writes the conversation once more with a mark in
/// the place of each answer, and what stands between the marks must stand between the answers too.
struct Conversation {
  let text: String
  /// Ranges of the text's Unicode scalars, in order.
  let answers: [Range<Int>]

  /// - Throws: `ConversationError` where the template does not write an answer as it is, and what `render` throws.
  init(_ messages: [JSONValue], render: ([JSONValue]) throws -> String) throws {
    text = try render(messages)
    let scalars = Array(text.unicodeScalars)
    // The private-use characters of plane 15, of which one at least is in no text that is shorter than there are.
    let used = Set(scalars).union(messages.flatMap { $0["content"]?.string?.unicodeScalars.map(\.self) ?? [] })
    guard let mark = (0xF0000...0xFFFFD).lazy.compactMap(Unicode.Scalar.init).first(where: { !used.contains($0) })
    else { throw ConversationError.noMark }

    var spoken: [String] = []
    let marked = try messages.enumerated().map { number, message in
      guard let members = message.object, members["role"]?.string == "assistant",
        let content = members["content"], content != .null
      else { return message }
      guard let answer = content.string else { throw ConversationError.notText(message: number + 1) }
      // A template may leave an empty message out, and there is nothing to learn of one.
      if answer.isEmpty { return message }
      let place = JSONValue.string("\(mark)\(spoken.count)\(mark)")
      spoken.append(answer)
      return .object(JSONObject(members.map { ($0.key, $0.key == "content" ? place : $0.value) }))
    }
    answers = try Self.places(of: spoken, in: scalars, marked: try render(marked), mark: mark)
  }

  private static func places(
    of answers: [String], in text: [Unicode.Scalar], marked: String, mark: Unicode.Scalar
  ) throws -> [Range<Int>] {
    // What is between answers and the numbers of answers, by turns.
    let parts = marked.unicodeScalars.split(separator: mark, omittingEmptySubsequences: false).map(Array.init)
    var places: [Range<Int>] = []
    var seen: Set<Int> = []
    guard parts.count % 2 == 1, text.starts(with: parts[0]) else { throw ConversationError.altered(answer: 1) }
    var position = parts[0].count
    for part in stride(from: 1, to: parts.count, by: 2) {
      var digits = String.UnicodeScalarView()
      digits.append(contentsOf: parts[part])
      guard let number = Int(String(digits)), answers.indices.contains(number) else {
        throw ConversationError.altered(answer: seen.count + 1)
      }
      let next = parts[part + 1]
      let isLast = part + 2 == parts.count
      // Templates commonly trim what they write.
      let ways = written(answers[number]).filter { way in
        let rest = text[position...]
        guard rest.starts(with: way) else { return false }
        let behind = rest.dropFirst(way.count)
        return isLast ? behind.elementsEqual(next) : behind.starts(with: next)
      }
      guard let way = ways.first else { throw ConversationError.altered(answer: number + 1) }
      places.append(position..<position + way.count)
      position += way.count + next.count
      seen.insert(number)
    }
    if let missing = answers.indices.first(where: { !seen.contains($0) }) {
      throw ConversationError.altered(answer: missing + 1)
    }
    return places
  }

  /// An answer as it is, and without white space at its ends.
  private static func written(_ answer: String) -> [[Unicode.Scalar]] {
    let whole = Array(answer.unicodeScalars)
    let start = whole.firstIndex { !$0.isPythonSpace } ?? whole.endIndex
    let end = (whole.lastIndex { !$0.isPythonSpace } ?? start - 1) + 1
    return [whole, Array(whole[..<end]), Array(whole[start...]), Array(whole[min(start, end)..<end])]
  }
}

/// What is wrong with a conversation; answers and messages count from 1.
package enum ConversationError: Error, Equatable, CustomStringConvertible {
  case notText(message: Int)
  case altered(answer: Int)
  case noMark

  package var description: String {
    switch self {
    case .notText(let message):
      "message \(message) is the assistant's and its content is no text, so that it cannot be learnt"
    case .altered(let answer):
      "the chat template does not write the assistant's answer \(answer) as it is, so that it is not known which tokens "
        + "to learn; expected the answer, but for white space at its ends"
    case .noMark:
      "it has every private-use character of Unicode's plane 15"
    }
  }
}
