/// Which names a block has of its own, and what each is worth when the block is entered.
///
/// Jinja decides that when it compiles a template (`jinja2/idtracking.py`), and real templates depend on what follows:
/// a name that a loop's body sets begins every turn with the value it has outside; a name that is set later in the same
/// block hides the variable of that name from the loops and macros before.
struct JinjaScope: Sendable {
  enum Source: Sendable {
    /// Set by what enters the block: a loop's targets, a macro's parameters.
    case parameter
    /// A variable that the template is rendered with, or a global.
    case variable
    /// The value that the surrounding blocks have.
    case outer
    case missing
  }

  var names: [Int] = []
  var sources: [Source] = []
}

/// The names of one block while they are being found.
struct JinjaSymbols {
  private var names: [Int] = []
  private var sources: [Int: JinjaScope.Source] = [:]
  private var stores: Set<Int> = []
  /// Names of the blocks around this one.
  private let outer: Set<Int>

  init(outer: Set<Int> = []) {
    self.outer = outer
  }

  var visible: Set<Int> { outer.union(names) }

  var scope: JinjaScope { JinjaScope(names: names, sources: names.map { sources[$0]! }) }

  private mutating func define(_ name: Int, _ source: JinjaScope.Source) {
    if sources.updateValue(source, forKey: name) == nil { names.append(name) }
  }

  mutating func load(_ name: Int) {
    if sources[name] == nil, !outer.contains(name) { define(name, .variable) }
  }

  mutating func store(_ name: Int) {
    stores.insert(name)
    if sources[name] == nil { define(name, outer.contains(name) ? .outer : .missing) }
  }

  mutating func declare(_ name: Int) {
    stores.insert(name)
    define(name, .parameter)
  }

  /// Takes over what the branches of a condition define. What only some of them set keeps its former value elsewhere.
  mutating func merge(_ branches: [JinjaSymbols]) {
    let stored = branches.reduce(into: Set<Int>()) { $0.formUnion($1.stores) }.subtracting(stores)
    for branch in branches {
      for name in branch.names { define(name, branch.sources[name]!) }
      stores.formUnion(branch.stores)
    }
    for name in stored { define(name, outer.contains(name) ? .outer : .variable) }
  }
}
