/// `bergson query` over a small index: what it prints, adds to files, and leaves in the catalog.
import Catalog
import Foundation
import Testing

@testable import bergson

@Suite struct QueryTests {
  private struct Answer: Decodable {
    struct Hit: Decodable {
      let row: Int
      let score: Float
      let text: String
      let tokens: [Token]?
    }

    struct Token: Decodable {
      let token: String
      let score: Float
    }

    let query: String
    let loss: Double
    let top: [Hit]
    let bottom: [Hit]
  }

  private static let text =
    "We the people of the United States, in order to form a more perfect union, establish justice."

  private func withIndex(_ body: (Workspace) throws -> Void) throws {
    try Workspace.with { workspace in
      try workspace.build("index", "data.jsonl")
      try body(workspace)
    }
  }

  private func index(_ workspace: Workspace) throws -> String {
    try workspace.catalog().run(matching: "index", workingDirectory: workspace.directory).id
  }

  private func answers(_ ended: Workspace.Ended) throws -> [Answer] {
    #expect(ended.code == 0, "\(ended.errors)")
    return try ended.output.split(separator: "\n").map { try JSONDecoder().decode(Answer.self, from: Data($0.utf8)) }
  }

  @Test func aDocumentFindsItself() throws {
    try withIndex { workspace in
      let ended = try workspace.bergson("query", "--index", "index", "--text", Self.text, "--json", "--top_k", "3")
      let answer = try #require(try answers(ended).first)
      #expect(answer.query == Self.text && answer.loss > 0)
      #expect(answer.top.count == 3 && answer.bottom.count == 3)
      #expect(answer.top[0].row == 4 && answer.top[0].text == Self.text)
      // A cosine of float32 vectors with themselves.
      #expect(abs(answer.top[0].score - 1) < 1e-5)
      #expect(answer.top.map(\.score) == answer.top.map(\.score).sorted(by: >))
      #expect(answer.bottom.map(\.score) == answer.bottom.map(\.score).sorted())
    }
  }

