import Testing

@testable import Engine

struct JSONObjectTests {
  /// Below, at and beyond the number of members from which keys are hashed.
  @Test(arguments: [0, 1, 7, 8, 9, 10, 1000])
  func membersAreFoundAndKeepTheirOrder(count: Int) {
    let keys = (0..<count).map { "key \($0 * 7 % 1009)" }
    var object = JSONObject()
    for (value, key) in keys.enumerated() {
      let isNew = object.append(key, .integer(value))
      #expect(isNew)
    }
    #expect(object.keys == keys)
    for (value, key) in keys.enumerated() { #expect(object[key] == .integer(value)) }
    #expect(object["absent"] == nil)
    for key in keys {
      let isNew = object.append(key, .null)
      #expect(!isNew)
    }
    #expect(object.count == count)
  }

  /// "é" in its two spellings, of different length; "Å" in two of three bytes, which `String` takes for equal.
  @Test(arguments: [("\u{E9}", "e\u{301}"), ("\u{212B}", "A\u{30A}")], [0, 7, 20])
  func canonicallyEquivalentKeysAreTwo(spellings: (String, String), others: Int) {
    #expect(spellings.0 == spellings.1)
    var object = JSONObject((0..<others).map { (key: "\($0)", value: .null) })
    let isNew = [object.append(spellings.0, .integer(1)), object.append(spellings.1, .integer(2))]
    #expect(isNew == [true, true])
    #expect(object[spellings.0] == .integer(1))
    #expect(object[spellings.1] == .integer(2))
  }

  @Test func aKeyGivenTwiceInCodeIsAMistake() async {
    await #expect(processExitsWith: .failure) { _ = ["a": .null, "a": .null] as JSONObject }
  }
}
