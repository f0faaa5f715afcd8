import Foundation
import Testing

@testable import Engine

struct ModelConfigurationTests {
  private typealias Failure = ModelConfigurationError

  @Test func aPythiaConfigurationIsRead() throws {
    let configuration = try ModelConfiguration(file: checkpointFixture("checkpoints", "gpt_neox_config.json"))
    #expect(try configuration.modelType == "gpt_neox")
    #expect(try configuration.integer("hidden_size") == 32)
    #expect(try configuration.number("rotary_pct", in: 0...1) == 0.25)
    #expect(try configuration.number("rotary_emb_base", in: 1...1e9) == 10000)
    #expect(try configuration.bool("use_parallel_residual"))
    #expect(try configuration.string("hidden_act") == "gelu")
    #expect(try configuration.nested("rope_parameters") == nil)
  }

  @Test func nestedObjectsAndNullsAreRead() throws {
    let configuration = try ModelConfiguration(file: checkpointFixture("checkpoints", "llama_tied_config.json"))
    let rotary = try #require(try configuration.nested("rope_parameters"))
    #expect(try rotary.number("rope_theta", in: 1...1e9) == 500_000)
    // "pad_token_id": null
    #expect(try configuration.optionalInteger("pad_token_id", in: 0...1000) == nil)
    #expect(!configuration.contains("pad_token_id"))
    #expect(configuration.isNull("pad_token_id"))
    #expect(!configuration.isNull("sliding_window") && !configuration.isNull("vocab_size"))
    let error = #expect(throws: Failure.self) { try rotary.integer("factor") }
    #expect(error == .missing(file: configuration.file.path, key: "rope_parameters.factor"))
  }

  @Test func defaultsStandInForAbsentKeysOnly() throws {
    let scratch = try CheckpointScratch()
    let file = try scratch.write(#"{"a": 2, "b": false, "c": "x", "d": 1.5}"#, to: "config.json")
    let configuration = try ModelConfiguration(directory: scratch.url)
    #expect(try configuration.integer("a", default: 7) == 2)
    #expect(try configuration.integer("z", default: 7) == 7)
    #expect(try configuration.bool("b", default: true) == false)
    #expect(try configuration.bool("z", default: true))
    #expect(try configuration.string("c", default: "y") == "x")
    #expect(try configuration.string("z", default: "y") == "y")
    #expect(try configuration.number("d", in: 0...2, default: 1) == 1.5)
    #expect(try configuration.number("z", in: 0...2, default: 1) == 1)
    #expect(throws: Failure.wrongType(file: file.path, key: "c", found: "a string", expected: "an integer")) {
      try configuration.integer("c", default: 7)
    }
  }

  @Test func everyGetterNamesFileAndKey() throws {
    let scratch = try CheckpointScratch()
    let text = #"{"size": 0, "huge": 99999999999, "text": "x", "flag": true, "half": 0.5}"#
    let file = try scratch.write(text, to: "config.json").path
    let configuration = try ModelConfiguration(directory: scratch.url)
    #expect(throws: Failure.missing(file: file, key: "model_type")) { try configuration.modelType }
    #expect(throws: Failure.outOfRange(file: file, key: "size", found: "0", expected: "1 to 2147483647")) {
      try configuration.integer("size")
    }
    #expect(throws: Failure.outOfRange(file: file, key: "huge", found: "99999999999", expected: "1 to 2147483647")) {
      try configuration.integer("huge")
    }
    #expect(throws: Failure.wrongType(file: file, key: "half", found: "a number", expected: "an integer")) {
      try configuration.integer("half")
    }
    #expect(throws: Failure.wrongType(file: file, key: "flag", found: "a boolean", expected: "a number")) {
      try configuration.number("flag", in: 0...1)
    }
    #expect(throws: Failure.outOfRange(file: file, key: "half", found: "0.5", expected: "1.0 to 2.0")) {
      try configuration.number("half", in: 1...2)
    }
    #expect(throws: Failure.wrongType(file: file, key: "size", found: "an integer", expected: "true or false")) {
      try configuration.bool("size")
    }
    #expect(throws: Failure.wrongType(file: file, key: "flag", found: "a boolean", expected: "a string")) {
      try configuration.string("flag")
    }
    #expect(throws: Failure.wrongType(file: file, key: "text", found: "a string", expected: "an object")) {
      try configuration.nested("text")
    }
  }

  @Test(arguments: [
    ("", "the text ends in the middle of a value at byte 0"),
    ("[]", "it is an array"),
    (#"{"a":1,"a":2}"#, "the key 'a' appears twice in one object at byte 7"),
  ])
  func aFileThatIsNoObjectIsRefused(text: String, reason: String) throws {
    let scratch = try CheckpointScratch()
    let file = try scratch.write(text, to: "config.json")
    #expect(throws: Failure.notJSON(file: file.path, reason: reason)) { try ModelConfiguration(file: file) }
  }
}
