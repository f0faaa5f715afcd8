import Testing

@testable import Engine

struct HeadSplitTests {
  private let modules = [
    ModuleDescription(name: "q", outputs: 12, inputs: 4, hasBias: false),
    ModuleDescription(name: "k", outputs: 6, inputs: 4, hasBias: false),
  ]

  private func sizes(_ names: [String], heads: Int = 0, size: Int = 0) throws -> [String: Int] {
    var configuration = IndexConfig()
    configuration.splitAttentionModules = names
    configuration.attention.numHeads = heads
    configuration.attention.headSize = size
    return try HeadSplit.headSizes(configuration, of: modules)
  }

  @Test func whatIsNotGivenFollows() throws {
    #expect(try sizes(["q"], heads: 4, size: 3) == ["q": 3])
    #expect(try sizes(["q", "k"], heads: 2) == ["q": 6, "k": 3])
    // Grouped queries: fewer heads of the same size.
    #expect(try sizes(["q", "k"], size: 3) == ["q": 3, "k": 3])
    #expect(try sizes([], heads: 5) == [:])
  }

  @Test(arguments: [(4, 4), (5, 0), (0, 5), (13, 0), (0, 13), (.max, .max), (2, 3)])
  func headsCoverTheirModule(_ heads: Int, _ size: Int) {
    #expect(throws: HeadSplitError.doesNotCover(module: "q", outputs: 12, heads: heads, size: size)) {
      try sizes(["q"], heads: heads, size: size)
    }
  }

  @Test func anUnknownModuleIsNamed() {
    #expect(throws: ModuleSelectionError.unknownModule("v", known: ["q", "k"])) { try sizes(["v"], heads: 1) }
  }
}
