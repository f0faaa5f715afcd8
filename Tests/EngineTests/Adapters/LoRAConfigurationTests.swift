import Foundation
import Testing

@testable import Engine

struct LoRAConfigurationTests {
  private func read(_ json: String, isFresh: Bool = false) throws -> LoRAConfiguration {
    let value = try Array(json.utf8).withUnsafeBytes { try JSONParser.parse($0) }
    let members = try #require(value.object)
    let file = ModelConfiguration(flag: "a/adapter_config.json", members: members)
    return isFresh ? try LoRAConfiguration(arguments: file) : try LoRAConfiguration(file)
  }

  /// What PEFT 0.21 writes for a plain adapter, variants switched off and all.
  @Test func aFileOfPEFTIsRead() throws {
    let file = FixtureSet.gptNeoX.root.appendingPathComponent("adapter/adapter_config.json")
    let configuration = try LoRAConfiguration(ModelConfiguration(file: file))
    #expect(configuration.baseModel == "model" && configuration.baseRevision == nil)
    #expect(configuration.rank == 4 && configuration.alpha == 8 && configuration.scale(rank: 4, alpha: 8) == 2)
    #expect(configuration.targets == .endings(["query_key_value", "dense_h_to_4h"]))
    #expect(configuration.source == file.path)
  }

  @Test func anEmptyFileHasTheDefaultsOfPEFT() throws {
    let configuration = try read("{}")
    #expect(configuration.rank == 8 && configuration.alpha == 8 && configuration.targets == nil)
    #expect(!configuration.hasBias && configuration.savedModules.isEmpty && configuration.initialization == .zero)
  }

  @Test func rankStabilizedScalesDivideByTheRoot() throws {
    #expect(try read(#"{"use_rslora": true}"#).scale(rank: 4, alpha: 3) == 1.5)
  }

  /// What is of training, of merging and of how a saved adapter began.
  @Test(arguments: [
    #"{"lora_dropout": 0.5}"#, #"{"fan_in_fan_out": true}"#, #"{"init_lora_weights": "eva", "eva_config": {"rho": 2}}"#,
    #"{"use_dora": false, "layer_replication": null, "trainable_token_indices": [], "a_new_switch": false}"#,
    #"{"task_type": "CAUSAL_LM", "peft_type": "lora", "auto_mapping": {"base_model_class": "X"}}"#,
  ])
  func whatBearsOnNoNumberIsReadPast(json: String) throws { _ = try read(json) }

  @Test(arguments: [
    (#"{"peft_type": "LOHA"}"#, #"peft_type of 'a/adapter_config.json' is "LOHA", which is not supported"#),
    (#"{"task_type": "SEQ_CLS"}"#, #"task_type of 'a/adapter_config.json' is "SEQ_CLS""#),
    (#"{"bias": "all"}"#, #"bias of 'a/adapter_config.json' is "all""#), (#"{"use_dora": true}"#, "use_dora of"),
    (#"{"layer_replication": [[0, 4], [2, 5]]}"#, "layer_replication of 'a/adapter_config.json' is [[0,4],[2,5]]"),
    (#"{"a_new_variant": {"on": true}}"#, #"a_new_variant of 'a/adapter_config.json' is {"on":true}"#),
    (#"{"init_lora_weights": "pissa"}"#, "path_initial_model_for_weight_conversion"),
    (#"{"init_lora_weights": "olora"}"#, "init_lora_weights of"),
    (#"{"init_lora_weights": 3}"#, "init_lora_weights of"),
    (#"{"target_modules": "all-linear", "layers_to_transform": [1]}"#, "layers_to_transform of"),
    (#"{"target_modules": ["q"], "layers_pattern": "h"}"#, "layers_pattern of"),
    (#"{"r": 0}"#, "'r' of 'a/adapter_config.json' is 0, expected 1 to 65536"), (#"{"r": 1e9}"#, "'r' of"),
    (#"{"r": 100000000}"#, "'r' of"), (#"{"r": "8"}"#, "'r' of 'a/adapter_config.json' is a string"),
    (#"{"lora_alpha": "x"}"#, "'lora_alpha' of"), (#"{"lora_alpha": 1e300}"#, "'lora_alpha' of"),
    (
      #"{"target_modules": 3}"#, "'target_modules' of 'a/adapter_config.json' is an integer, expected a list of strings"
    ),
    (#"{"target_modules": ["q", 1]}"#, "'target_modules' of"),
    (#"{"layers_to_transform": ["1"]}"#, "'layers_to_transform' of"),
    (#"{"rank_pattern": []}"#, "'rank_pattern' of"), (#"{"rank_pattern": {"q": "2"}}"#, "'rank_pattern.q' of"),
    (#"{"rank_pattern": {"q": 0}}"#, "'rank_pattern.q' of"),
    (#"{"alpha_pattern": {"q": null, "v": []}}"#, "'alpha_pattern.v' of"),
    (#"{"modules_to_save": {"a": 1}}"#, "'modules_to_save' of"), (#"{"revision": 1}"#, "'revision' of"),
    (#"{"use_rslora": 1}"#, "'use_rslora' of"),
    (#"{"base_model_name_or_path": ["a"]}"#, "'base_model_name_or_path' of"),
  ])
  func whatIsNotComputedOrMalformedIsRefusedByName(json: String, words: String) throws {
    let error = try #require(throws: (any Error).self) { try read(json) }
    #expect("\(error)".contains(words), "\(error)")
  }

  @Test(arguments: ["(", "*", "a{2,1}(", "[b"]) func aPatternThatIsNoneIsNamed(pattern: String) throws {
    let file = ModelConfiguration(flag: "f", members: ["target_modules": .string(pattern)])
    let error = try #require(throws: AdapterError.self) {
      try LoRATargets(LoRAConfiguration(file), architecture: "llama")
    }
    guard case .badPattern("f", "target_modules", pattern, _) = error else {
      Issue.record("\(error)")
      return
    }
  }

  @Test(.timeLimit(.minutes(1))) func aPatternThatTakesTooLongIsNamed() throws {
    let file = ModelConfiguration(flag: "f", members: ["target_modules": .string("(a|aa|a.)*(a|aa)*\\1*b")])
    let targets = try LoRATargets(LoRAConfiguration(file), architecture: "llama")
    let error = try #require(throws: AdapterError.self) {
      try targets.contains(String(repeating: "a", count: 200), isLinear: true)
    }
    #expect("\(error)".contains("target_modules of 'f'") && "\(error)".contains("tries too many ways"))
  }
}
