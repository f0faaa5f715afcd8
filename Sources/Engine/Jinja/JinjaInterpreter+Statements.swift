/// What each statement does.
extension JinjaInterpreter {
  enum Flow {
    case next
    case breakLoop
    case continueLoop
  }

  func execute(_ statements: [JinjaStatement], _ frame: Frame) throws -> Flow {
    for statement in statements {
      if case .text(let text) = statement.kind {
        try write(text)
        continue
      }
      let flow = try nested(line: statement.line) { try execute(statement, frame) }
      if flow != .next { return flow }
    }
    return .next
  }

  private func execute(_ statement: JinjaStatement, _ frame: Frame) throws -> Flow {
    switch statement.kind {
    case .text(let text): try write(text)
    case .print(let value): try write(string(of: evaluate(value, frame)))
    case .assign(let target, let value): try assign(target, value, frame)
    case .assignBlock(let target, let filter, let block):
      let (value, flow) = try render(block, filter: filter, frame)
      if flow != .next { return flow }
      try checkNamespaces(of: target, frame)
      try set(target, to: value, frame)
    case .conditional(let branches):
      for branch in branches where try branch.test.map({ try evaluate($0, frame).isTrue }) ?? true {
        return try execute(branch.body, frame)
      }
    case .loop(let loop): try execute(loop, frame)
    case .macro(let name, let definition):
      keep(frame)
      frame[name] = .object(JinjaMacro(definition, frame))
    case .callBlock(let call, let definition):
      keep(frame)
      try write(string(of: evaluate(call, frame, caller: .object(JinjaMacro(definition, frame)))))
    case .filterBlock(let filter, let block):
      let (value, flow) = try render(block, filter: filter, frame)
      if flow != .next { return flow }
      try write(string(of: value))
    case .with(let assignments, let block):
      let inner = enter(block.scope, in: frame)
      for assignment in assignments { try set(assignment.target, to: evaluate(assignment.value, frame), inner) }
      return try execute(block.body, inner)
    case .generation(let block): _ = try execute(block.body, enter(block.scope, in: frame))
    case .breakLoop: return .breakLoop
    case .continueLoop: return .continueLoop
    }
    return .next
  }

  /// What a block writes, through the filters at its head.
  private func render(
    _ block: JinjaBlock, filter: JinjaExpression?, _ frame: Frame
  ) throws -> (value: JinjaValue, flow: Flow) {
    let inner = enter(block.scope, in: frame)
    var flow = Flow.next
    let text = try captured { flow = try execute(block.body, inner) }
    // Turning away from the block, the loop leaves what it wrote behind.
    guard flow == .next, let filter else { return (.string(text), flow) }
    return (try evaluate(filter, inner, filtered: .string(text)), flow)
  }

  // MARK: - Assignments

  private func assign(_ target: JinjaTarget, _ value: JinjaExpression, _ frame: Frame) throws {
    try checkNamespaces(of: target, frame)
    try set(target, to: evaluate(value, frame), frame)
  }

  private func checkNamespaces(of target: JinjaTarget, _ frame: Frame) throws {
    switch target {
    case .name: break
    case .attribute(let name, _):
      guard case .object(let object) = value(of: name, in: frame), object is JinjaNamespace else {
        throw JinjaError.type("cannot assign attribute on non-namespace object")
      }
    case .tuple(let targets): for target in targets { try checkNamespaces(of: target, frame) }
    }
  }

  func set(_ target: JinjaTarget, to value: JinjaValue, _ frame: Frame) throws {
    switch target {
    case .name(let name): frame[name] = value
    case .attribute(let name, let attribute):
      guard case .object(let object) = self.value(of: name, in: frame), let namespace = object as? JinjaNamespace else {
        throw JinjaError.type("cannot assign attribute on non-namespace object")
      }
      try JinjaGlobals.check(attribute: .string(attribute), options)
      try namespace.attributes.set(value, for: .string(attribute))
    case .tuple(let targets):
      let elements = try unpacked(value, count: targets.count)
      for (target, element) in zip(targets, elements) { try set(target, to: element, frame) }
    }
  }

  private func unpacked(_ value: JinjaValue, count: Int) throws -> [JinjaValue] {
    let iterator: JinjaIterator
    do {
      iterator = try self.iterator(over: value)
    } catch let error as JinjaError where error.kind == .type {
      throw JinjaError.type("cannot unpack non-iterable \(value.typeName) object")
    }
    var elements: [JinjaValue] = []
    while let element = try iterator.next() {
      guard elements.count < count else { throw JinjaError.value("too many values to unpack (expected \(count))") }
      elements.append(element)
    }
    guard elements.count == count else {
      throw JinjaError.value("not enough values to unpack (expected \(count), got \(elements.count))")
    }
    return elements
  }

  // MARK: - Loops

  private func execute(_ loop: JinjaLoopStatement, _ frame: Frame) throws {
    let iterable = try evaluate(loop.iterable, frame)
    if loop.isRecursive {
      // Its text is made apart, so that a loop inside of it can ask for another.
      try write(try captured { try run(loop, over: iterable, level: 0, frame) })
    } else {
      try run(loop, over: iterable, level: 0, frame)
    }
  }

  func run(_ loop: JinjaLoopStatement, over iterable: JinjaValue, level: Int, _ frame: Frame) throws {
    var (iterator, count) = try source(of: iterable)
    if let test = loop.test {
      let all = iterator
      keep(frame)
      iterator = try JinjaIterator(depth: all.depth) { [self] in
        while let element = try all.next() {
          let inner = enter(loop.testScope, in: frame)
          try set(loop.target, to: element, inner)
          if try evaluate(test, inner).isTrue { return element }
        }
        return nil
      }
      count = nil
    }
    let object = JinjaLoop(iterator, count: count, level: level, self)
    if loop.isRecursive {
      object.recurse = { [self] iterable, level in
        try captured { try run(loop, over: iterable, level: level, frame) }
      }
    }
    defer { object.recurse = nil }
    // A turn that `continue` cuts short does not count, as in jinja2.
    var isUntouched = true
    turns: while let element = try object.next() {
      try charge(1)
      let inner = enter(loop.body.scope, in: frame)
      inner[program.special.loop] = .object(object)
      try set(loop.target, to: element, inner)
      switch try execute(loop.body.body, inner) {
      case .next: isUntouched = false
      case .continueLoop: continue
      case .breakLoop: break turns
      }
    }
    if isUntouched, let otherwise = loop.otherwise {
      _ = try execute(otherwise.body, enter(otherwise.scope, in: frame))
    }
  }

  private func source(of value: JinjaValue) throws -> (JinjaIterator, count: Int?) {
    if case .iterator(let iterator) = value { return (iterator, nil) }
    let elements = try self.elements(of: value)
    return (JinjaIterator(over: elements), elements.count)
  }
}
