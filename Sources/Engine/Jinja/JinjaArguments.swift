/// The arguments of a call.
package struct JinjaArguments {
  var positional: [JinjaValue] = []
  var keywords: [(name: String, value: JinjaValue)] = []

  var depth: Int {
    max(positional.reduce(0) { max($0, $1.depth) }, keywords.reduce(0) { max($0, $1.value.depth) })
  }

  /// The arguments in the order of `names`, nil for those that are not given.
  ///
  /// - Parameters:
  ///   - function: its name, for the complaints.
  ///   - required: how many of the first have no default.
  ///   - extra: what the function has before these: the value that a filter is applied to.
  /// - Throws: `JinjaError` of kind `type`, in Python's words.
  func bound(
    _ function: String, _ names: [String], required: Int = 0, extra: Int = 0
  ) throws -> [JinjaValue?] {
    guard positional.count <= names.count else {
      let most = names.count + extra
      let least = required + extra
      let takes = least == most ? "\(most)" : "from \(least) to \(most)"
      throw JinjaError.type(
        "\(function)() takes \(takes) positional argument\(most == 1 ? "" : "s") but \(positional.count + extra) "
          + "\(positional.count + extra == 1 ? "was" : "were") given")
    }
    var values: [JinjaValue?] = positional + Array(repeating: nil, count: names.count - positional.count)
    for (name, value) in keywords {
      guard let place = names.firstIndex(of: name) else {
        throw JinjaError.type("\(function)() got an unexpected keyword argument '\(name)'")
      }
      guard values[place] == nil else {
        throw JinjaError.type("\(function)() got multiple values for argument '\(name)'")
      }
      values[place] = value
    }
    let missing = names.prefix(required).enumerated().filter { values[$0.offset] == nil }.map { "'\($0.element)'" }
    guard missing.isEmpty else {
      let list = missing.count < 3 ? missing.joined(separator: " and ") : missing.joined(separator: ", ")
      throw JinjaError.type(
        "\(function)() missing \(missing.count) required positional argument\(missing.count == 1 ? "" : "s"): \(list)")
    }
    return values
  }

  /// The arguments of a method that takes them by place only.
  func positional(_ method: String, _ counts: ClosedRange<Int>) throws -> [JinjaValue] {
    guard keywords.isEmpty else { throw JinjaError.type("\(method)() takes no keyword arguments") }
    let count = positional.count
    if counts.contains(count) { return positional }
    if counts.upperBound == 0 { throw JinjaError.type("\(method)() takes no arguments (\(count) given)") }
    if counts.count == 1 {
      let wanted = counts.lowerBound == 1 ? "exactly one argument" : "exactly \(counts.lowerBound) arguments"
      throw JinjaError.type("\(method)() takes \(wanted) (\(count) given)")
    }
    let name = method.split(separator: ".").last.map(String.init) ?? method
    let bound = count < counts.lowerBound ? counts.lowerBound : counts.upperBound
    let most = count < counts.lowerBound ? "at least" : "at most"
    throw JinjaError.type("\(name) expected \(most) \(bound) argument\(bound == 1 ? "" : "s"), got \(count)")
  }
}

extension JinjaValue? {
  /// The value, or nil where it is not given or none.
  var unlessNone: JinjaValue? {
    if case .some(.null) = self { nil } else { self }
  }
}

extension JinjaValue {
  /// The value as a whole number.
  func integer() throws -> Int {
    guard let index else { throw JinjaError.type("'\(typeName)' object cannot be interpreted as an integer") }
    return index
  }
}
