/// One method for each tag.
extension JinjaParser {
  /// The statement that `tag` begins; nil where no tag has this name.
  mutating func tagged(_ tag: String) throws -> [JinjaStatement]? {
    let line = line
    let parse: (inout JinjaParser) throws -> JinjaStatement.Kind
    switch tag {
    case "for": parse = { try $0.loop() }
    case "if": parse = { try $0.conditional() }
    case "set": parse = { try $0.assignment() }
    case "macro": parse = { try $0.macro() }
    case "call": parse = { try $0.callBlock() }
    case "filter": parse = { try $0.filterBlock() }
    case "with": parse = { try $0.with() }
    case "generation" where options.dialect == .chat: parse = { try $0.generation() }
    case "break" where options.dialect == .chat: parse = { try $0.loopControl(.breakLoop, tag) }
    case "continue" where options.dialect == .chat: parse = { try $0.loopControl(.continueLoop, tag) }
    case "print": return try inside(tag) { try $0.print() }
    case "block", "extends", "include", "import", "from", "autoescape":
      throw error("'\(tag)' is not supported: a template here is one text without others and without HTML escaping")
    default: return nil
    }
    return [JinjaStatement(line: line, kind: try inside(tag, parse))]
  }

  private mutating func loop() throws -> JinjaStatement.Kind {
    skip()
    let target = try assignmentTarget(endingWith: "in")
    guard skip(name: "in") else { throw expectedName("in") }
    let iterable = try expressionOrTuple(withConditional: false, endingWith: "recursive")
    let test = skip(name: "if") ? try expression() : nil
    let isRecursive = skip(name: "recursive")
    loopDepth += 1
    var (body, end) = try body(until: "endfor", "else")
    loopDepth -= 1
    var otherwise: JinjaBlock?
    if end == "else" {
      let statements: [JinjaStatement]
      (statements, end) = try self.body(until: "endfor")
      otherwise = JinjaBlock(body: statements)
    }
    return .loop(
      JinjaLoopStatement(
        target: target, iterable: iterable, test: test, isRecursive: isRecursive, body: JinjaBlock(body: body),
        otherwise: otherwise))
  }

  private func expectedName(_ name: String) -> JinjaError {
    current.kind == .end
      ? error("unexpected end of template, expected '\(name)'.")
      : error("expected token '\(name)', got \(PythonText.representation(of: current.kind.description))")
  }

  private mutating func conditional() throws -> JinjaStatement.Kind {
    var branches: [(test: JinjaExpression?, body: [JinjaStatement])] = []
    skip()
    while true {
      let test = try expressionOrTuple(withConditional: false)
      let (body, end) = try body(until: "elif", "else", "endif")
      branches.append((test, body))
      if end == "elif" { continue }
      if end == "else" { branches.append((nil, try self.body(until: "endif").statements)) }
      return .conditional(branches)
    }
  }

  private mutating func assignment() throws -> JinjaStatement.Kind {
    skip()
    let target = try assignmentTarget(withNamespaces: true)
    if skip(.assign) { return .assign(target, try expressionOrTuple()) }
    let filter = try filters(of: nil)
    return .assignBlock(target, filter: filter, JinjaBlock(body: try body(until: "endset").statements))
  }

  private mutating func macro() throws -> JinjaStatement.Kind {
    skip()
    let name = try targetName()
    return .macro(number(of: name), try definition(named: name, isSigned: true, end: "endmacro"))
  }

  private mutating func callBlock() throws -> JinjaStatement.Kind {
    let line = line
    skip()
    let (parameters, defaults) = isSymbol(.leftParenthesis) ? try signature() : ([], [])
    let call = try expression()
    guard case .call = call.kind else { throw error("expected call", line: line) }
    let body = try functionBody(until: "endcall")
    return .callBlock(
      call,
      JinjaMacroDefinition(name: nil, parameters: parameters, defaults: defaults, block: JinjaBlock(body: body)))
  }

  private mutating func definition(named name: String, isSigned: Bool, end: String) throws -> JinjaMacroDefinition {
    let (parameters, defaults) = try signature()
    let body = try functionBody(until: end)
    return JinjaMacroDefinition(
      name: name, parameters: parameters, defaults: defaults, block: JinjaBlock(body: body))
  }

