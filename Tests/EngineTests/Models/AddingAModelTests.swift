import Foundation
import Testing

@testable import Engine

/// `docs/adding-a-model.md` shows the program's own code: every block of it is there, word for word.
struct AddingAModelTests {
  private static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent()

  private func text(_ path: String) throws -> String {
    try String(contentsOf: Self.root.appendingPathComponent(path), encoding: .utf8)
  }

  private func blocks(_ language: String) throws -> [String] {
    try text("docs/adding-a-model.md").components(separatedBy: "```\(language)\n").dropFirst().map {
      $0.components(separatedBy: "```")[0]
    }
  }

  @Test func theArchitectureIsTheFile() throws {
    let swift = try blocks("swift")
    #expect(swift.count == 2)
    #expect(try swift.first == text("Sources/Engine/Models/Olmo2.swift"))
  }

  @Test func theLineIsInTheRegistry() throws {
    let line = try #require(try blocks("swift").last)
    #expect(try text("Sources/Engine/Models/ModelRegistry.swift").contains(line))
    #expect(ModelRegistry.architectures["olmo2"] != nil)
  }

  @Test func theCaseIsInTheGenerator() throws {
    let python = try blocks("python")
    #expect(python.count == 1)
    #expect(try text("Tests/Fixtures/architectures/generate.py").contains(python[0]))
    #expect(ArchitectureTests.names.contains("olmo2"))
  }

  /// What the page names exists: files by their paths, types by a declaration.
  @Test func everythingThatIsNamedExists() throws {
    let page = try text("docs/adding-a-model.md")
    for path in ["Sources/Engine/Models/Decoder", "Tests/EngineTests/Layers", "Tests/EngineTests/Models"] {
      #expect(FileManager.default.fileExists(atPath: Self.root.appendingPathComponent(path).path))
    }
    let decoder = try ["Sources/Engine/Models", "Sources/Engine/Models/Decoder", "Sources/Engine/Layers"]
      .flatMap { folder in
        try FileManager.default.contentsOfDirectory(atPath: Self.root.appendingPathComponent(folder).path)
          .filter { $0.hasSuffix(".swift") }.map { try text("\(folder)/\($0)") }
      }.joined()
    let types = [
      "DecoderStack", "ParameterReader", "HeadProjection", "GroupedQueryAttention", "SelfAttention", "PlainMLP",
      "GatedMLP", "Sublayer", "ModuleLinear", "ResidualBranch", "GatedDecoder", "ModelRegistry",
    ]
    for type in types {
      #expect(page.contains("`\(type)"), "the page does not name \(type)")
      let declared = ["struct", "enum", "protocol"].contains { decoder.contains("package \($0) \(type)") }
      #expect(declared, "\(type) is declared nowhere")
    }
  }
}
