import Foundation
import Testing

@testable import Engine

/// Tokenizers made of the metadata of GGUF files.
struct GGUFTokenizerTests {
  private struct Expected: Decodable {
    var ids: [Int32]
  }

  private func tokenizer(_ file: GGUFBytes) throws -> Tokenizer {
    let scratch = try CheckpointScratch()
    return try Tokenizer(contentsOf: scratch.write(file.encoded(), to: "x.gguf"))
  }

  private func error(_ change: (inout GGUFBytes) -> Void) throws -> String {
    var file = GGUFBytes.tiny()
    change(&file)
    let scratch = try CheckpointScratch()
    let url = try scratch.write(file.encoded(), to: "x.gguf")
    let error = #expect(throws: (any Error).self) { try Tokenizer(contentsOf: url) }
    return "\(try #require(error))".replacing(url.path, with: "x")
  }

  /// The ids that the Rust library `tokenizers` gives for the tokenizer.json whose vocabulary and merges the file has.
  @Test(arguments: [
    ("gpt2_style", "gpt2", "gpt-2", false), ("llama3_style", "gpt2", "llama-bpe", true),
    ("qwen2_style", "gpt2", "qwen2", false), ("llama_style_normalizer", "llama", "", true),
  ])
  func idsEqualThoseOfTheTokenizerThatWasConverted(
    name: String, model: String, pre: String, addsBeginning: Bool
  ) throws {
    let folder = TokenizerFixtures.folder
    var file = GGUFBytes()
    // That the beginning is added is the default of both kinds that do.
    try file.addTokenizer(
      folder.appending(path: "\(name)/tokenizer.json"), model: model, pre: pre, addsBeginning: nil)
    let strings = try JSONDecoder().decode(
      [String].self, from: Data(contentsOf: folder.appending(path: "strings.json")))
    let expected = try JSONDecoder().decode(
      [Expected].self, from: Data(contentsOf: folder.appending(path: "\(name)/expected.json")))
    let own = try tokenizer(file)
    let original = try Tokenizer(directory: folder.appending(path: name))
    #expect(strings.count == expected.count && !strings.isEmpty)
    for (string, expected) in zip(strings, expected) {
      let ids = try own.encode(string).ids
      #expect(ids == expected.ids, "\(string.debugDescription)")
      #expect(try own.decode(ids) == original.decode(ids))
    }
    #expect((try own.encode("", addSpecialTokens: true).ids.count == 1) == addsBeginning)
  }

  /// Digits are words of their own, which shows where a merge would join two.
  @Test func smollmCutsDigitsApart() throws {
    var file = GGUFBytes.tiny()
    file["tokenizer.ggml.tokens"] = .strings(["<s>", "1", "2", "12"])
    file["tokenizer.ggml.merges"] = .strings(["1 2"])
    #expect(try tokenizer(file).encode("12").ids == [3])
    file["tokenizer.ggml.pre"] = .string("smollm")
    #expect(try tokenizer(file).encode("12").ids == [1, 2])
  }

  @Test func scoresMakeMergesWhereNoneAreListed() throws {
    var file = GGUFBytes()
    file.metadata = [
      ("tokenizer.ggml.model", .string("llama")),
      ("tokenizer.ggml.tokens", .strings(["<unk>", "<s>", "</s>", "<0x21>", "\u{2581}", "a", "b", "\u{2581}a", "ab"])),
      ("tokenizer.ggml.token_type", .int32s([2, 3, 3, 6, 1, 1, 1, 1, 1])),
      ("tokenizer.ggml.scores", .float32s([0, 0, 0, 0, -4, -5, -6, -1, -2])),
      ("tokenizer.ggml.bos_token_id", .uint32(1)), ("tokenizer.ggml.eos_token_id", .uint32(2)),
      ("tokenizer.ggml.unknown_token_id", .uint32(0)),
    ]
    #expect(try tokenizer(file).encode("ab!").ids == [1, 7, 6, 3])
    file["tokenizer.ggml.scores"] = .float32s([0, 0, 0, 0, -4, -5, -6, -2, -1])
    #expect(try tokenizer(file).encode("ab").ids == [1, 4, 8])
    file["tokenizer.ggml.add_space_prefix"] = .bool(0)
    file["tokenizer.ggml.add_eos_token"] = .bool(1)
    file["tokenizer.ggml.add_bos_token"] = .bool(0)
    #expect(try tokenizer(file).encode("ab").ids == [8, 2])
    #expect(try tokenizer(file).decode([8, 4, 5, 2]) == "ab a")
  }

