import Testing

@testable import Engine

struct ModuleSelectionTests {
  private static let modules = ["layers.0.attention.dense", "layers.0.mlp.up", "layers.10.mlp.up", "layers.1.mlp.down"]
    .map { ModuleDescription(name: $0, outputs: 2, inputs: 3, hasBias: true) }

  private func indices(only: [String] = [], excluded: [String] = []) throws -> [Int] {
    try ModuleSelection(only: only, excluded: excluded).indices(in: Self.modules)
  }

  @Test func everythingIsSelectedUnlessSaidOtherwise() throws {
    #expect(try indices() == [0, 1, 2, 3])
  }

  @Test func namedModulesComeInTheModelsOrder() throws {
    #expect(try indices(only: ["layers.10.mlp.up", "layers.0.attention.dense"]) == [0, 2])
  }

  @Test(arguments: [
    ("*.mlp.*", [0]), ("layers.1.*", [0, 1, 2]), ("layers.?.mlp.up", [0, 2, 3]), ("layers.[01].mlp.up", [0, 2, 3]),
    ("attention", [0, 1, 2, 3]),  // a pattern is of the whole name
  ])
  func globsExcludeWholeNamesAcrossDots(pattern: String, left: [Int]) throws {
    #expect(try indices(excluded: [pattern]) == left)
  }

  @Test func excludedWinsOverNamed() throws {
    #expect(try indices(only: ["layers.0.mlp.up", "layers.1.mlp.down"], excluded: ["*.up"]) == [3])
  }

  @Test func aConfigurationsFiltersAreSeparatedByCommas() {
    var configuration = IndexConfig()
    configuration.filterModules = " *.up, ,*.down "
    #expect(ModuleSelection(configuration).excluded == ["*.up", "*.down"])
  }

  @Test func anUnknownNameIsAnErrorThatListsTheKnown() throws {
    let error = try #require(throws: ModuleSelectionError.self) { try indices(only: ["layers.0.mlp.oops"]) }
    #expect("\(error)".contains("no module 'layers.0.mlp.oops'") && "\(error)".contains("layers.0.attention.dense"))
  }

  @Test func nothingLeftIsAnErrorThatNamesTheFilters() throws {
    let error = try #require(throws: ModuleSelectionError.self) { try indices(excluded: ["*dense", "*.mlp.*"]) }
    #expect(error == .nothingLeft(filters: ["*dense", "*.mlp.*"]))
    #expect("\(error)".contains("--filter_modules '*dense, *.mlp.*'"))
  }
}