  /// A body that runs as a function of its own: the loops around it are out of its reach.
  private mutating func functionBody(until end: String) throws -> [JinjaStatement] {
    let outer = loopDepth
    loopDepth = 0
    defer { loopDepth = outer }
    return try body(until: end).statements
  }

  private mutating func signature() throws -> (parameters: [Int], defaults: [JinjaExpression]) {
    var parameters: [Int] = []
    var defaults: [JinjaExpression] = []
    try expect(.leftParenthesis)
    while !isSymbol(.rightParenthesis) {
      if !parameters.isEmpty { try expect(.comma) }
      let line = line
      let name = number(of: try targetName())
      guard !parameters.contains(name) else { throw error("the parameter '\(names[name])' is there twice", line: line) }
      if skip(.assign) {
        defaults.append(try expression())
      } else if !defaults.isEmpty {
        throw error("non-default argument follows default argument")
      }
      parameters.append(name)
    }
    try expect(.rightParenthesis)
    return (parameters, defaults)
  }

  private mutating func filterBlock() throws -> JinjaStatement.Kind {
    skip()
    let filter = try self.filter(of: nil)
    guard let filters = try filters(of: filter) else { throw error("expected a filter") }
    return .filterBlock(filters, JinjaBlock(body: try body(until: "endfilter").statements))
  }

  private mutating func with() throws -> JinjaStatement.Kind {
    skip()
    var assignments: [(target: JinjaTarget, value: JinjaExpression)] = []
    while current.kind != .blockEnd {
      if !assignments.isEmpty { try expect(.comma) }
      let target = try assignmentTarget()
      try expect(.assign)
      assignments.append((target, try expression()))
    }
    return .with(assignments, JinjaBlock(body: try body(until: "endwith").statements))
  }

  private mutating func generation() throws -> JinjaStatement.Kind {
    skip()
    return .generation(JinjaBlock(body: try functionBody(until: "endgeneration")))
  }

  private mutating func loopControl(_ kind: JinjaStatement.Kind, _ tag: String) throws -> JinjaStatement.Kind {
    guard loopDepth > 0 else { throw error("'\(tag)' outside loop") }
    skip()
    return kind
  }

  private mutating func print() throws -> [JinjaStatement] {
    skip()
    var statements: [JinjaStatement] = []
    while current.kind != .blockEnd {
      if !statements.isEmpty { try expect(.comma) }
      statements.append(JinjaStatement(line: line, kind: .print(try expression())))
    }
    return statements
  }

  // MARK: - Targets

  private static let constants: Set = ["true", "false", "none", "True", "False", "None"]

  private mutating func targetName() throws -> String {
    let line = line
    let name = try expectName()
    guard !Self.constants.contains(name) else { throw error("can't assign to 'name'", line: line) }
    return name
  }

  private mutating func assignmentTarget(
    withNamespaces: Bool = false, endingWith end: String? = nil
  ) throws -> JinjaTarget {
    var targets: [JinjaTarget] = []
    var isTuple = false
    while true {
      if !targets.isEmpty { try expect(.comma) }
      if isTupleEnd(end) { break }
      targets.append(try singleTarget(withNamespaces: withNamespaces))
      guard isSymbol(.comma) else { break }
      isTuple = true
    }
    if !isTuple {
      guard let target = targets.first else {
        throw error("Expected an expression, got \(PythonText.representation(of: current.kind.description))")
      }
      return target
    }
    return .tuple(targets)
  }

  private mutating func singleTarget(withNamespaces: Bool) throws -> JinjaTarget {
    let line = line
    if skip(.leftParenthesis) {
      let target = try nested { try $0.assignmentTarget(withNamespaces: withNamespaces) }
      try expect(.rightParenthesis)
      return target
    }
    guard case .name(let name) = current.kind, !Self.constants.contains(name) else {
      throw error("can't assign to \(PythonText.representation(of: current.kind.description))", line: line)
    }
    skip()
    if withNamespaces, skip(.dot) { return .attribute(number(of: name), try expectName()) }
    return .name(number(of: name))
  }
}
