import Testing

@testable import Engine

@Suite struct ModuleSelectionTests {
  private let modules = ["layers.0.attention.dense", "layers.0.mlp.up", "layers.1.attention.dense", "layers.1.mlp.up"]
    .map { ModuleDescription(name: $0, outputs: 2, inputs: 3, hasBias: true) }

  @Test func withoutSettingsAllModulesTakePart() throws {
    #expect(try ModuleSelection().indices(in: modules) == [0, 1, 2, 3])
  }

  @Test func globsLeaveModulesOutAndCrossDots() throws {
    #expect(try ModuleSelection(excluded: ["*.mlp.*"]).indices(in: modules) == [0, 2])
    #expect(try ModuleSelection(excluded: ["layers.0.*", "*.1.mlp.u?"]).indices(in: modules) == [2])
    #expect(try ModuleSelection(excluded: ["mlp"]).indices(in: modules) == [0, 1, 2, 3])
  }

  @Test func namedModulesAreKeptInModuleOrder() throws {
    let selection = ModuleSelection(only: ["layers.1.mlp.up", "layers.0.attention.dense"])
    #expect(try selection.indices(in: modules) == [0, 3])
  }

  @Test func settingsAreReadFromAConfiguration() throws {
    var configuration = IndexConfig()
    configuration.filterModules = " *.mlp.* , ,layers.1.*"
    #expect(try ModuleSelection(configuration).indices(in: modules) == [0])
  }

  @Test func anUnknownNameAndAnEmptySelectionAreErrors() {
    #expect(throws: ModuleSelectionError.unknownModule("x", known: modules.map(\.name))) {
      try ModuleSelection(only: ["x"]).indices(in: modules)
    }
    #expect(throws: ModuleSelectionError.nothingLeft(filters: ["*"])) {
      try ModuleSelection(excluded: ["*"]).indices(in: modules)
    }
  }
}
