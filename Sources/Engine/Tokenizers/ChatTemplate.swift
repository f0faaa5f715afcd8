/// The text that a model was trained to read for a conversation: a Jinja template and the special tokens that it names.
///
/// Rendered as `apply_chat_template` of transformers 5 does: without tools and documents, with keys of null left out of
/// the messages, and with reasoning under each of the names that templates read.
package struct ChatTemplate: Sendable {
  /// A template that cannot be read is a matter of whoever uses it: a tokenizer has other uses.
  private let template: Result<JinjaTemplate, ChatTemplateError>
  private let specialTokens: [String: String]
  private let file: String

  /// - Parameters:
  ///   - source: a Jinja template.
  ///   - specialTokens: by the name that templates have for them, such as `bos_token`.
  ///   - file: what the template was read from, for the complaints.
  package init(source: String, specialTokens: [String: String], file: String = "chat template") {
    self.init(.success(source), specialTokens: specialTokens, file: file)
  }

  init(_ source: Result<String, ChatTemplateError>, specialTokens: [String: String], file: String) {
    template = source.flatMap { source in
      Result { try JinjaTemplate(source, options: .chat) }.mapError { ChatTemplateError.template(file: file, "\($0)") }
    }
    self.specialTokens = specialTokens
    self.file = file
  }

  /// The conversation as text, with what makes a model answer at its end where `addGenerationPrompt` asks for it.
  ///
  /// - Parameter messages: objects, as a rule with `role` and `content`. The template sees them as they are.
  /// - Throws: `ChatTemplateError`.
  package func render(messages: [JSONValue], addGenerationPrompt: Bool) throws(ChatTemplateError) -> String {
    let template = try template.get()
    guard !messages.isEmpty else { throw .noMessages }
    var prepared: [JinjaValue] = []
    for (index, message) in messages.enumerated() {
      guard let members = message.object else { throw .notAMessage(index: index, found: message.kind) }
      prepared.append(JinjaValue(.object(Self.prepared(members))))
    }
    var variables: [String: JinjaValue] = specialTokens.mapValues { .string($0) }
    variables["messages"] = .list(JinjaList(unchecked: prepared))
    variables["tools"] = .null
    variables["documents"] = .null
    variables["add_generation_prompt"] = .bool(addGenerationPrompt)
    do {
      return try template.render(variables)
    } catch {
      throw .template(file: file, "\(error)")
    }
  }

  /// The names of a message's reasoning; the first is the one that templates read by now.
  private static let reasoningNames = ["reasoning_content", "thinking", "reasoning"]

  private static func prepared(_ message: JSONObject) -> JSONObject {
    let members = message.filter { $0.value != .null }
    guard let reasoning = reasoningNames.lazy.compactMap({ message[$0] }).first(where: { $0 != .null }) else {
      return JSONObject(members)
    }
    // In the order in which transformers makes the dictionary, for templates that print all of it.
    let others = members.filter { $0.key != "thinking" }
      .map { ($0.key, $0.key == "reasoning_content" ? reasoning : $0.value) }
    let hasContent = others.contains { $0.0 == "reasoning_content" }
    return JSONObject(
      [("thinking", message["thinking"].flatMap { $0 == .null ? nil : $0 } ?? reasoning)] + others
        + (hasContent ? [] : [("reasoning_content", reasoning)]))
  }
}

/// What keeps a conversation from becoming a text.
package enum ChatTemplateError: Error, Equatable, Sendable {
  /// The reason is that of the template, with the line.
  case template(file: String, String)
  case malformed(file: String, String)
  case noDefault(file: String, names: [String])
  case noMessages
  case notAMessage(index: Int, found: String)
}

extension ChatTemplateError: CustomStringConvertible {
  package var description: String {
    switch self {
    case .template(let file, let reason): "chat template '\(file)': \(reason)"
    case .malformed(let file, let reason): "the chat template of '\(file)' cannot be read: \(reason)"
    case .noDefault(let file, let names):
      "'\(file)' has chat templates named \(names.joined(separator: ", ")) and none named 'default'; name one of them so, "
        + "or put it into chat_template.jinja"
    case .noMessages: "a conversation has no messages; leave it out or give it at least one"
    case .notAMessage(let index, let found):
      "message \(index) of a conversation is \(found), expected an object with 'role' and 'content'"
    }
  }
}
