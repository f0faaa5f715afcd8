/// Python's `==`, `<` and `in` on the values of templates.
enum JinjaComparison {
  static func areEqual(_ left: JinjaValue, _ right: JinjaValue, _ interpreter: JinjaInterpreter) throws -> Bool {
    try interpreter.charge(1)
    switch (left, right) {
    case (.undefined, .undefined), (.null, .null): return true
    case (.string(let left), .string(let right)), (.string(let left), .markup(let right)),
      (.markup(let left), .string(let right)), (.markup(let left), .markup(let right)):
      try interpreter.charge(left.utf8.count >> 6)
      return left.hasSameBytes(as: right)
    case (.list(let left), .list(let right)), (.tuple(let left), .tuple(let right)):
      return try areEqual(left.elements, right.elements, interpreter)
    case (.dictionary(let left), .dictionary(let right)):
      guard left.members.count == right.members.count else { return false }
      for (key, value) in left.members {
        guard let other = right[key], try areEqual(value, other, interpreter) else { return false }
      }
      return true
    case (.view(let left, let type), .view(let right, let other)) where type == other && type != "dict_values":
      guard left.elements.count == right.elements.count else { return false }
      return try left.elements.allSatisfy { try contains($0, in: right.elements, interpreter) }
    case (.range(let left), .range(let right)):
      return left.count == right.count
        && (left.count == 0 || left.start == right.start && (left.count == 1 || left.step == right.step))
    case (.iterator(let left), .iterator(let right)): return left === right
    case (.object(let left), .object(let right)): return left === right
    case (.number(let left), .number(let right)): return left == right
    case (.number(let left), _): return right.index.map { isEqual(left, $0) } ?? false
    case (_, .number(let right)): return left.index.map { isEqual(right, $0) } ?? false
    default:
      guard let left = left.index, let right = right.index else { return false }
      return left == right
    }
  }

  /// Exactly, where a conversion of the integer would round.
  private static func isEqual(_ number: Double, _ integer: Int) -> Bool { Int(exactly: number) == integer }

  private static func areEqual(
    _ left: [JinjaValue], _ right: [JinjaValue], _ interpreter: JinjaInterpreter
  ) throws -> Bool {
    guard left.count == right.count else { return false }
    return try zip(left, right).allSatisfy { try areEqual($0, $1, interpreter) }
  }

  static func contains(
    _ value: JinjaValue, in elements: [JinjaValue], _ interpreter: JinjaInterpreter
  ) throws -> Bool {
    try elements.contains { try areEqual($0, value, interpreter) }
  }

  /// `value in container`.
  static func contains(_ value: JinjaValue, in container: JinjaValue, _ interpreter: JinjaInterpreter) throws -> Bool {
    switch container {
    case .string(let text), .markup(let text):
      guard let part = value.text else {
        throw JinjaError.type("'in <string>' requires string as left operand, not \(value.typeName)")
      }
      try interpreter.charge((text.utf8.count + part.utf8.count) >> 4)
      return text.pythonContains(part)
    case .dictionary(let dictionary):
      try value.checkHashable()
      return dictionary[value] != nil
    case .list(let list), .tuple(let list), .view(let list, _):
      return try contains(value, in: list.elements, interpreter)
    case .range(let range): return try contains(value, in: range.elements, interpreter)
    case .iterator(let iterator):
      while let element = try iterator.next() {
        if try areEqual(element, value, interpreter) { return true }
      }
      return false
    case .undefined: return false
    default: throw JinjaError.type("argument of type '\(container.typeName)' is not iterable")
    }
  }

  /// Which of two values comes first: negative, zero or positive; nil where a NaN is neither.
  ///
  /// - Throws: `JinjaError` of kind `type` where Python does not order the two.
  static func order(
    _ left: JinjaValue, _ right: JinjaValue, _ symbol: String, _ interpreter: JinjaInterpreter
  ) throws -> Int? {
    try interpreter.charge(1)
    if case .undefined(let missing) = left { throw missing.error }
    if case .undefined(let missing) = right { throw missing.error }
    if let left = left.text, let right = right.text {
      try interpreter.charge(left.utf8.count >> 6)
      // The order of UTF-8 bytes is that of the scalars.
      if left.hasSameBytes(as: right) { return 0 }
      return left.utf8.lexicographicallyPrecedes(right.utf8) ? -1 : 1
    }
    switch (left, right) {
    case (.list(let left), .list(let right)), (.tuple(let left), .tuple(let right)):
      for (left, right) in zip(left.elements, right.elements) where try !areEqual(left, right, interpreter) {
        return try order(left, right, symbol, interpreter)
      }
      return left.elements.count - right.elements.count
    case (.number(let left), .number(let right)): return order(left, right)
    case (.number(let left), _):
      if let right = right.index { return order(left, Double(right)) }
    case (_, .number(let right)):
      if let left = left.index { return order(Double(left), right) }
    default:
      if let left = left.index, let right = right.index { return left < right ? -1 : left == right ? 0 : 1 }
    }
    throw JinjaError.type(
      "'\(symbol)' not supported between instances of '\(left.typeName)' and '\(right.typeName)'")
  }

  private static func order(_ left: Double, _ right: Double) -> Int? {
    left < right ? -1 : left > right ? 1 : left == right ? 0 : nil
  }

  static func apply(
    _ comparison: JinjaExpression.Comparison, _ left: JinjaValue, _ right: JinjaValue, _ interpreter: JinjaInterpreter
  ) throws -> Bool {
    func order() throws -> Int? { try self.order(left, right, comparison.rawValue, interpreter) }
    switch comparison {
    case .equal: return try areEqual(left, right, interpreter)
    case .notEqual: return try !areEqual(left, right, interpreter)
    case .less: return try order().map { $0 < 0 } ?? false
    case .lessOrEqual: return try order().map { $0 <= 0 } ?? false
    case .greater: return try order().map { $0 > 0 } ?? false
    case .greaterOrEqual: return try order().map { $0 >= 0 } ?? false
    case .isIn: return try contains(left, in: right, interpreter)
    case .isNotIn: return try !contains(left, in: right, interpreter)
    }
  }

  /// Python's stable `sorted`.
  static func sorted(
    _ elements: [JinjaValue], reverse: Bool, _ interpreter: JinjaInterpreter, key: (JinjaValue) throws -> JinjaValue
  ) throws -> [JinjaValue] {
    let keyed = try elements.map { (key: try key($0), value: $0) }
    // Which is asked first decides the words of a complaint: Python asks whether the later one is less.
    let sorted = try keyed.enumerated().sorted { left, right in
      let less: Int
      if left.offset < right.offset {
        less = try -(order(right.element.key, left.element.key, "<", interpreter) ?? 0)
      } else {
        less = try order(left.element.key, right.element.key, "<", interpreter) ?? 0
      }
      if less != 0 { return reverse ? less > 0 : less < 0 }
      return left.offset < right.offset
    }
    return sorted.map(\.element.value)
  }
}
