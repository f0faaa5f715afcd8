/// Why a split cannot be understood or applied.
package enum SplitError: Error, Equatable, CustomStringConvertible {
  case malformed(expression: String, part: String)
  case numberTooLarge(expression: String, number: String)
  case percentOutOfRange(expression: String, percent: Int)
  case unknownRounding(expression: String, rounding: String)
  case roundingWithoutPercent(expression: String)
  /// `pct1_dropremainder` takes whole hundredths of the rows.
  case tooFewRows(expression: String, rows: Int)

  package var description: String {
    switch self {
    case .malformed(let expression, let part):
      "the split '\(expression)' cannot be read at '\(part)'; expected forms like train, train[:100], train[10%:20%]"
        + " or train+validation"
    case .numberTooLarge(let expression, let number): "the number \(number) of the split '\(expression)' is too large"
    case .percentOutOfRange(let expression, let percent):
      "\(percent)% in the split '\(expression)' is not within -100% and 100%"
    case .unknownRounding(let expression, let rounding):
      "the rounding '\(rounding)' of the split '\(expression)' is neither closest nor pct1_dropremainder"
    case .roundingWithoutPercent(let expression): "the split '\(expression)' has a rounding but no percentages"
    case .tooFewRows(let expression, let rows):
      "the split '\(expression)' rounds by pct1_dropremainder, which needs 100 rows or more; there are \(rows)"
    }
  }
}

/// Which rows of a data set: `train`, `train[:100]`, `train[10%:20%]`, `train[-5:]`, `train+validation`.
///
/// Syntax and meaning are those of `datasets.ReadInstruction` (Hugging Face): percentages are rounded to the closest
/// row (half to even), `(pct1_dropremainder)` behind a slice takes whole hundredths, a percent sign on either side holds
/// for both, negative bounds count from the end, bounds beyond the end are the end.
package struct SplitExpression: Sendable, Equatable, CustomStringConvertible {
  enum Rounding: String, Sendable {
    case closest
    case dropRemainder = "pct1_dropremainder"
  }

  struct Part: Sendable, Equatable {
    var name: String
    var lower: Int?
    var upper: Int?
    /// nil where bounds are rows.
    var percentRounding: Rounding?

    /// Whether the bounds mean something only once it is known how many rows there are.
    var needsCount: Bool { percentRounding != nil || lower ?? 0 < 0 || upper ?? 0 < 0 }
  }

  package let description: String
  let parts: [Part]

  package init(_ expression: String) throws {
    description = expression
    parts = try expression.split(separator: "+", omittingEmptySubsequences: false).map { part in
      var parser = SplitPartParser(expression: expression, part: part.trimmingSpaces)
      return try parser.parse()
    }
  }

  /// The splits named, each once.
  var names: [String] {
    parts.map(\.name).enumerated().filter { i, name in parts[..<i].allSatisfy { $0.name != name } }.map(\.element)
  }

  /// How many rows from the front decide the selection; nil where that takes the number of all rows.
  var neededRows: Int? {
    var needed = 0
    for part in parts {
      guard !part.needsCount, let upper = part.upper else { return nil }
      needed = max(needed, upper)
    }
    return needed
  }

  /// The rows that a part selects among `count`.
  ///
  /// - Throws: `SplitError.tooFewRows`.
  func range(of part: Part, count: Int) throws -> Range<Int> {
    let lower = clamp(try part.lower.map { try rows($0, part, count) } ?? 0, count)
    let upper = clamp(try part.upper.map { try rows($0, part, count) } ?? count, count)
    return lower..<max(lower, upper)
  }

  /// A bound in rows, before it is counted from the end or cut.
  private func rows(_ bound: Int, _ part: Part, _ count: Int) throws -> Int {
    switch part.percentRounding {
    case nil: return bound
    case .closest: return Int((Double(bound * count) / 100).rounded(.toNearestOrEven))
    case .dropRemainder:
      guard count >= 100 else { throw SplitError.tooFewRows(expression: description, rows: count) }
      return bound * (count / 100)
    }
  }

  private func clamp(_ bound: Int, _ count: Int) -> Int {
    min(bound < 0 ? max(count + bound, 0) : bound, count)
  }
}

/// Parses one part: `NAME`, `NAME[FROM:TO]`, `NAME[FROM%:TO%](ROUNDING)`.
private struct SplitPartParser {
  let expression: String
  let part: Substring
  private var rest: Substring

  init(expression: String, part: Substring) {
    self.expression = expression
    self.part = part
    rest = part
  }

  mutating func parse() throws -> SplitExpression.Part {
    var result = SplitExpression.Part(name: try name())
    var isPercent = false
    if take("[") {
      let lower = try bound()
      guard take(":") else { throw malformed }
      let upper = try bound()
      guard take("]") else { throw malformed }
      (result.lower, result.upper) = (lower?.value, upper?.value)
      isPercent = lower?.isPercent == true || upper?.isPercent == true
    }
    let rounding = try rounding()
    guard rest.isEmpty else { throw malformed }
    if isPercent {
      for percent in [result.lower, result.upper].compactMap({ $0 }) where !(-100...100).contains(percent) {
        throw SplitError.percentOutOfRange(expression: expression, percent: percent)
      }
      result.percentRounding = rounding ?? .closest
    } else if rounding != nil {
      throw SplitError.roundingWithoutPercent(expression: expression)
    }
    return result
  }

  private var malformed: SplitError {
    .malformed(expression: expression, part: String(rest.isEmpty ? part : rest))
  }

  private mutating func take(_ character: Character) -> Bool {
    guard rest.first == character else { return false }
    rest.removeFirst()
    return true
  }

  /// Words joined by dots, as in `train.clean`.
  private mutating func name() throws -> String {
    let name = rest.prefix { $0.isLetter || $0.isNumber || $0 == "_" || $0 == "." }
    guard name.split(separator: ".", omittingEmptySubsequences: false).allSatisfy({ !$0.isEmpty }) else {
      throw malformed
    }
    rest.removeFirst(name.count)
    return String(name)
  }

  /// A number with an optional sign and percent sign; nil where there is none. `1_000` is a thousand, as in Python.
  private mutating func bound() throws -> (value: Int, isPercent: Bool)? {
    let text = rest.prefix { $0 == "-" || $0 == "_" || ("0"..."9").contains($0) }
    if text.isEmpty { return nil }
    let digits = text.first == "-" ? text.dropFirst() : text
    let groups = digits.split(separator: "_", omittingEmptySubsequences: false)
    guard groups.allSatisfy({ !$0.isEmpty && !$0.contains("-") }) else { throw malformed }
    // Products with a hundred must not overflow.
    guard let value = Int(text.filter { $0 != "_" }), abs(value / 100) < Int.max / 10000 else {
      throw SplitError.numberTooLarge(expression: expression, number: String(text))
    }
    rest.removeFirst(text.count)
    return (value, take("%"))
  }

  private mutating func rounding() throws -> SplitExpression.Rounding? {
    guard take("(") else { return nil }
    let name = rest.prefix { $0 != ")" }
    rest.removeFirst(name.count)
    guard take(")") else { throw malformed }
    guard let rounding = SplitExpression.Rounding(rawValue: String(name)) else {
      throw SplitError.unknownRounding(expression: expression, rounding: String(name))
    }
    return rounding
  }
}

extension Substring {
  fileprivate var trimmingSpaces: Substring {
    let front = drop { $0.isWhitespace }
    guard let last = front.lastIndex(where: { !$0.isWhitespace }) else { return front }
    return front[...last]
  }
}
