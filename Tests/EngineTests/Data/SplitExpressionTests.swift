import Testing

@testable import Engine

struct SplitExpressionTests {
  @Test(
    arguments: [
      ("train", 7, [0..<7]), ("train[:]", 7, [0..<7]), ("any.name_2", 7, [0..<7]), (" train ", 7, [0..<7]),
      ("train[:3]", 7, [0..<3]), ("train[2:]", 7, [2..<7]), ("train[2:4]", 7, [2..<4]),
      ("train[-5:]", 7, [2..<7]), ("train[:-2]", 7, [0..<5]), ("train[-100:3]", 7, [0..<3]),
      ("train[:100]", 7, [0..<7]), ("train[9:]", 7, [7..<7]), ("train[5:3]", 7, [5..<5]),
      ("train[:1_000]", 2000, [0..<1000]),
      ("train[10%:20%]", 200, [20..<40]), ("train[:50%]", 7, [0..<4]), ("train[-10%:]", 200, [180..<200]),
      // Half to even: 2.5 -> 2, 3.5 -> 4.
      ("train[:50%]", 5, [0..<2]), ("train[50%:]", 7, [4..<7]),
      // One percent sign is enough.
      ("train[10:20%]", 200, [20..<40]),
      ("train[:33%](closest)", 199, [0..<66]), ("train[:33%](pct1_dropremainder)", 199, [0..<33]),
      ("train+validation", 3, [0..<3, 0..<3]), ("train[:1] + test[-1:]", 3, [0..<1, 2..<3]),
      ("train", 0, [0..<0]), ("train[:10%]", 0, [0..<0]),
    ] as [(String, Int, [Range<Int>])])
  func rowsAreThoseOfHuggingFace(expression: String, count: Int, ranges: [Range<Int>]) throws {
    #expect(try SplitExpression(expression).ranges(count: count) == ranges)
  }

  @Test func percentagesCoverEveryRowOnce() throws {
    for count in [1, 7, 99, 100, 101, 12_345] {
      let expression = stride(from: 0, to: 100, by: 7).map { "train[\($0)%:\(min($0 + 7, 100))%]" }
      let ranges = try SplitExpression(expression.joined(separator: "+")).ranges(count: count)
      #expect(ranges.flatMap { Array($0) } == Array(0..<count))
    }
  }

  @Test(
    arguments: [
      ("", ""), ("train[", "train["), ("train[]", "]"), ("train[5]", "]"), ("train[:5", "train[:5"),
      ("train[:5]x", "x"), ("train[a:]", "a:]"), ("train[:--5]", "--5]"), ("train[:-]", "-]"), ("train[:5-]", "5-]"),
      ("train[:1__0]", "1__0]"), ("train[:_1]", "_1]"), ("train[:1.5]", ".5]"), ("train[: 5]", " 5]"),
      ("train[%:]", "%:]"), ("train[0:1:2]", ":2]"), ("[:5]", "[:5]"), ("a..b", "a..b"), (".a", ".a"),
      ("tr ain", " ain"), ("train+", ""), ("+train", ""), ("train++test", ""), ("train-x", "-x"),
      ("train[:5%](closest", "train[:5%](closest"),
    ])
  func malformedSplitsAreErrors(expression: String, part: String) {
    #expect(throws: SplitError.malformed(expression: expression, part: part)) { try SplitExpression(expression) }
  }

  @Test(
    arguments: [
      .numberTooLarge(expression: "a[:99999999999999999999]", number: "99999999999999999999"),
      .numberTooLarge(expression: "a[-9223372036854775808:]", number: "-9223372036854775808"),
      .percentOutOfRange(expression: "a[:101%]", percent: 101),
      .percentOutOfRange(expression: "a[-101%:]", percent: -101),
      .unknownRounding(expression: "a[:5%](up)", rounding: "up"),
      .roundingWithoutPercent(expression: "a[:5](closest)"),
      .roundingWithoutPercent(expression: "a(closest)"),
    ] as [SplitError])
  func impossibleSplitsAreErrors(error: SplitError) throws {
    let expression = try #require(error.description.split(separator: "split '").last?.prefix { $0 != "'" })
    #expect(throws: error) { try SplitExpression(String(expression)) }
  }

  @Test func wholeHundredthsNeedAHundredRows() throws {
    let expression = try SplitExpression("a[:5%](pct1_dropremainder)")
    #expect(throws: SplitError.tooFewRows(expression: expression.description, rows: 99)) {
      try expression.ranges(count: 99)
    }
  }

  @Test(
    arguments: [
      ("a[:5]", false), ("a[2:5]", false), ("a", false), ("a[2:]", false), ("a[:-1]", true), ("a[-3:5]", true),
      ("a[-3:]", true), ("a[:5%]", true), ("a[5%:]", true),
    ])
  func someBoundsNeedTheNumberOfRows(expression: String, needsCount: Bool) throws {
    #expect(try SplitExpression(expression).parts.map(\.needsCount) == [needsCount])
  }
}

extension SplitExpression {
  /// The rows selected among `count` of a single split, whatever it is called.
  fileprivate func ranges(count: Int) throws -> [Range<Int>] { try parts.map { try range(of: $0, count: count) } }
}
