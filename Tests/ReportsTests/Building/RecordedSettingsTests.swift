import Testing

@testable import Reports

struct RecordedSettingsTests {
  @Test func readsScalarsAtAnyDepth() {
    let settings = RecordedSettings(
      configYAML: """
        steps:
        - score:
            index_cfg:
              projection_dim: 16
              filter_modules: null
              tokenizer: ''
            preprocess_cfg:
              hessian_path: "/a: b"
        """)
    #expect(settings["projection_dim"] == "16")
    #expect(settings["hessian_path"] == "/a: b")
    #expect(settings["filter_modules"] == nil)
    #expect(settings["tokenizer"] == nil)
    #expect(settings["index_cfg"] == nil)
    #expect(settings["dim"] == nil)
  }

  @Test func saysNothingWhereStepsDiffer() {
    let settings = RecordedSettings(configYAML: "a:\n  p: 1\n  q: 3\nb:\n  p: 2\n  q: 3\n")
    #expect(settings["p"] == nil)
    #expect(settings["q"] == "3")
  }
}
