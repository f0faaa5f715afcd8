/// Walks over syntax trees.
extension JinjaExpression {
  /// The expressions that this one is made of, in the order of their evaluation.
  var children: [JinjaExpression] {
    switch kind {
    case .literal, .name: []
    case .list(let elements), .tuple(let elements), .concatenate(let elements): elements
    case .dictionary(let members): members.flatMap { [$0.key, $0.value] }
    case .attribute(let value, _), .not(let value), .negate(let value), .plus(let value): [value]
    case .item(let value, let key): [value, key]
    case .slice(let value, let start, let stop, let step): [value] + [start, stop, step].compactMap { $0 }
    case .call(let function, let arguments): [function] + arguments.expressions
    case .filter(let value, _, let arguments): (value.map { [$0] } ?? []) + arguments.expressions
    case .test(let value, _, let arguments): [value] + arguments.expressions
    case .and(let left, let right), .or(let left, let right), .arithmetic(_, let left, let right): [left, right]
    case .compare(let first, let others): [first] + others.map(\.1)
    case .conditional(let test, let then, let otherwise): [test, then] + (otherwise.map { [$0] } ?? [])
    }
  }
}

extension JinjaArgumentList {
  var expressions: [JinjaExpression] {
    positional + keywords.map(\.value) + [unpackedList, unpackedDictionary].compactMap { $0 }
  }
}

/// Which of some names a body reads before it sets them, inner blocks included.
struct JinjaUnsetNames {
  private var unset: Set<Int>
  private(set) var found: Set<Int> = []

  init(_ names: Set<Int>) {
    unset = names
  }

  private mutating func read(_ value: JinjaExpression) {
    if case .name(let name) = value.kind, unset.contains(name) { found.insert(name) }
    for child in value.children { read(child) }
  }

  private mutating func set(_ target: JinjaTarget) {
    switch target {
    case .name(let name): unset.remove(name)
    case .attribute: break
    case .tuple(let targets): for target in targets { set(target) }
    }
  }

  private mutating func visit(_ macro: JinjaMacroDefinition) {
    unset.subtract(macro.parameters)
    for value in macro.defaults { read(value) }
    visit(macro.block.body)
  }

  mutating func visit(_ statements: [JinjaStatement]) {
    for statement in statements {
      switch statement.kind {
      case .text, .breakLoop, .continueLoop: break
      case .print(let value): read(value)
      case .assign(let target, let value):
        set(target)
        read(value)
      case .assignBlock(let target, let filter, let block):
        set(target)
        if let filter { read(filter) }
        visit(block.body)
      case .conditional(let branches):
        for branch in branches {
          if let test = branch.test { read(test) }
          visit(branch.body)
        }
      case .loop(let loop):
        set(loop.target)
        read(loop.iterable)
        visit(loop.body.body)
        if let otherwise = loop.otherwise { visit(otherwise.body) }
        if let test = loop.test { read(test) }
      case .macro(_, let macro): visit(macro)
      case .callBlock(let call, let macro):
        read(call)
        visit(macro)
      case .filterBlock(let filter, let block):
        visit(block.body)
        read(filter)
      case .with(let assignments, let block):
        for assignment in assignments { set(assignment.target) }
        for assignment in assignments { read(assignment.value) }
        visit(block.body)
      case .generation(let block): visit(block.body)
      }
    }
  }
}
