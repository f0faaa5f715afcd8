/// `bergson tokenize`: what it prints, and how it ends.
import Engine
import Foundation
import Testing

@testable import bergson

@Suite struct TokenizeTests {
  private struct Line: Decodable, Equatable {
    let ids: [Int32]
    let tokens: [String?]
    let offsets: [[Int]]
  }

  private static let model = TestFiles.package.appending(path: "Tests/Fixtures/tokenizers/gpt_neox_style").path

  private func lines(_ ended: Workspace.Ended) throws -> [Line] {
    #expect(ended.code == 0 && ended.errors.isEmpty, "\(ended.errors)")
    return try ended.output.split(separator: "\n").map { try JSONDecoder().decode(Line.self, from: Data($0.utf8)) }
  }

  private func expected(_ text: String) throws -> Line {
    let spelled = try Tokenizer(contentsOf: URL(filePath: Self.model)).spell(text)
    let offsets = spelled.encoding.offsets.map { [$0.lowerBound, $0.upperBound] }
    return Line(ids: spelled.encoding.ids, tokens: spelled.tokens, offsets: offsets)
  }

  @Test func theTextsOfTheCommandLineAreTokenizedInOrder() throws {
    try Workspace.with { workspace in
      let texts = ["The first.", "", "-\"quoted\"\\ \u{1}\n\u{1F600} e\u{301}<|endoftext|>"]
      let ended = try workspace.bergson(["tokenize", "--model", Self.model] + texts.flatMap { ["--text", $0] })
      let wanted = try texts.map(expected)
      #expect(try lines(ended) == wanted)
    }
  }

  @Test(arguments: [true, false]) func everyLineIsAText(isFile: Bool) throws {
    try Workspace.with { workspace in
      let texts = ["first", "", "  third \u{2028}\u{85} é"]
      let input = texts.joined(separator: "\r\n") + "\nlast"
      let file = try workspace.write(input, to: "texts.txt")
      let arguments = ["tokenize", "--model", Self.model + "/tokenizer.json"]
      let ended = try workspace.bergson(arguments + (isFile ? ["--file", file] : []), input: isFile ? "" : input)
      let wanted = try (texts + ["last"]).map(expected)
      #expect(try lines(ended) == wanted)
    }
  }

  @Test func linesCanBeJSONStrings() throws {
    try Workspace.with { workspace in
      let ended = try workspace.bergson(
        "tokenize", "--model", Self.model, "--json", input: #""a\nb\ud83d\ude00""# + "\n")
      let wanted = try expected("a\nb\u{1F600}")
      #expect(try lines(ended) == [wanted])
    }
  }

  @Test func conversationsGoThroughTheChatTemplate() throws {
    struct Conversation: Decodable {
      let text: String
      let ids: [Int32]
    }
    try Workspace.with { workspace in
      let model = TestFiles.package.appending(path: "Tests/Fixtures/llama/model").path
      let messages = #"[{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Yo"}]"#
      let file = try workspace.write("\(messages)\n{\"messages\": \(messages)}\n", to: "chats.jsonl")
      let ended = try workspace.bergson("tokenize", "--model", model, "--conversation", file)
      #expect(ended.code == 0, "\(ended.errors)")
      let lines = try ended.output.split(separator: "\n").map {
        try JSONDecoder().decode(Conversation.self, from: Data($0.utf8))
      }
      let tokenizer = try Tokenizer(contentsOf: URL(filePath: model))
      let (begin, end) = (tokenizer.beginningOfSequenceToken ?? "", tokenizer.endOfSequenceToken ?? "")
      let text = "\(begin) [INST] Hi [/INST] Yo\(end)"
      let ids = try tokenizer.encode(text, addSpecialTokens: false).ids
      #expect(lines.map(\.text) == [text, text])
      #expect(lines.map(\.ids) == [ids, ids])
    }
  }

  @Test func conversationsThatCannotBeRenderedAreNamed() throws {
    try Workspace.with { workspace in
      let model = TestFiles.package.appending(path: "Tests/Fixtures/llama/model").path
      for (line, reason) in [
        ("{}", "it is an object, expected a list of messages or an object with 'messages'"),
        ("[", "it is not JSON: the text ends in the middle of a value at byte 1"),
        ("[]", "a conversation has no messages"),
        (#"[{"role": "user", "content": "Hi"}, {"role": "assistant"}]"#, "has no attribute 'content'"),
      ] {
        let file = try workspace.write(line + "\n", to: "chats.jsonl")
        let ended = try workspace.bergson("tokenize", "--model", model, "--conversation", file)
        #expect(ended.code == 1)
        #expect(ended.errors.contains("chats.jsonl:1: ") && ended.errors.contains(reason), "\(ended.errors)")
      }
      let file = try workspace.write("[]\n", to: "chats.jsonl")
      let ended = try workspace.bergson("tokenize", "--model", Self.model, "--conversation", file)
      #expect(ended.code == 1 && ended.errors.contains("has no chat template"), "\(ended.errors)")
    }
  }

  @Test func whatCannotBeReadIsNamed() throws {
    try Workspace.with { workspace in
      try Data([0x61, 0x0A, 0xFF, 0x0A]).write(to: workspace.url("latin.txt"))
      for (arguments, words) in [
        (["--model", Self.model, "--file", "gone.txt"], "cannot open 'gone.txt': No such file or directory"),
        (["--model", Self.model, "--file", "latin.txt"], "latin.txt:2: the text is not UTF-8"),
        (["--model", Self.model, "--file", "latin.txt", "--json"], "latin.txt:1: the line is not a JSON string"),
        (["--model", "./nowhere", "--text", "a"], "no directory with a tokenizer.json at './nowhere'"),
        (["--model", ".", "--text", "a"], "has no 'tokenizer.json'"),
      ] {
        let ended = try workspace.bergson(["tokenize"] + arguments)
        #expect(ended.code == ExitStatus.failed.rawValue && ended.errors.contains(words), "\(ended.errors)")
      }
    }
  }

  @Test(arguments: [["--text", "a", "--file", "b"], ["--text", "a", "--json"]])
  func waysToGiveTextsExcludeEachOther(_ flags: [String]) {
    #expect(throws: (any Error).self) { try parse(Tokenize.self, ["tokenize", "--model", "m"] + flags) }
  }

  @Test func aModelIsNeeded() throws {
    try Workspace.with { workspace in
      let ended = try workspace.bergson("tokenize", "--text", "a")
      #expect(ended.code == ExitStatus.usage.rawValue)
    }
  }
}
