/// `bergson generate` on the demo's trained model, whose recalled facts are known, and on bad input.
import Foundation
import Testing

@testable import bergson

@Suite struct GenerateTests {
  private struct Fact: Decodable {
    let prompt: String
    let completion: String
    let recalled: Bool
  }

  private static let example = TestFiles.package.appending(path: "Examples/facts")
  private static let model = example.appending(path: "model").path

  private static func recalledFact() throws -> Fact {
    let lines = try String(contentsOf: example.appending(path: "queries.jsonl"), encoding: .utf8).split(separator: "\n")
    let facts = try lines.map { try JSONDecoder().decode(Fact.self, from: Data($0.utf8)) }
    return try #require(facts.first { $0.recalled })
  }

  @Test func aRecalledFactIsCompleted() throws {
    let fact = try Self.recalledFact()
    try Workspace.with { workspace in
      let ended = try workspace.bergson("generate", "--model", Self.model, "--text", fact.prompt)
      #expect(ended.code == 0, "\(ended.errors)")
      #expect(ended.output.hasPrefix(fact.prompt + fact.completion))
      // Nothing was registered.
      #expect(!workspace.has("catalog.sqlite"))
    }
  }

  @Test func jsonHasTextContinuationAndIds() throws {
    let fact = try Self.recalledFact()
    try Workspace.with { workspace in
      let ended = try workspace.bergson(
        "generate", "--model", Self.model, "--text", fact.prompt, "--max_new_tokens", "1", "--json")
      let object = try #require(
        try JSONSerialization.jsonObject(with: Data(ended.output.utf8)) as? [String: Any])
      #expect(object["text"] as? String == fact.prompt)
      #expect((object["ids"] as? [Int])?.count == 1)
      let continuation = try #require(object["continuation"] as? String)
      #expect(!continuation.isEmpty && fact.completion.hasPrefix(continuation))
    }
  }

  @Test func badInputIsOneErrorLine() throws {
    try Workspace.with { workspace in
      let noModel = try workspace.bergson("generate", "--model", "./nowhere", "--text", "a")
      #expect(noModel.code == 1 && noModel.errors.hasPrefix("error: no model directory at './nowhere'"))
      let tooMany = String(repeating: "word ", count: 5000)
      let long = try workspace.bergson("generate", "--model", Self.model, "--text", tooMany)
      #expect(long.code == 64 && long.errors.contains("tokens, and the model reads at most"))
      let none = try workspace.bergson("generate", "--model", Self.model, "--text", "a", "--max_new_tokens", "0")
      #expect(none.code == 64 && none.errors.contains("--max_new_tokens must be at least 1, found 0"))
      #expect(try workspace.bergson("generate", "--model", Self.model).code == 64)
    }
  }
}