  /// The ids of transformers 5.23 for the same file, `AutoTokenizer.from_pretrained(..., gguf_file=...)`.
  @Test func gemmaMergesInTheOrderOfItsTokens() throws {
    let bytes = (0..<256).map { String(format: "<0x%02X>", $0) }
    let head = ["<pad>", "<eos>", "<bos>", "<unk>", "<start_of_turn>", "\n", "  ", "   ", "<table>"]
    let words = ["\u{2581}", "a", "b", "c", "\u{2581}a", "ab", "\u{2581}ab", "bc", "abc", "cc"]
    var file = GGUFBytes()
    file.metadata = [
      ("general.architecture", .string("gemma2")), ("tokenizer.ggml.model", .string("llama")),
      ("tokenizer.ggml.tokens", .strings(head + bytes + words)),
      (
        "tokenizer.ggml.token_type", .int32s([3, 3, 3, 3, 3, 4, 4, 4, 4] + bytes.map { _ in 6 } + words.map { _ in 1 })
      ),
      ("tokenizer.ggml.bos_token_id", .uint32(2)), ("tokenizer.ggml.eos_token_id", .uint32(1)),
      ("tokenizer.ggml.unknown_token_id", .uint32(3)),
    ]
    let own = try tokenizer(file)
    for (text, ids): (String, [Int32]) in [
      ("ab abc", [2, 270, 271, 268]), ("  a", [2, 6, 266]), ("a   b\nc<table>", [2, 266, 7, 267, 5, 268, 8]),
      ("abcc \u{E9}", [2, 273, 268, 265, 204, 178]), ("<start_of_turn>a", [2, 4, 266]), (" ab", [2, 271]),
    ] {
      #expect(try own.encode(text).ids == ids)
      #expect(try own.decode(ids) == text.replacing("<start_of_turn>", with: ""))
    }
  }

  @Test func controlTokensAreSpecialAndDefinedOnesAreNot() throws {
    var file = GGUFBytes.tiny()
    file["tokenizer.ggml.tokens"] = .strings(["<s>", "a", "b", "<think>"])
    file["tokenizer.ggml.token_type"] = .int32s([3, 1, 1, 4])
    file["tokenizer.ggml.merges"] = .strings([])
    let own = try tokenizer(file)
    #expect(try own.encode("a<think><s>b").ids == [1, 3, 0, 2])
    #expect(try own.decode([1, 3, 0, 2]) == "a<think>b")
    #expect(own.vocabularySize == 4)
  }

  @Test func specialTokensAndTemplateAreKept() throws {
    var file = GGUFBytes.tiny()
    #expect(try tokenizer(file).hasChatTemplate == false)
    file["tokenizer.chat_template"] = .string("{{ messages }}")
    file["tokenizer.ggml.eos_token_id"] = .uint32(2)
    let own = try tokenizer(file)
    #expect(own.hasChatTemplate)
    #expect(own.beginningOfSequenceToken == "<s>" && own.endOfSequenceToken == "b" && own.paddingToken == nil)
  }

