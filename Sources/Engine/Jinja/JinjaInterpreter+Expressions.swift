/// What each expression is worth.
extension JinjaInterpreter {
  /// - Parameters:
  ///   - filtered: what filters at the head of a block are applied to.
  ///   - caller: what `caller` is in the macro that this expression, a call, calls.
  func evaluate(
    _ expression: JinjaExpression, _ frame: Frame, filtered: JinjaValue? = nil, caller: JinjaValue? = nil
  ) throws -> JinjaValue {
    // Most expressions are these two, which cannot fail.
    switch expression.kind {
    case .literal(let literal): return literal.value
    case .name(let name): return value(of: name, in: frame)
    default: break
    }
    return try nested(line: expression.line) {
      switch expression.kind {
      case .filter(let value, let name, let arguments):
        return try filter(value, name, arguments, frame, filtered: filtered)
      case .call(let function, let arguments):
        return try call(function, arguments, frame, caller: caller)
      default: return try operation(expression, frame)
      }
    }
  }

  private func operation(_ expression: JinjaExpression, _ frame: Frame) throws -> JinjaValue {
    switch expression.kind {
    case .attribute(let object, let name): return try attribute(name, of: evaluate(object, frame))
    case .item(let object, let key): return try item(evaluate(key, frame), of: evaluate(object, frame))
    case .and(let left, let right):
      let value = try evaluate(left, frame)
      return value.isTrue ? try evaluate(right, frame) : value
    case .or(let left, let right):
      let value = try evaluate(left, frame)
      return value.isTrue ? value : try evaluate(right, frame)
    case .not(let value): return .bool(!(try evaluate(value, frame).isTrue))
    case .compare(let first, let others): return try compare(first, others, frame)
    case .test(let value, let name, let arguments): return .bool(try test(value, name, arguments, frame))
    case .conditional(let test, let then, let otherwise):
      if try evaluate(test, frame).isTrue { return try evaluate(then, frame) }
      if let otherwise { return try evaluate(otherwise, frame) }
      let hint =
        "the inline if-expression on line \(expression.line) evaluated to false and no else section was defined."
      return .undefined(.hint(hint))
    default: return try construction(expression, frame)
    }
  }

  private func construction(_ expression: JinjaExpression, _ frame: Frame) throws -> JinjaValue {
    switch expression.kind {
    case .arithmetic(let kind, let left, let right):
      return try JinjaOperators.apply(kind, evaluate(left, frame), evaluate(right, frame), self)
    case .concatenate(let operands):
      return .string(try operands.reduce("") { try joined($0, string(of: evaluate($1, frame))) })
    case .negate(let value): return try JinjaOperators.negated(evaluate(value, frame))
    case .plus(let value): return try JinjaOperators.plus(evaluate(value, frame))
    case .list(let elements): return .list(try JinjaList(elements.map { try evaluate($0, frame) }))
    case .tuple(let elements): return .tuple(try JinjaList(elements.map { try evaluate($0, frame) }))
    case .dictionary(let members):
      return .dictionary(
        try JinjaDictionary(members.map { (key: try evaluate($0.key, frame), value: try evaluate($0.value, frame)) }))
    case .slice(let value, let start, let stop, let step):
      return try slice(
        evaluate(value, frame), start: start.map { try evaluate($0, frame) },
        stop: stop.map { try evaluate($0, frame) },
        step: step.map { try evaluate($0, frame) })
    default: preconditionFailure("an expression that nobody evaluates")
    }
  }

  private func compare(
    _ first: JinjaExpression, _ others: [(JinjaExpression.Comparison, JinjaExpression)], _ frame: Frame
  ) throws -> JinjaValue {
    var left = try evaluate(first, frame)
    for (comparison, expression) in others {
      let right = try evaluate(expression, frame)
      guard try JinjaComparison.apply(comparison, left, right, self) else { return .bool(false) }
      left = right
    }
    return .bool(true)
  }

  // MARK: - Calls

  private func arguments(_ list: JinjaArgumentList, _ frame: Frame) throws -> JinjaArguments {
    var arguments = JinjaArguments()
    arguments.positional = try list.positional.map { try evaluate($0, frame) }
    if let unpacked = list.unpackedList { arguments.positional += try elements(of: evaluate(unpacked, frame)) }
    arguments.keywords = try list.keywords.map { (name: $0.name, value: try evaluate($0.value, frame)) }
    if let unpacked = list.unpackedDictionary {
      guard case .dictionary(let dictionary) = try evaluate(unpacked, frame) else {
        throw JinjaError.type("argument after ** must be a mapping")
      }
      for (key, value) in dictionary.members {
        guard let name = key.text else { throw JinjaError.type("keywords must be strings") }
        guard !arguments.keywords.contains(where: { $0.name.hasSameBytes(as: name) }) else {
          throw JinjaError.type("got multiple values for keyword argument '\(name)'")
        }
        arguments.keywords.append((name: name, value: value))
      }
    }
    return arguments
  }

  private func call(
    _ function: JinjaExpression, _ list: JinjaArgumentList, _ frame: Frame, caller: JinjaValue?
  ) throws -> JinjaValue {
    let function = try evaluate(function, frame)
    var arguments = try arguments(list, frame)
    if let caller { arguments.keywords.append((name: "caller", value: caller)) }
    switch function {
    case .object(let object): return try object.call(arguments, self)
    case .undefined(let missing): throw missing.error
    default: throw JinjaError.type("'\(function.typeName)' object is not callable")
    }
  }

  private func filter(
    _ value: JinjaExpression?, _ name: String, _ list: JinjaArgumentList, _ frame: Frame, filtered: JinjaValue?
  ) throws -> JinjaValue {
    guard let filter = JinjaFilters.table[name] else { throw JinjaError.type("No filter named '\(name)' found.") }
    // Of a chain of filters the innermost stands at the head of the block.
    guard let value = try value.map({ try evaluate($0, frame, filtered: filtered) }) ?? filtered else {
      preconditionFailure("a filter without a value")
    }
    return try filter(value, arguments(list, frame), self)
  }

  private func test(
    _ value: JinjaExpression, _ name: String, _ list: JinjaArgumentList, _ frame: Frame
  ) throws -> Bool {
    guard let test = JinjaTests.table[name] else { throw JinjaError.type("No test named '\(name)' found.") }
    return try test(evaluate(value, frame), arguments(list, frame), self)
  }
}

extension JinjaExpression.Literal {
  fileprivate var value: JinjaValue {
    switch self {
    case .null: .null
    case .bool(let value): .bool(value)
    case .integer(let value): .integer(value)
    case .number(let value): .number(value)
    case .string(let text): .string(text)
    }
  }
}
