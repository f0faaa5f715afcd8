import Foundation
import Testing

@testable import Engine

struct TokenizerLoadingTests {
  /// One malformation of a `tokenizer.json`, and what is said of it.
  struct Malformation: CustomTestStringConvertible, Sendable {
    var testDescription: String
    var json: String
    var error: TokenizerError

    init(_ what: String, _ change: (inout SmallTokenizer) -> Void, _ error: TokenizerError) {
      var tokenizer = SmallTokenizer()
      change(&tokenizer)
      self.init(what, json: tokenizer.json, error)
    }

    init(_ what: String, json: String, _ error: TokenizerError) {
      testDescription = what
      self.json = json
      self.error = error
    }
  }

  static let file = "tokenizer.json"

  static let malformations: [Malformation] = [
    .init(
      "empty file", json: "", .malformedJSON(file: file, JSONError(offset: 0, problem: .unexpectedEnd))),
    .init(
      "truncated", json: #"{"model": {"vo"#,
      .malformedJSON(file: file, JSONError(offset: 14, problem: .unexpectedEnd))),
    .init(
      "truncated object", json: #"{"model": {}"#,
      .malformedJSON(file: file, JSONError(offset: 12, problem: .unexpectedEnd))),
    .init(
      "garbage", json: "{]",
      .malformedJSON(file: file, JSONError(offset: 1, problem: .expected("a key in quotes", found: 0x5D)))),
    .init("not an object", json: "[1]", .wrongType(file: file, path: "", expected: "an object", found: "an array")),
    .init("no model", json: #"{"version": "1.0"}"#, .missingField(file: file, path: "model")),
    .init(
      "newer version", json: #"{"version": "2.0"}"#,
      .unsupportedValue(file: file, path: "version", value: "'2.0'", expected: "'1.0'")),
    .init(
      "unknown model", { $0.model = #"{"type": "Oddgram"}"# },
      .unsupportedKind(
        file: file, role: "model", kind: "Oddgram", supported: ["BPE", "Unigram", "WordLevel", "WordPiece"])),
    .init(
      "no vocabulary", { $0.model = #"{"type": "BPE", "merges": []}"# }, .missingField(file: file, path: "model.vocab")),
    .init(
      "no merges", { $0.model = #"{"type": "BPE", "vocab": {}}"# }, .missingField(file: file, path: "model.merges")),
    .init(
      "vocabulary of the wrong type", { $0.model = #"{"type": "BPE", "vocab": [], "merges": []}"# },
      .wrongType(file: file, path: "model.vocab", expected: "an object", found: "an array")),
    .init(
      "id that is no number", { $0.model = #"{"type": "BPE", "vocab": {"a": "0"}, "merges": []}"# },
      .wrongType(
        file: file, path: "model.vocab.a", expected: "a token id (a whole number below 2^31)", found: "a string")),
    .init(
      "negative id", { $0.model = #"{"type": "BPE", "vocab": {"a": -1}, "merges": []}"# },
      .wrongType(
        file: file, path: "model.vocab.a", expected: "a token id (a whole number below 2^31)", found: "-1")),
    .init(
      "id given twice", { $0.model = #"{"type": "BPE", "vocab": {"a": 0, "b": 0}, "merges": []}"# },
      .duplicateIdentifier(file: file, id: 0, first: "a", second: "b")),
    .init(
      "token given twice", json: #"{"model": {"type": "BPE", "vocab": {"a": 0, "a": 1}, "merges": []}}"#,
      .malformedJSON(file: file, JSONError(offset: 44, problem: .duplicateKey("a")))),
    .init(
      "merge of an unknown token", { $0.model = #"{"type": "BPE", "vocab": {"a": 0}, "merges": ["a b"]}"# },
      .unknownMergeToken(file: file, index: 0, token: "b")),
    .init(
      "merge into an unknown token", { $0.model = #"{"type": "BPE", "vocab": {"a": 0}, "merges": [["a", "a"]]}"# },
      .unknownMergeToken(file: file, index: 0, token: "aa")),
    .init(
      "merge of three", { $0.model = #"{"type": "BPE", "vocab": {"a": 0}, "merges": ["a a a"]}"# },
      .malformedMerge(file: file, index: 0, merge: "a a a")),
    .init(
      "merge of the wrong type", { $0.model = #"{"type": "BPE", "vocab": {"a": 0}, "merges": [1]}"# },
      .wrongType(
        file: file, path: "model.merges[0]", expected: "a string or an array of two strings", found: "an integer")),
    .init(
      "unknown token that is unknown", { $0.model = #"{"type": "BPE", "vocab": {}, "merges": [], "unk_token": "?"}"# },
      .unknownToken(file: file, path: "model.unk_token", token: "?")),
    .init(
      "dropout", { $0.model = #"{"type": "BPE", "vocab": {}, "merges": [], "dropout": 0.1}"# },
      .unsupportedValue(
        file: file, path: "model.dropout", value: "0.1",
        expected: "null or 0 (gradients need the same ids every time)")),
    .init(
      "score that is no number", { $0.model = #"{"type": "Unigram", "vocab": [["a", "0"]]}"# },
      .wrongType(file: file, path: "model.vocab[0][1]", expected: "a number", found: "a string")),
    .init(
      "token without a score", { $0.model = #"{"type": "Unigram", "vocab": [["a"]]}"# },
      .wrongType(file: file, path: "model.vocab[0]", expected: "a token and its score", found: "an array")),
    .init(
      "vocabulary without scores", { $0.model = #"{"type": "Unigram", "vocab": {"a": 0}}"# },
      .wrongType(file: file, path: "model.vocab", expected: "an array", found: "an object")),
    .init(
      "unknown token beyond the vocabulary", { $0.model = #"{"type": "Unigram", "unk_id": 1, "vocab": [["a", 0.5]]}"# },
      .unsupportedValue(
        file: file, path: "model.unk_id", value: "1", expected: "the id of one of the vocabulary's 1 tokens")),
    .init(
      "unknown token of an empty vocabulary", { $0.model = #"{"type": "Unigram", "unk_id": 0, "vocab": []}"# },
      .unsupportedValue(
        file: file, path: "model.unk_id", value: "0", expected: "the id of one of the vocabulary's 0 tokens")),
    .init(
      "no prefix",
      { $0.model = #"{"type": "WordPiece", "vocab": {}, "unk_token": "?", "max_input_chars_per_word": 9}"# },
      .missingField(file: file, path: "model.continuing_subword_prefix")),
    .init(
      "words of negative length",
      {
        $0.model = #"{"type": "WordPiece", "vocab": {}, "unk_token": "?", "max_input_chars_per_word": -1}"#
      },
      .wrongType(
        file: file, path: "model.max_input_chars_per_word", expected: "a token id (a whole number below 2^31)",
        found: "-1")),
    .init(
      "words without an unknown token", { $0.model = #"{"type": "WordLevel", "vocab": {"a": 0}}"# },
      .missingField(file: file, path: "model.unk_token")),
    .init(
      "pieces of no length", { $0.preTokenizer = #"{"type": "FixedLength", "length": 0}"# },
      .unsupportedValue(file: file, path: "pre_tokenizer.length", value: "0", expected: "a number of characters")),
    .init(
      "untyped part", { $0.normalizer = "{}" }, .missingField(file: file, path: "normalizer.type")),
    .init(
      "bad regular expression",
      { $0.preTokenizer = #"{"type": "Split", "pattern": {"Regex": "(a"}, "behavior": "Isolated"}"# },
      .invalidPattern(file: file, path: "pre_tokenizer.pattern.Regex", pattern: "(a", code: -117)),
    .init(
      "unknown behavior", { $0.preTokenizer = #"{"type": "Split", "pattern": {"String": "a"}, "behavior": "Odd"}"# },
      .unsupportedValue(
        file: file, path: "pre_tokenizer.behavior", value: "'Odd'",
        expected: "Removed, Isolated, MergedWithPrevious, MergedWithNext, Contiguous")),
    .init(
      "replacement of two characters", { $0.preTokenizer = #"{"type": "Metaspace", "replacement": "ab"}"# },
      .wrongType(file: file, path: "pre_tokenizer.replacement", expected: "one character", found: "a string")),
    .init(
      "prefix space against its scheme",
      { $0.preTokenizer = #"{"type": "Metaspace", "replacement": "a", "add_prefix_space": false}"# },
      .unsupportedValue(
        file: file, path: "pre_tokenizer.add_prefix_space", value: "false",
        expected: "true where prepend_scheme is 'always' (the default is 'always')")),
    .init(
      "template with an undefined token",
      {
        $0.postProcessor = """
          {"type": "TemplateProcessing", "single": [{"SpecialToken": {"id": "<s>", "type_id": 0}}],
           "special_tokens": {}}
          """
      },
      .unknownToken(file: file, path: "post_processor.single[0].SpecialToken.id", token: "<s>")),
    .init(
      "added token without a field", { $0.addedTokens = #"[{"id": 7, "content": "x"}]"# },
      .missingField(file: file, path: "added_tokens[0].single_word")),
    .init(
      "added token given twice",
      { $0.addedTokens = "[\(SmallTokenizer.addedToken("x", id: 7)), \(SmallTokenizer.addedToken("x", id: 8))]" },
      .duplicateToken(file: file, path: "added_tokens", token: "x")),
    .init(
      "added token behind a gap", { $0.addedTokens = "[\(SmallTokenizer.addedToken("x", id: 9))]" },
      .addedTokenIdentifier(file: file, token: "x", declared: 9, assigned: 7)),
  ]

  @Test(arguments: malformations)
  func everyMalformationHasItsError(_ malformation: Malformation) {
    #expect(throws: malformation.error) {
      try Tokenizer(json: Data(malformation.json.utf8), configuration: nil)
    }
    #expect(malformation.error.description.contains(Self.file))
  }

  @Test func onlyWhatEndsTooSoonIsAskedWhetherItIsComplete() {
    let cut = TokenizerError.malformedJSON(file: "t.json", JSONError(offset: 3, problem: .unexpectedEnd))
    let double = TokenizerError.malformedJSON(file: "t.json", JSONError(offset: 3, problem: .duplicateKey("a")))
    #expect(cut.description.hasSuffix("at byte 3; is the file complete?"))
    #expect(double.description == "'t.json' is not valid JSON: the key 'a' appears twice in one object at byte 3")
  }

  /// Tokens that canonical equivalence makes one are two.
  @Test func tokensThatDifferOnlyByNormalizationKeepTheirIds() throws {
    var tokenizer = SmallTokenizer()
    tokenizer.model = "{\"type\": \"BPE\", \"vocab\": {\"\u{E9}\": 0, \"e\u{301}\": 1}, \"merges\": []}"
    let vocabulary = try Vocabulary(TokenizerParts.node(tokenizer.json).required("model").required("vocab"))
    #expect(vocabulary.id(of: ByteString("\u{E9}")) == 0)
    #expect(vocabulary.id(of: ByteString("e\u{301}")) == 1)
  }

  @Test func aByteOrderMarkIsSkipped() throws {
    #expect(
      try Tokenizer(json: Data(("\u{FEFF}" + SmallTokenizer().json).utf8), configuration: nil).vocabularySize == 7)
  }

  @Test(arguments: ["normalizer", "pre-tokenizer", "post-processor", "decoder"])
  func unknownKindsAreRefusedByName(role: String) throws {
    let field = role.replacing("-", with: "_")
    let json = SmallTokenizer().json.replacing(#""\#(field)": null"#, with: #""\#(field)": {"type": "Sideways"}"#)
    let error = #expect(throws: TokenizerError.self) { try Tokenizer(json: Data(json.utf8), configuration: nil) }
    #expect(
      error?.description.hasPrefix("\(role) 'Sideways' in 'tokenizer.json' is not supported; supported are ") == true)
  }

  @Test func directoryWithoutTokenizerIsNamed() throws {
    let directory = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
    let error = #expect(throws: TokenizerError.missingFile(directory: directory.path, file: "tokenizer.json")) {
      try Tokenizer(directory: directory)
    }
    #expect(error?.description.contains("save_pretrained") == true)
  }

  @Test func directoryIsReadWithItsConfigurationAndTemplate() throws {
    let directory = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
    try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: directory) }
    try Data(SmallTokenizer().json.utf8).write(to: directory.appending(path: "tokenizer.json"))
    #expect(try Tokenizer(directory: directory).modelMaximumLength == nil)
    try Data(#"{"model_max_length": 2048}"#.utf8).write(to: directory.appending(path: "tokenizer_config.json"))
    #expect(try Tokenizer(directory: directory).modelMaximumLength == 2048)
    #expect(try !Tokenizer(directory: directory).hasChatTemplate)
    try Data("{{ messages }}".utf8).write(to: directory.appending(path: "chat_template.jinja"))
    #expect(try Tokenizer(directory: directory).hasChatTemplate)
  }

  @Test func configurationIsReadInBothOfItsSpellings() throws {
    let tokenizer = try SmallTokenizer().tokenizer(
      configuration: """
        {"model_max_length": 1000000000000000019884624838656, "bos_token": {"content": "<s>", "lstrip": false},
         "eos_token": "</s>", "pad_token": null, "chat_template": "{{ x }}"}
        """)
    #expect(tokenizer.modelMaximumLength == nil)
    #expect(tokenizer.beginningOfSequenceToken == "<s>")
    #expect(tokenizer.endOfSequenceToken == "</s>")
    #expect(tokenizer.paddingToken == nil)
    #expect(tokenizer.unknownToken == nil)
    #expect(tokenizer.hasChatTemplate)
  }

  @Test(arguments: [
    (#"{"model_max_length": "many"}"#, "'model_max_length' in 'tokenizer_config.json' is a string, expected a number"),
    (#"{"model_max_length": 0}"#, "'model_max_length' in 'tokenizer_config.json' is 0.0, expected a number of tokens"),
    (#"{"bos_token": {}}"#, "'tokenizer_config.json' has no 'bos_token.content'"),
  ])
  func malformedConfigurationsAreRefused(configuration: String, message: String) {
    let error = #expect(throws: TokenizerError.self) {
      try SmallTokenizer().tokenizer(configuration: configuration)
    }
    #expect(error?.description.hasPrefix(message) == true)
  }
}
