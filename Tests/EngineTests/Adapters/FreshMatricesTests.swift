import Foundation
import Testing

@testable import Engine

/// Against what PEFT draws after `torch.manual_seed`: `Tests/Fixtures/adapters/fresh.tensors`.
struct FreshMatricesTests {
  private func updates(_ architecture: String, _ arguments: String) throws -> [LowRankUpdate] {
    let adapter = try LoRAAdapter(fresh: AdapterArguments(arguments), architecture: architecture)
    return try AdapterFixtures.linears(architecture).compactMap {
      try adapter.update(of: $0.name, outputs: $0.outputs, inputs: $0.inputs, precision: .fp32)
    }
  }

  @Test(arguments: [
    ("llama", "llama", "r=3,target_modules=q_proj|v_proj", 0),
    ("llama_random", "llama", "r=2,target_modules=k_proj|down_proj,init_lora_weights=false,lora_bias=true,seed=7", 0),
    ("gpt2_gaussian", "gpt2", "r=5,target_modules=c_attn|c_fc,init_lora_weights=gaussian,seed=4294967295", 2),
  ])
  func matricesAreThoseOfPEFT(name: String, architecture: String, arguments: String, units: Float) throws {
    let tensors = try SafetensorsFile(AdapterFixtures.folder.appendingPathComponent("fresh.tensors"))
    let updates = try updates(architecture, arguments)
    var compared = 0
    for update in updates {
      for (matrix, part) in [(update.a, "lora_A"), (update.b, "lora_B")] {
        let expected = try tensors.floats("\(name).model.\(update.module).\(part).default.weight")
        #expect(matrix.rows * matrix.columns == expected.count)
        for (own, other) in zip(matrix.toArray(), expected) {
          #expect(abs(own - other) <= units * other.ulp, "\(update.module) \(part): \(own), \(other)")
        }
        compared += 1
      }
    }
    #expect(compared == tensors.names.count { $0.hasPrefix("\(name).") && !$0.hasSuffix("bias") })
  }

  @Test func anotherSeedGivesOtherMatrices() throws {
    let one = try updates("llama", "r=3,target_modules=q_proj|v_proj")
    let other = try updates("llama", "r=3,target_modules=q_proj|v_proj,seed=43")
    #expect(one[0].a.toArray() != other[0].a.toArray())
  }

  /// B is zero, so what A makes has no effect yet, and A no gradient.
  @Test func aFreshAdapterChangesNoLogit() throws {
    func hidden(_ arguments: String) throws -> [Float] {
      let model = try LoadedModel(
        AdapterFixtures.model("llama"), revision: nil, adapterArguments: arguments, precision: .fp32,
        from: LocalRepositories()
      ).model
      let ids: [Int32] = [3, 1, 4, 1, 5]
      return model.hiddenStates(RaggedBatch([(document: 0, ids: ids, labels: ids)]), arena: Arena()).toArray()
    }
    #expect(try hidden("r=3") == hidden(""))
    #expect(try hidden("r=3,init_lora_weights=false") != hidden(""))
  }
}
