/// What follows a value: attributes, items, calls, filters and tests.
extension JinjaParser {
  private typealias Expression = JinjaExpression

  /// Applies `step` as long as it finds something.
  private mutating func repeated(
    from value: JinjaExpression, _ step: (inout JinjaParser, JinjaExpression) throws -> JinjaExpression?
  ) throws -> JinjaExpression {
    var value = value
    var links = 0
    while let longer = try step(&self, value) {
      value = longer
      links += 1
      guard links <= Self.longestChain else {
        throw JinjaError(
          .limit, "more than \(Self.longestChain) lookups, calls or filters follow each other", line: line)
      }
    }
    return value
  }

  mutating func postfix(of value: JinjaExpression) throws -> JinjaExpression {
    try repeated(from: value) { parser, value in
      switch parser.current.kind {
      case .symbol(.dot): try parser.attribute(of: value)
      case .symbol(.leftBracket): try parser.item(of: value)
      case .symbol(.leftParenthesis): try parser.call(of: value)
      default: nil
      }
    }
  }

  mutating func filtersAndTests(of value: JinjaExpression) throws -> JinjaExpression {
    try repeated(from: value) { parser, value in
      switch parser.current.kind {
      case .symbol(.pipe): try parser.filters(of: value)
      case .symbol(.leftParenthesis): try parser.call(of: value)
      case .name("is"): try parser.test(of: value)
      default: nil
      }
    }
  }

  private mutating func attribute(of value: JinjaExpression) throws -> JinjaExpression {
    let line = line
    skip()
    switch current.kind {
    case .name(let name):
      skip()
      return Expression(line: line, kind: .attribute(value, name))
    case .integer(let index):
      let literal = Expression(line: self.line, kind: .literal(.integer(index)))
      skip()
      return Expression(line: line, kind: .item(value, literal))
    default: throw error("expected name or number")
    }
  }

  private mutating func item(of value: JinjaExpression) throws -> JinjaExpression {
    let line = line
    skip()
    var keys: [JinjaExpression] = []
    var slice: JinjaExpression?
    while !isSymbol(.rightBracket) {
      if !keys.isEmpty || slice != nil { try expect(.comma) }
      guard slice == nil else { throw error("a slice has no second dimension here") }
      let key = isSymbol(.colon) ? nil : try expression()
      if isSymbol(.colon) {
        guard keys.isEmpty else { throw error("a slice has no second dimension here") }
        slice = try self.slice(of: value, from: key, line: line)
      } else if let key {
        keys.append(key)
      }
    }
    try expect(.rightBracket)
    if let slice { return slice }
    let key = keys.count == 1 ? keys[0] : Expression(line: line, kind: .tuple(keys))
    return Expression(line: line, kind: .item(value, key))
  }

  private mutating func slice(
    of value: JinjaExpression, from start: JinjaExpression?, line: Int
  ) throws -> JinjaExpression {
    func isBound(_ parser: JinjaParser) -> Bool {
      !parser.isSymbol(.rightBracket) && !parser.isSymbol(.comma) && !parser.isSymbol(.colon)
    }
    skip()
    let stop = isBound(self) ? try expression() : nil
    let step = skip(.colon) && isBound(self) ? try expression() : nil
    return Expression(line: line, kind: .slice(value, start: start, stop: stop, step: step))
  }

  private mutating func call(of value: JinjaExpression) throws -> JinjaExpression {
    let line = line
    return Expression(line: line, kind: .call(value, try arguments()))
  }

  private mutating func arguments() throws -> JinjaArgumentList {
    let line = line
    var list = JinjaArgumentList()
    var isFirst = true
    func ensure(_ isValid: Bool) throws {
      guard isValid else { throw error("invalid syntax for function call expression", line: line) }
    }
    try expect(.leftParenthesis)
    while !isSymbol(.rightParenthesis) {
      if !isFirst {
        try expect(.comma)
        if isSymbol(.rightParenthesis) { break }
      }
      isFirst = false
      if skip(.multiply) {
        try ensure(list.unpackedList == nil && list.unpackedDictionary == nil)
        list.unpackedList = try expression()
      } else if skip(.power) {
        try ensure(list.unpackedDictionary == nil)
        list.unpackedDictionary = try expression()
      } else if case .name(let name) = current.kind, next.kind == .symbol(.assign) {
        try ensure(list.unpackedDictionary == nil)
        guard !list.keywords.contains(where: { $0.name == name }) else {
          throw error("keyword argument repeated: \(name)")
        }
        skip(2)
        list.keywords.append((name, try expression()))
      } else {
        try ensure(list.unpackedList == nil && list.unpackedDictionary == nil && list.keywords.isEmpty)
        list.positional.append(try expression())
      }
    }
    try expect(.rightParenthesis)
    return list
  }

  /// Filters as long as `|` follows; nil where there is neither a value nor a filter.
  mutating func filters(of value: JinjaExpression?) throws -> JinjaExpression? {
    var value = value
    var links = 0
    while skip(.pipe) {
      value = try filter(of: value)
      links += 1
      guard links <= Self.longestChain else {
        throw JinjaError(.limit, "more than \(Self.longestChain) filters follow each other", line: line)
      }
    }
    return value
  }

  private mutating func dottedName() throws -> String {
    var name = try expectName()
    while skip(.dot) { name += "." + (try expectName()) }
    return name
  }

  mutating func filter(of value: JinjaExpression?) throws -> JinjaExpression {
    let line = line
    let name = try dottedName()
    let arguments = isSymbol(.leftParenthesis) ? try arguments() : JinjaArgumentList()
    return Expression(line: line, kind: .filter(value, name: name, arguments))
  }

  private mutating func test(of value: JinjaExpression) throws -> JinjaExpression {
    let line = line
    skip()
    let isNegated = skip(name: "not")
    let name = try dottedName()
    var arguments = JinjaArgumentList()
    if isSymbol(.leftParenthesis) {
      arguments = try self.arguments()
    } else if startsArgument {
      guard !isName("is") else { throw error("You cannot chain multiple tests with is") }
      arguments.positional = [try nested { try $0.postfix(of: $0.primary()) }]
    }
    let test = Expression(line: line, kind: .test(value, name: name, arguments))
    return isNegated ? Expression(line: line, kind: .not(test)) : test
  }

  private var startsArgument: Bool {
    switch current.kind {
    case .name(let name): name != "else" && name != "or" && name != "and"
    case .string, .integer, .float, .symbol(.leftBracket), .symbol(.leftBrace): true
    default: false
    }
  }
}
