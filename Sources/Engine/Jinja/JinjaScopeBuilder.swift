/// Finds the scopes of all blocks of a template, and the filters and tests that there are not.
final class JinjaScopeBuilder {
  /// Names that jinja2 sets by itself.
  struct Special: Sendable {
    let loop: Int
    let caller: Int
    let keywords: Int
    let positionals: Int
  }

  let special: Special
  /// Loops around the present place, in which `loop` cannot be set.
  private var loopDepth = 0

  /// Sets the scope of every block of `statements`, and returns that of the statements themselves.
  ///
  /// - Throws: `JinjaError` of kind `syntax`.
  static func resolve(_ statements: inout [JinjaStatement], special: Special) throws -> JinjaScope {
    let builder = JinjaScopeBuilder(special: special)
    var block = JinjaBlock(body: statements)
    try builder.resolve(&block, outer: [])
    statements = block.body
    return block.scope
  }

  private init(special: Special) {
    self.special = special
  }

  private func resolve(
    _ block: inout JinjaBlock, outer: Set<Int>, _ declare: (inout JinjaSymbols) throws -> Void = { _ in }
  ) throws {
    var symbols = JinjaSymbols(outer: outer)
    try declare(&symbols)
    try visit(block.body, &symbols, isSoft: false)
    block.scope = symbols.scope
    block.body = try block.body.map { try resolvingBlocks(of: $0, outer: symbols.visible) }
  }

  // MARK: - Blocks inside of a statement

  private func resolvingBlocks(of statement: JinjaStatement, outer: Set<Int>) throws -> JinjaStatement {
    let kind: JinjaStatement.Kind
    switch statement.kind {
    case .text, .print, .assign, .breakLoop, .continueLoop: return statement
    case .assignBlock(let target, let filter, var block):
      try resolve(&block, outer: outer) { symbols in
        if let filter { try visit(filter, &symbols, isSoft: false) }
      }
      kind = .assignBlock(target, filter: filter, block)
    case .conditional(let branches):
      kind = .conditional(
        try branches.map { branch in
          (branch.test, try branch.body.map { try resolvingBlocks(of: $0, outer: outer) })
        })
    case .loop(let loop): kind = .loop(try resolving(loop, outer: outer, line: statement.line))
    case .macro(let name, let macro): kind = .macro(name, try resolving(macro, outer: outer, line: statement.line))
    case .callBlock(let call, let macro):
      kind = .callBlock(call, try resolving(macro, outer: outer, line: statement.line))
    case .filterBlock(let filter, var block):
      try resolve(&block, outer: outer) { try visit(filter, &$0, isSoft: false) }
      kind = .filterBlock(filter, block)
    case .with(let assignments, var block):
      try resolve(&block, outer: outer) { symbols in
        for assignment in assignments { declare(assignment.target, &symbols) }
      }
      kind = .with(assignments, block)
    case .generation(var block):
      try resolve(&block, outer: outer)
      kind = .generation(block)
    }
    return JinjaStatement(line: statement.line, kind: kind)
  }

  private func resolving(
    _ loop: JinjaLoopStatement, outer: Set<Int>, line: Int
  ) throws -> JinjaLoopStatement {
    var loop = loop
    loopDepth += 1
    defer { loopDepth -= 1 }
    try refuseLoop(in: loop.target, line: line)
    if let test = loop.test {
      var symbols = JinjaSymbols(outer: outer)
      declare(loop.target, &symbols)
      try visit(test, &symbols, isSoft: false)
      loop.testScope = symbols.scope
    }
    try resolve(&loop.body, outer: outer) { symbols in
      symbols.declare(special.loop)
      declare(loop.target, &symbols)
    }
    if var otherwise = loop.otherwise {
      try resolve(&otherwise, outer: outer)
      loop.otherwise = otherwise
    }
    return loop
  }

