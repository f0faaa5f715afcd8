/// Templates against what jinja2 and transformers make of them, recorded in Tests/Fixtures/jinja.
import Foundation
import Testing

@testable import Engine

@Suite struct JinjaReferenceTests {
  private static let folder = URL(filePath: #filePath).deletingLastPathComponent()
    .appending(path: "../../Fixtures/jinja").standardized

  private static func json(_ data: Data) throws -> JSONValue {
    try data.withUnsafeBytes { try JSONParser.parse($0) }
  }

  /// The recorded cases, or those of the file that BERGSON_JINJA_CASES names, which the conformance script makes anew.
  @Test func randomTemplatesMakeWhatJinja2MakesOfThem() throws {
    let file = ProcessInfo.processInfo.environment["BERGSON_JINJA_CASES"].map { URL(filePath: $0) }
    let lines = try Data(contentsOf: file ?? Self.folder.appending(path: "cases.jsonl")).split(
      separator: UInt8(ascii: "\n"))
    let variables = try #require(Self.json(lines[0])["variables"]?.object)
    #expect(lines.count > 200)
    for line in lines.dropFirst() {
      let item = try Self.json(line)
      let template = try #require(item["template"]?.string)
      let options = item["chat"] == .bool(true) ? JinjaOptions.chat : .standard
      let text = try? JinjaTemplate(template, options: options).render(variables)
      #expect(text.map { JSONValue.string($0) } == item["text"], "\(template)")
    }
  }

  @Test func chatTemplatesMakeWhatTransformersMakesOfThem() throws {
    let conversations = try Self.json(Data(contentsOf: Self.folder.appending(path: "conversations.json")))
    let cases = try #require(Self.json(Data(contentsOf: Self.folder.appending(path: "expected.json"))).array)
    #expect(cases.count == 260)
    for item in cases {
      let file = try #require(item["template"]?.string)
      let name = try #require(item["conversation"]?.string)
      let source = try String(contentsOf: Self.folder.appending(path: "templates/\(file)"), encoding: .utf8)
      let template = ChatTemplate(source: source, specialTokens: ["bos_token": "<s>", "eos_token": "</s>"], file: file)
      let messages = try #require(conversations[name]?.array)
      let prompts = item["add_generation_prompt"] == .bool(true)
      do {
        let text = try template.render(messages: messages, addGenerationPrompt: prompts)
        #expect(JSONValue.string(text) == item["text"], "\(file), \(name)")
      } catch {
        let message = try #require(item["error"]?.string, "\(file), \(name): \(error)")
        #expect(error.description.hasSuffix(message), "\(file), \(name)")
      }
    }
  }
}
