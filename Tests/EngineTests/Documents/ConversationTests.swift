import Testing

@testable import Engine

@Suite struct ConversationTests {
  private func messages(_ turns: [(role: String, content: String)]) -> [JSONValue] {
    turns.map { .object(["role": .string($0.role), "content": .string($0.content)]) }
  }

  /// ChatML, with a change of what is said.
  private func chat(_ messages: [JSONValue], _ change: (String) -> String = { $0 }) -> String {
    messages.map { "<\($0["role"]?.string ?? "")>" + change($0["content"]?.string ?? "none") + "</>" }.joined()
  }

  private func answers(_ conversation: Conversation) -> [String] {
    let scalars = Array(conversation.text.unicodeScalars)
    return conversation.answers.map { range in
      var text = String.UnicodeScalarView()
      text.append(contentsOf: scalars[range])
      return String(text)
    }
  }

  /// How often an answer's text stands in front of the place where it was found.
  private func occurrencesBefore(_ conversation: Conversation) -> [Int] {
    zip(conversation.answers, answers(conversation)).map { range, answer in
      String(conversation.text.prefix(range.lowerBound)).split(separator: answer, omittingEmptySubsequences: false)
        .count
        - 1
    }
  }

  @Test func answersAreFoundWhereTheyAreGiven() throws {
    let repeated = try Conversation(
      messages([("user", "Repeat: yes"), ("assistant", "yes"), ("user", "Again: yes"), ("assistant", "yes")])
    ) { chat($0) }
    #expect(answers(repeated) == ["yes", "yes"] && occurrencesBefore(repeated) == [1, 3])
    // The later question has the answer again: looking from the end finds it there.
    let later = try Conversation(
      messages([("user", "Name a bird."), ("assistant", "Owl"), ("user", "Owl? Why?"), ("assistant", "They fly.")])
    ) { chat($0) }
    #expect(answers(later) == ["Owl", "They fly."] && occurrencesBefore(later) == [0, 0])
    // The template's own words have the question and the answer: looking from the start finds them there.
    let role = try Conversation(messages([("user", "s"), ("assistant", "a")])) { chat($0) }
    #expect(answers(role) == ["a"] && role.answers[0].lowerBound == "<user>s</><assistant>".count)
  }

  @Test func positionsCountUnicodeScalars() throws {
    let conversation = try Conversation(messages([("user", "e\u{301}🇩🇪"), ("assistant", "👩‍🚀 né")])) { chat($0) }
    #expect(answers(conversation) == ["👩‍🚀 né"])
  }

  @Test func whiteSpaceThatTheTemplateTrimsIsNotPartOfTheAnswer() throws {
    let turns = messages([("user", "q"), ("assistant", " \n an answer\t"), ("assistant", " ")])
    let conversation = try Conversation(turns) { chat($0) { $0.trimmingPythonSpace } }
    #expect(answers(conversation) == ["an answer", ""])
    let kept = try Conversation(turns) { chat($0) }
    #expect(answers(kept) == [" \n an answer\t", " "])
  }

  @Test func whatIsNotSaidIsNotLearnt() throws {
    let turns = [
      JSONValue.object(["role": .string("assistant"), "content": .null]), .object(["role": .string("assistant")]),
      .object(["role": .string("assistant"), "content": .string("")]),
      .object(["role": .string("tool"), "content": .string("x")]),
    ]
    #expect(try Conversation(turns) { chat($0) }.answers.isEmpty)
  }

  @Test func answersThatTheTemplateChangesOrLeavesOutAreErrors() {
    let turns = messages([("user", "q"), ("assistant", "One"), ("user", "q"), ("assistant", "<i>Two</i>")])
    #expect(throws: ConversationError.altered(answer: 2)) {
      try Conversation(turns) { chat($0) { $0.replacing("<i>", with: "").replacing("</i>", with: "") } }
    }
    #expect(throws: ConversationError.altered(answer: 1)) { try Conversation(turns) { chat($0) { $0.uppercased() } } }
    #expect(throws: ConversationError.altered(answer: 1)) { try Conversation(turns) { chat(Array($0.suffix(2))) } }
    let parts = JSONValue.object(["role": .string("assistant"), "content": .array([.string("part")])])
    #expect(throws: ConversationError.notText(message: 1)) { try Conversation([parts]) { chat($0) } }
  }

  @Test func privateUseCharactersOfTheTextAreNoMarks() throws {
    let odd = "\u{F0000}0\u{F0000}\u{F0001}"
    let conversation = try Conversation(messages([("user", odd), ("assistant", "\u{F0002}" + odd)])) { chat($0) }
    #expect(answers(conversation) == ["\u{F0002}" + odd])
  }
}

extension String {
  fileprivate var trimmingPythonSpace: String {
    let scalars = unicodeScalars
    guard let first = scalars.firstIndex(where: { !$0.isPythonSpace }),
      let last = scalars.lastIndex(where: { !$0.isPythonSpace })
    else { return "" }
    return String(scalars[first...last])
  }
}