  private func resolving(
    _ macro: JinjaMacroDefinition, outer: Set<Int>, line: Int
  ) throws -> JinjaMacroDefinition {
    var macro = macro
    var finder = JinjaUnsetNames([special.caller, special.keywords, special.positionals])
    finder.visit(macro.block.body)
    let parameters = macro.parameters
    macro.usesCaller = finder.found.contains(special.caller)
    if macro.usesCaller, let place = parameters.firstIndex(of: special.caller),
      place < parameters.count - macro.defaults.count
    {
      throw JinjaError(
        .syntax,
        "When defining macros or call blocks the special \"caller\" argument must be omitted or be given a default.",
        line: line)
    }
    macro.usesKeywords = finder.found.contains(special.keywords) && !parameters.contains(special.keywords)
    macro.usesPositionals = finder.found.contains(special.positionals) && !parameters.contains(special.positionals)
    try resolve(&macro.block, outer: outer) { symbols in
      for parameter in parameters { symbols.declare(parameter) }
      if macro.usesCaller { symbols.declare(special.caller) }
      if macro.usesKeywords { symbols.declare(special.keywords) }
      if macro.usesPositionals { symbols.declare(special.positionals) }
      for value in macro.defaults { try visit(value, &symbols, isSoft: false) }
    }
    return macro
  }

  private func declare(_ target: JinjaTarget, _ symbols: inout JinjaSymbols) {
    switch target {
    case .name(let name): symbols.declare(name)
    case .attribute: break
    case .tuple(let targets): for target in targets { declare(target, &symbols) }
    }
  }

  private func refuseLoop(in target: JinjaTarget, line: Int) throws {
    switch target {
    case .name(special.loop) where loopDepth > 0:
      throw JinjaError(.syntax, "Can't assign to special loop variable in for-loop target", line: line)
    case .name, .attribute: break
    case .tuple(let targets): for target in targets { try refuseLoop(in: target, line: line) }
    }
  }

  // MARK: - Names of a block

  /// - Parameter isSoft: whether the statements may not run: then jinja2 misses filters only when it needs them.
  private func visit(_ statements: [JinjaStatement], _ symbols: inout JinjaSymbols, isSoft: Bool) throws {
    for statement in statements {
      switch statement.kind {
      case .text, .breakLoop, .continueLoop, .generation: break
      case .print(let value): try visit(value, &symbols, isSoft: isSoft)
      case .assign(let target, let value):
        try visit(value, &symbols, isSoft: isSoft)
        try visit(target, &symbols, line: statement.line)
      case .assignBlock(let target, _, _): try visit(target, &symbols, line: statement.line)
      case .conditional(let branches): try visit(branches, &symbols)
      case .loop(let loop): try visit(loop.iterable, &symbols, isSoft: isSoft)
      case .macro(let name, _):
        try visit(.name(name), &symbols, line: statement.line)
      case .callBlock(let call, _): try visit(call, &symbols, isSoft: isSoft)
      case .filterBlock(let filter, _): try visit(filter, &symbols, isSoft: true)
      case .with(let assignments, _):
        for assignment in assignments { try visit(assignment.value, &symbols, isSoft: isSoft) }
      }
    }
  }

  /// What `if` tests is always read; of each branch with its own test, and of the last, some run and some do not.
  private func visit(
    _ branches: [(test: JinjaExpression?, body: [JinjaStatement])], _ symbols: inout JinjaSymbols
  ) throws {
    if let test = branches[0].test { try visit(test, &symbols, isSoft: true) }
    let merged = try branches.enumerated().map { index, branch in
      var copy = symbols
      if index > 0, let test = branch.test { try visit(test, &copy, isSoft: true) }
      try visit(branch.body, &copy, isSoft: true)
      return copy
    }
    symbols.merge(merged)
  }

  private func visit(_ target: JinjaTarget, _ symbols: inout JinjaSymbols, line: Int) throws {
    try refuseLoop(in: target, line: line)
    switch target {
    case .name(let name): symbols.store(name)
    case .attribute(let name, _): symbols.load(name)
    case .tuple(let targets): for target in targets { try visit(target, &symbols, line: line) }
    }
  }

  private func visit(_ value: JinjaExpression, _ symbols: inout JinjaSymbols, isSoft: Bool) throws {
    var isSoft = isSoft
    switch value.kind {
    case .name(let name): symbols.load(name)
    case .filter(_, let name, _) where !isSoft && JinjaFilters.table[name] == nil:
      throw JinjaError(.syntax, "No filter named '\(name)'.", line: value.line)
    case .test(_, let name, _) where !isSoft && JinjaTests.table[name] == nil:
      throw JinjaError(.syntax, "No test named '\(name)'.", line: value.line)
    case .conditional: isSoft = true
    default: break
    }
    for child in value.children { try visit(child, &symbols, isSoft: isSoft) }
  }
}
