import Testing

@testable import Engine

@Suite struct ArtifactKeyTests {
  @Test func aKeyIsItsIngredientsWhateverTheirOrder() {
    let key = ArtifactKey(kind: "index", ["b": "2", "a": "1"])
    #expect(key.canonicalForm == "a=1\nartifact=index\nb=2\nformat=1\n")
    #expect(key.digest == ArtifactKey(kind: "index", ["a": "1", "b": "2"]).digest)
    #expect(key.digest != ArtifactKey(kind: "scores", ["a": "1", "b": "2"]).digest)
    #expect(key.digest != ArtifactKey(kind: "index", ["a": "1", "b": "3"]).digest)
  }

  @Test func valuesCannotForgeIngredients() {
    let forged = ArtifactKey(kind: "index", ["a": "1\nb=2"])
    #expect(forged.canonicalForm == "a=1\\nb=2\nartifact=index\nformat=1\n")
    #expect(forged.digest != ArtifactKey(kind: "index", ["a": "1", "b": "2"]).digest)
    #expect(ArtifactKey(kind: "i", ["a": "\\n"]).digest != ArtifactKey(kind: "i", ["a": "\n"]).digest)
  }
}
