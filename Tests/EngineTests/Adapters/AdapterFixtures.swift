import Foundation
import Testing

@testable import Engine

/// The adapters of `Tests/Fixtures/adapters` (`generate.py` there), and the models that they are for.
enum AdapterFixtures {
  static let folder = FixtureSet.gptNeoX.root.deletingLastPathComponent().appendingPathComponent("adapters")

  static func path(_ name: String) -> String { folder.appendingPathComponent(name).path }

  static func model(_ architecture: String) -> String {
    folder.deletingLastPathComponent().appendingPathComponent("architectures/\(architecture)").path
  }

  /// The linear modules of a model under the names of the full model.
  static func linears(_ architecture: String) throws -> [ModuleDescription] {
    let prefix = architecture == "gpt2" ? "transformer" : "model"
    return try LoadedModel(path: model(architecture), precision: .fp32).model.modules.map {
      ModuleDescription(name: "\(prefix).\($0.name)", outputs: $0.outputs, inputs: $0.inputs, hasBias: $0.hasBias)
    }
  }

  /// A copy of an adapter whose configuration may be changed, beside its own base model.
  static func copy(_ name: String, of base: String, to scratch: Scratch) throws -> URL {
    let manager = FileManager.default
    let target = scratch.url.appendingPathComponent("adapter")
    try manager.copyItem(at: folder.appendingPathComponent(name), to: target)
    try manager.copyItem(
      at: URL(fileURLWithPath: model(base)), to: scratch.url.appendingPathComponent("base"))
    try edit(target) { $0["base_model_name_or_path"] = "base" }
    return target
  }

  static func edit(_ adapter: URL, _ change: (inout [String: Any]) -> Void) throws {
    let file = adapter.appendingPathComponent("adapter_config.json")
    var object = try #require(try JSONSerialization.jsonObject(with: Data(contentsOf: file)) as? [String: Any])
    change(&object)
    try JSONSerialization.data(withJSONObject: object).write(to: file)
  }
}
