import Testing

@testable import Engine

/// Against CPython 3.
struct PythonRandomTests {
  @Test func wordsAreThoseOfCPython() {
    var random = PythonRandom(seed: 42)
    let words = (0..<1000).map { _ in random.word() }
    #expect(Array(words[..<4]) == [2_746_317_213, 478_163_327, 107_420_369, 3_184_935_163])
    // On both sides of the first regeneration.
    #expect(Array(words[623..<626]) == [2_929_454_134, 1_071_722_055, 2_864_457_210])
    #expect(words[999] == 4_212_168_831)
  }

  @Test func boundedNumbersAreThoseOfCPython() {
    var random = PythonRandom(seed: 0)
    #expect([1, 2, 3, 100, (1 << 31) - 1].map { random.below($0) } == [0, 1, 0, 33, 2_073_320_061])
  }

  @Test(arguments: [(42, [7, 3, 2, 8, 5, 6, 9, 4, 0, 1]), (7, [8, 3, 1, 4, 7, 0, 9, 6, 2, 5])] as [(UInt32, [Int])])
  func shufflesAreThoseOfCPython(seed: UInt32, expected: [Int]) {
    var random = PythonRandom(seed: seed)
    var values = Array(0..<10)
    random.shuffle(&values)
    #expect(values == expected)
    var none: [Int] = []
    random.shuffle(&none)
    #expect(none == [])
  }
}