  @Test func theWordsForPeopleSayTheSame() throws {
    try withIndex { workspace in
      let ended = try workspace.bergson("query", "--index", "index", "--text", Self.text, "--top_k", "1", "--quiet")
      #expect(ended.code == 0 && ended.errors.isEmpty)
      #expect(
        ended.output.hasPrefix("\nTop 1 results for '\(Self.text)':\n\(Self.text)\n1: (score: 1, row 4)\n\nBottom 1"))
    }
  }

  @Test func anIndexOfTokensSaysWhatEachContributes() throws {
    try Workspace.with { workspace in
      try workspace.build("index", "data.jsonl", "--attribute_tokens", "--skip_preconditioners")
      let flags = ["--index", "index", "--text", Self.text, "--top_k", "1", "--quiet"]
      let answer = try #require(try answers(workspace.bergson(["query", "--json"] + flags)).first)
      let hit = answer.top[0]
      let tokens = try #require(hit.tokens)
      #expect(hit.row == 4 && abs(hit.score - 1) < 1e-5 && Self.text.hasPrefix(tokens.map(\.token).joined()))
      #expect(abs(tokens.reduce(0) { $0 + $1.score } - hit.score) < 1e-5)
      let words = try workspace.bergson(["query"] + flags).output
      let line = try #require(words.split(separator: "\n").first { $0.hasPrefix("   ") })
      let strongest = try #require(tokens.max { abs($0.score) < abs($1.score) })
      #expect(line.contains(strongest.token.debugDescription) && line.count { $0 == "," } >= 4)
    }
  }

  @Test(arguments: ["\n", "\r\n"]) func aFileHasATextOnEveryLineThatIsNotBlank(_ newline: String) throws {
    try withIndex { workspace in
      let file = try workspace.write(
        ["first text", "", "  ", "the second", "été 🚀 \u{2028} third"].joined(separator: newline) + newline,
        to: "texts.txt")
      let ended = try workspace.bergson("query", "--index", "index", "--file", file, "--json")
      #expect(try answers(ended).map(\.query) == ["first text", "the second", "été 🚀 \u{2028} third"])
    }
  }

  @Test func aFileThatCannotBeReadIsNamed() throws {
    try withIndex { workspace in
      try Data([0x61, 0x62, 0x0A, 0xFF, 0x0A]).write(to: workspace.url("latin.txt"))
      for (file, words) in [
        ("gone.txt", "cannot open 'gone.txt': No such file or directory"),
        ("latin.txt", "latin.txt:2: the text is not UTF-8"),
      ] {
        let ended = try workspace.bergson("query", "--index", "index", "--file", file)
        #expect(ended.code == 1 && ended.output.isEmpty && ended.errors == "error: \(words)\n", "\(ended.errors)")
      }
    }
  }

  @Test func aConversationEndsWithExitAndPassesOverWhatCannotBeAsked() throws {
    try withIndex { workspace in
      let ended = try workspace.bergson(
        "query", "--index", "index", "--json", input: "hello world\n\n   \na\nagain please\nEXIT\nnever asked\n")
      #expect(try answers(ended).map(\.query) == ["hello world", "again please"])
      #expect(ended.errors.contains("warning: 'a' has fewer than two tokens"))
      #expect(!ended.errors.contains("Enter your query"))
    }
  }

  @Test func aTextOfOneTokenFailsAScript() throws {
    try withIndex { workspace in
      let ended = try workspace.bergson("query", "--index", "index", "--text", "a")
      #expect(ended.code == 1 && ended.output.isEmpty)
      #expect(ended.errors == "error: 'a' has fewer than two tokens, so there is none to predict; ask with more text\n")
      #expect(try workspace.catalog().runs().first?.error?.hasPrefix("'a' has fewer than two tokens") == true)
    }
  }

  @Test func answersAreAddedToTheRecord() throws {
    try withIndex { workspace in
      for text in ["a \"quoted\", text", "two"] {
        let ended = try workspace.bergson(
          "query", "--index", "index", "--text", text, "--record", "log/answers.csv", "--top_k", "1")
        #expect(ended.code == 0, "\(ended.errors)")
      }
      let csv = try String(decoding: workspace.contents("log/answers.csv"), as: UTF8.self)
      let records = csv.components(separatedBy: "\r\n")
      #expect(records.first == "query,direction,result,result_index,score")
      #expect(records.count { $0.hasPrefix("query,direction") } == 1)
      #expect(records[1].hasPrefix("\"a \"\"quoted\"\", text\",Top,"))
      #expect(records.count { $0.hasPrefix("two,Top,") } == 1 && records.count { $0.hasPrefix("two,Bottom,") } == 1)
    }
  }

  @Test func theCatalogKeepsTheConversation() throws {
    try withIndex { workspace in
      let details = try workspace.run([
        "query", "--index", workspace.path("index"), "--text", Self.text, "--text", "another text", "--top_k", "2",
      ])
      #expect(try details.run.state() == .finished && details.run.path == nil)
      #expect(details.used.map(\.path) == [workspace.path("index/gradients.bin")])
      let (model, made) = (details.models.first, try workspace.catalog().details(of: index(workspace)).models.first)
      #expect(model != nil && model?.weightsDigest == made?.weightsDigest)
      #expect(model?.tokenizerDigest == made?.tokenizerDigest && model?.path == made?.path)
      #expect(details.metrics.first { $0.name == "queries" }?.value == 2)
      let publication = try workspace.catalog().publication(of: details.run.id)
      #expect(publication.queries.map(\.text) == [Self.text, "another text"])
      #expect(publication.hits.count == 2 * 2 * 2)
      #expect(publication.hits.first { $0.queryPosition == 0 && $0.direction == .top && $0.rank == 1 }?.row == 4)
      #expect(publication.documents.contains { $0.row == 4 && $0.text == Self.text })
    }
  }
}
