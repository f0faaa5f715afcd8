import Testing

@testable import Engine

struct AdapterArgumentsTests {
  @Test func valuesAreReadAsThePythonToolReadsThem() throws {
    let arguments = try AdapterArguments(
      "r=4, lora_alpha = 2.5,target_modules=q_proj|v_proj,use_rslora=TRUE,init_lora_weights=False,seed=7,peft_type=LORA,"
        + "layers_to_transform=0|1,modules_to_save=lm_head,use_dora=false,lora_dropout=0.1")
    let configuration = arguments.configuration
    #expect(configuration.rank == 4 && configuration.alpha == 2.5 && configuration.isRankStabilized)
    #expect(configuration.targets == .endings(["q_proj", "v_proj"]) && configuration.layers == [0, 1])
    #expect(configuration.initialization == .random && configuration.savedModules == ["lm_head"])
    #expect(arguments.seed == 7)
  }

  /// To PEFT too.
  @Test func oneTargetIsARegularExpression() throws {
    #expect(try AdapterArguments("target_modules=.*q_proj").configuration.targets == .pattern(".*q_proj"))
    #expect(try AdapterArguments("target_modules=all-linear").configuration.targets == .allLinear)
    #expect(try AdapterArguments("r=4").seed == 42)
  }

  @Test(arguments: [
    ("r", "'r' has no '='"), ("r=4,", "'' has no '='"), ("=4", "'=4' has no name before its '='"),
    ("4r=4", "has no name"), ("r=4,r=5", "'r=5' is given twice"),
    ("seed=-1", "must be an integer from 0 to 4294967295"),
    ("seed=x", "must be an integer"), ("r=four", "'r' of '--peft_init_kwargs' is a string, expected an integer"),
    ("r=", "'r' of '--peft_init_kwargs' is a string"), ("r=0", "expected 1 to 65536"),
    ("rank=4", "'--peft_init_kwargs' has no setting 'rank'; it has alpha_pattern"),
    ("use_dora=true", "use_dora of '--peft_init_kwargs' is true"),
    ("peft_type=IA3", #"is "IA3", which is not supported"#),
    ("init_lora_weights=pissa", "supported: true, false, gaussian"), ("bias=all", "bias of '--peft_init_kwargs'"),
  ])
  func aMalformedArgumentIsNamed(text: String, words: String) throws {
    let error = try #require(throws: (any Error).self) { try AdapterArguments(text) }
    #expect("\(error)".contains(words), "\(error)")
  }
}