  @Test func digestIsThatOfTheTokenizer() throws {
    let scratch = try CheckpointScratch()
    func digest(_ file: GGUFBytes) throws -> Digest {
      try Tokenizer.digest(of: scratch.write(file.encoded(), to: "x.gguf"))
    }
    var file = GGUFBytes.tiny()
    let first = try digest(file)
    file["general.name"] = .string("another")
    file.tensors.removeLast()
    #expect(try digest(file) == first)
    file["tokenizer.ggml.merges"] = .strings([])
    #expect(try digest(file) != first)
  }

  @Test func whatCannotBeReadIsNamed() throws {
    #expect(
      try error { $0["tokenizer.ggml.model"] = .string("bert") }
        == "'x' has a tokenizer of the kind 'bert', supported are gpt2, llama; name another with --tokenizer")
    #expect(
      try error { $0["tokenizer.ggml.pre"] = .string("viking") }.hasPrefix("'x' cuts words as 'viking' does, supported")
    )
    #expect(
      try error { $0["tokenizer.ggml.tokens"] = .strings([]) }
        == "metadata 'tokenizer.ggml.tokens' of 'x' is empty, expected tokens")
    #expect(try error { $0["tokenizer.ggml.tokens"] = nil } == "'x' has no metadata 'tokenizer.ggml.tokens'")
    #expect(try error { $0["tokenizer.ggml.merges"] = nil } == "'x' has no metadata 'tokenizer.ggml.merges'")
    #expect(
      try error { $0["tokenizer.ggml.tokens"] = .strings(["<s>", "a", "b", "a"]) }
        == "'x' has the token 'a' twice; each token must have one id")
    #expect(
      try error { $0["tokenizer.ggml.token_type"] = .int32s([1]) }
        == "metadata 'tokenizer.ggml.token_type' of 'x' has 1 elements, expected one for each of 4 tokens")
    #expect(
      try error { $0["tokenizer.ggml.bos_token_id"] = .uint32(4) }
        == "metadata 'tokenizer.ggml.bos_token_id' of 'x' is 4, expected 0 to 3")
    #expect(
      try error { $0["tokenizer.ggml.tokens"] = .int32s([1]) }
        == "metadata 'tokenizer.ggml.tokens' of 'x' is an array of an integer, expected an array of strings")
    #expect(try error { $0["tokenizer.ggml.merges"] = .strings(["a c"]) }.contains("needs the token 'c'"))
  }
}

extension GGUFBytes {
  /// The vocabulary of a tokenizer.json, as llama.cpp's converter writes it.
  mutating func addTokenizer(_ url: URL, model: String, pre: String, addsBeginning: Bool?) throws {
    let json = try Data(contentsOf: url).withUnsafeBytes { try JSONParser.parse($0) }
    let ids = json["model"]?["vocab"]?.object ?? [:]
    var tokens = [String](repeating: "", count: ids.count)
    for (token, id) in ids { tokens[id.integer ?? 0] = token }
    var types = [Int32](repeating: 1, count: tokens.count)
    for token in json["added_tokens"]?.array ?? [] { types[token["id"]?.integer ?? 0] = 3 }
    let merges = (json["model"]?["merges"]?.array ?? []).map { merge in
      merge.string ?? (merge.array ?? []).compactMap(\.string).joined(separator: " ")
    }
    metadata += [
      ("tokenizer.ggml.model", .string(model)), ("tokenizer.ggml.tokens", .strings(tokens)),
      ("tokenizer.ggml.token_type", .int32s(types)), ("tokenizer.ggml.merges", .strings(merges)),
    ]
    if !pre.isEmpty { metadata.append(("tokenizer.ggml.pre", .string(pre))) }
    let begin = ["<s>", "<|begin_of_text|>"].lazy.compactMap { ids[$0]?.integer }.first
    if let begin { metadata.append(("tokenizer.ggml.bos_token_id", .uint32(UInt32(begin)))) }
    if let addsBeginning { metadata.append(("tokenizer.ggml.add_bos_token", .bool(addsBeginning ? 1 : 0))) }
  }
}
