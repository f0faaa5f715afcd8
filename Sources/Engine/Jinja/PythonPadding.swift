/// White space, and other fillings, that bring texts to a width.
extension JinjaInterpreter {
  enum Side {
    /// Where the text goes.
    case left, center, right
  }

  func padded(_ text: String, to width: Int, _ fill: String, _ side: Side) throws -> String {
    let missing = width - text.unicodeScalars.count
    guard missing > 0 else { return text }
    switch side {
    case .left: return try joined(text, repeated(fill, missing))
    case .right: return try joined(repeated(fill, missing), text)
    case .center:
      // CPython puts the odd one to the left where the width is odd.
      let before = missing / 2 + (missing & width & 1)
      return try joined(joined(repeated(fill, before), text), repeated(fill, missing - before))
    }
  }

  /// Tabs become spaces up to the next multiple of `size`.
  func expandingTabs(_ text: String, size: Int) throws -> String {
    var result = ""
    var column = 0
    for scalar in text.unicodeScalars {
      if scalar == "\t" {
        guard size > 0 else { continue }
        let count = size - column % size
        result = try joined(result, repeated(" ", count))
        column += count
      } else {
        result.unicodeScalars.append(scalar)
        column = scalar == "\n" || scalar == "\r" ? 0 : column + 1
      }
    }
    return result
  }
}
