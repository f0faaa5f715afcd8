/// What is wrong with a file is said with file, line, key, what was found and what was expected.
import Foundation
import Testing

@testable import bergson

@Suite struct MalformedConfigurationTests {
  @Test(arguments: [
    // Wrong types. YAML 1.1 takes unquoted words for more than strings.
    ("projection_dim: sixteen", "projection_dim: found the string 'sixteen', expected an integer, at least 0"),
    ("projection_dim: '16'", "projection_dim: found the string '16', expected an integer, at least 0"),
    ("projection_dim: 16.0", "projection_dim: found the number 16.0, expected an integer, at least 0"),
    ("projection_dim: true", "projection_dim: found the boolean true, expected an integer, at least 0"),
    ("projection_dim: null", "projection_dim: found null, expected an integer, at least 0"),
    ("projection_dim:", "projection_dim: found null, expected an integer, at least 0"),
    ("projection_dim: [16]", "projection_dim: found a list of 1, expected an integer, at least 0"),
    ("projection_dim: 99999999999999999999", "projection_dim: found '99999999999999999999' (int), expected an integer"),
    ("model: no", "model: found the boolean false, expected a string (quote words"),
    ("model: 1e-3", "model: found the number 0.001, expected a string (quote words"),
    ("model: 2024-01-01", "model: found '2024-01-01' (timestamp), expected a string"),
    ("overwrite: 1", "overwrite: found the integer 1, expected true or false"),
    ("overwrite: 'true'", "overwrite: found the string 'true', expected true or false"),
    ("modules: a", "modules: found the string 'a', expected a list of strings"),
    ("modules: [1]", "modules: found a list of 1, expected a list of strings"),
    ("precision: int3", "precision: found the string 'int3', expected one of auto, fp32, bf16, fp16"),
    ("label_smoothing: much", "label_smoothing: found the string 'much', expected a number"),
    ("data: {data_kwargs: 3}", "data.data_kwargs: found the integer 3, expected a string"),
    ("data: text", "data: found the string 'text', expected a mapping of settings"),
    // Out of range.
    ("projection_dim: -1", "projection_dim: found the integer -1, expected an integer, at least 0"),
    ("label_smoothing: .nan", "label_smoothing: found the number nan, expected a number, at least 0 and less than 1"),
    ("data: {chunk_length: -1}", "data.chunk_length: found the integer -1, expected an integer, at least 0"),
    ("workers: 0", "workers: found the integer 0, expected an integer or null, at least 1"),
    // Keys.
    ("projection_dmi: 8", "projection_dmi: there is no such setting; did you mean 'projection_dim'?"),
    ("zzz: 8", "zzz: there is no such setting"),
    ("data: {prompt_colum: x}", "data.prompt_colum: there is no such setting; did you mean 'prompt_column'?"),
    ("distributed: {nodes: 1}", "distributed.nodes: there is no such setting; did you mean 'nnode'?"),
    ("<<: {model: m}", "<<: there is no such setting"),
    // Settings of the Python tool that are not here.
    ("fsdp: true", "fsdp: found the boolean true, but this version of bergson supports only the boolean false"),
    ("profile: true", "profile: found the boolean true, but this version"),
    ("loss_fn: mse", "loss_fn: found the string 'mse', expected one of ce, kl, log_odds"),
    ("distributed: {nnode: 2}", "distributed.nnode: found the integer 2, but this version"),
    ("distributed: 2", "distributed: found the integer 2, but this version"),
    ("split_attention_modules: a", "split_attention_modules: found the string 'a', expected a list of strings"),
    ("attention: {head_dim: 1}", "attention.head_dim: found the integer 1, expected an integer, one of 0, 2, -1"),
    ("peft_init_kwargs: 8", "peft_init_kwargs: found the integer 8, expected a string"),
  ])
  func faultsOfTheIndexSectionAreNamed(_ line: String, _ message: String) throws {
    let yaml = "# a comment\nsteps:\n- build:\n    index_cfg:\n      \(line)\n"
    try TestFiles.withFile(yaml) { file in
      let error = try #require(throws: ConfigurationError.self) { try RunConfiguration.read(file) }
      #expect("\(error)".hasPrefix("\(file), line 5: build.index_cfg.\(message)"), "\(error)")
      #expect(ExitStatus.outcome(of: error, in: Root.self).status == .usage)
    }
  }

  @Test(arguments: [
    ("", "the file is empty"),
    ("# only a comment", "the file is empty"),
    ("a: [1", "did not find expected ',' or ']'"),
    ("a: b: c", "line 1: mapping values are not allowed in this context"),
    ("\tsteps:", "line 1: found character that cannot start any token"),
    ("steps: *nowhere", "line 1: found undefined alias"),
    ("a: 1\na: 2", "line 1: a key is given twice: a"),
    ("? [a]\n: b", "line 1: a key is not a plain word"),
    ("- a", "found a list of 1, expected a mapping"),
    ("steps", "found the string 'steps', expected a mapping"),
    ("index_cfg: {}", "it has no `steps:`"),
    ("steps: []", "steps: found an empty list, expected a list of steps"),
    ("steps: {build: {}}", "steps: found a mapping, expected a list of steps"),
    ("steps:\n- build", "line 2: steps: found the string 'build', expected one command and its sections"),
    ("steps:\n- {build: {}, score: {}}", "line 2: steps: found a mapping, expected one command"),
    ("steps:\n- magic: {}", "line 2: this version of bergson has no step 'magic'; steps are build, "),
    ("steps:\n- build: []", "line 2: build: found an empty list, expected a mapping of sections"),
    ("steps:\n- build: {score_cfg: {}}", "line 2: build.score_cfg: there is no such setting"),
    (
      "steps:\n- build: {index_config: {}}",
      "line 2: build.index_config: there is no such setting; did you mean 'index_cfg'?"
    ),
    ("step: []\nsteps:\n- build: {}", "line 1: step: there is no such setting; did you mean 'steps'?"),
    (
      "steps:\n- build:\n    preprocess_cfg:\n      hessian_path: a\n      preconditioner_path: b",
      "line 5: build.preprocess_cfg.preconditioner_path: the same setting is given as 'hessian_path' too"
    ),
  ])
  func faultsOfTheFormAreNamed(_ yaml: String, _ message: String) throws {
    try TestFiles.withFile(yaml) { file in
      let error = try #require(throws: ConfigurationError.self) { try RunConfiguration.read(file) }
      #expect("\(error)".contains(message) && "\(error)".contains(file), "\(error)")
    }
  }

  @Test func aFileThatIsNotThereIsNamed() {
    #expect(throws: ConfigurationError.unreadable(file: "nowhere.yaml", reason: "there is no such file")) {
      try RunConfiguration.read("nowhere.yaml")
    }
  }

  @Test func aFileThatIsNotTextIsNamed() throws {
    try TestFiles.withDirectory { directory in
      let file = directory.appending(path: "binary.yaml")
      try Data([0xFF, 0xFE, 0x00, 0x80]).write(to: file)
      let error = try #require(throws: ConfigurationError.self) { try RunConfiguration.read(file.path) }
      guard case .unreadable(file.path, _) = error else {
        Issue.record("\(error)")
        return
      }
    }
  }

  @Test func aFlatFileOfAnotherNameSaysWhatItExpects() throws {
    try TestFiles.withFile("projection_dim: 8", named: "settings.yaml") { file in
      let error = try #require(throws: ConfigurationError.self) { try RunConfiguration.read(file, for: .build) }
      #expect("\(error)".contains("index_config.yaml, preprocess_config.yaml"), "\(error)")
    }
  }
}
