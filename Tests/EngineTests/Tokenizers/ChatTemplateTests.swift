import Foundation
import Testing

@testable import Engine

@Suite struct ChatTemplateTests {
  private let question: [JSONValue] = [.object(["role": .string("user"), "content": .string("Hi")])]

  /// A tokenizer's folder with the files that are given beside `tokenizer.json`.
  private func withTokenizer<Result>(
    _ files: [String: String], _ body: (Tokenizer, URL) throws -> Result
  ) throws -> Result {
    let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    try Data(SmallTokenizer().json.utf8).write(to: folder.appending(path: "tokenizer.json"))
    for (name, contents) in files { try Data(contents.utf8).write(to: folder.appending(path: name)) }
    return try body(Tokenizer(directory: folder), folder)
  }

  private func text(_ files: [String: String], prompts: Bool = false) throws -> String {
    try withTokenizer(files) { tokenizer, _ in
      try #require(tokenizer.chatTemplate).render(messages: question, addGenerationPrompt: prompts)
    }
  }

  @Test func aFileWinsOverTheConfiguration() throws {
    let configuration = #"{"chat_template": "configuration", "eos_token": {"content": "</s>"}, "bos_token": "<s>"}"#
    #expect(try text(["tokenizer_config.json": configuration]) == "configuration")
    let file = "{{ bos_token }}{{ messages[0].content }}{{ eos_token }}{{ add_generation_prompt }}{{ tools }}\n"
    #expect(
      try text(["tokenizer_config.json": configuration, "chat_template.jinja": file], prompts: true)
        == "<s>Hi</s>TrueNone")
  }

  @Test func ofSeveralTemplatesTheDefaultIsTaken() throws {
    let templates = #"[{"name": "tool_use", "template": "tools"}, {"name": "default", "template": "plain"}]"#
    #expect(try text(["tokenizer_config.json": #"{"chat_template": \#(templates)}"#]) == "plain")
    let others = #"{"chat_template": [{"name": "rag", "template": "x"}]}"#
    let error = #expect(throws: ChatTemplateError.self) { try text(["tokenizer_config.json": others]) }
    #expect(error?.description.contains("named 'rag' and none named 'default'") == true)
  }

  @Test func tokensOfOldTokenizersAreInAFileOfTheirOwn() throws {
    let template = "{{ bos_token }}|{{ sep_token }}|{{ image_token }}"
    let configuration = #"{"bos_token": "<a>", "extra_special_tokens": {"image_token": "<i>"}}"#
    let map = #"{"bos_token": {"content": "<b>"}, "sep_token": "<c>", "additional_special_tokens": ["<d>"]}"#
    var files = [
      "chat_template.jinja": template, "tokenizer_config.json": configuration, "special_tokens_map.json": map,
    ]
    #expect(try text(files) == "<b>|<c>|<i>")
    files["tokenizer_config.json"] = #"{"bos_token": "<a>", "added_tokens_decoder": {}}"#
    #expect(try text(files) == "<a>||")
  }

  @Test func aTemplateThatCannotBeReadIsAnErrorOnlyWhereItIsUsed() throws {
    try withTokenizer(["chat_template.jinja": "a\n{% if x %}"]) { tokenizer, folder in
      #expect(tokenizer.hasChatTemplate)
      let template = try #require(tokenizer.chatTemplate)
      let error = #expect(throws: ChatTemplateError.self) {
        try template.render(messages: question, addGenerationPrompt: false)
      }
      let path = folder.appending(path: "chat_template.jinja").path
      #expect(error?.description.hasPrefix("chat template '\(path)': line 2: Unexpected end of template.") == true)
    }
    #expect(throws: ChatTemplateError.self) { try text(["tokenizer_config.json": #"{"chat_template": 5}"#]) }
  }

  @Test func conversationsHaveMessagesAndThoseAreObjects() {
    let template = ChatTemplate(source: "{{ messages }}", specialTokens: [:])
    #expect(throws: ChatTemplateError.noMessages) { try template.render(messages: [], addGenerationPrompt: false) }
    #expect(throws: ChatTemplateError.notAMessage(index: 1, found: "a string")) {
      try template.render(messages: question + [.string("Hi")], addGenerationPrompt: false)
    }
  }

  @Test func messagesAreWhatTransformersMakesOfThem() throws {
    let template = ChatTemplate(source: "{{ messages[0] }}", specialTokens: [:])
    let message: JSONValue = .object(["role": .string("a"), "content": .null, "reasoning": .string("r")])
    #expect(
      try template.render(messages: [message], addGenerationPrompt: false)
        == "{'thinking': 'r', 'role': 'a', 'reasoning': 'r', 'reasoning_content': 'r'}")
  }
}
