/// `loop` inside of a loop: where it is, and what is next to it.
final class JinjaLoop: JinjaObject {
  private var iterator: JinjaIterator
  private var count: Int?
  private let level: Int
  private(set) var depth: Int
  private var index = -1
  private var previous: JinjaValue?
  private var current: JinjaValue?
  /// What has been looked at ahead; `.some(nil)` is the end.
  private var ahead: JinjaValue??
  private var lastChanged: [JinjaValue]?
  private unowned let interpreter: JinjaInterpreter
  /// Renders the loop once more over something else, for loops that are recursive.
  var recurse: ((JinjaValue, Int) throws -> String)?

  init(_ iterator: JinjaIterator, count: Int?, level: Int, _ interpreter: JinjaInterpreter) {
    self.iterator = iterator
    self.count = count
    self.level = level
    depth = iterator.depth + 1
    self.interpreter = interpreter
  }

  var typeName: String { "LoopContext" }
  var isCallable: Bool { true }
  var representation: String { "<LoopContext \(index + 1)/\(count.map(String.init) ?? "?")>" }

  func next() throws -> JinjaValue? {
    let element: JinjaValue?
    if let ahead {
      element = ahead
      self.ahead = nil
    } else {
      element = try iterator.next()
    }
    guard let element else { return nil }
    // Filters can make elements that go deeper than what they are made from.
    depth = max(depth, element.depth + 1)
    try JinjaList.check(depth: depth)
    index += 1
    previous = current
    current = element
    return element
  }

  private func peek() throws -> JinjaValue? {
    if let ahead { return ahead }
    let element = try iterator.next()
    ahead = .some(element)
    return element
  }

  /// Of an iterator only once it has been read to its end, which then happens now.
  private func length() throws -> Int {
    if let count { return count }
    let rest = try iterator.rest(interpreter)
    iterator = JinjaIterator(over: rest)
    var isAhead = 0
    if case .some(.some) = ahead { isAhead = 1 }
    let count = index + 1 + isAhead + rest.count
    self.count = count
    return count
  }

  func attribute(_ name: String) throws -> JinjaValue? {
    switch name {
    case "index": .integer(index + 1)
    case "index0": .integer(index)
    case "first": .bool(index == 0)
    case "last": .bool(try peek() == nil)
    case "length": .integer(try length())
    case "revindex": .integer(try length() - index)
    case "revindex0": .integer(try length() - index - 1)
    case "depth": .integer(level + 1)
    case "depth0": .integer(level)
    case "previtem": index == 0 ? .undefined(.hint("there is no previous item")) : previous
    case "nextitem": try peek() ?? .undefined(.hint("there is no next item"))
    case "cycle":
      .object(JinjaFunction("cycle", type: "method", of: .object(self)) { [self] arguments, _ in try cycle(arguments) })
    case "changed":
      .object(JinjaFunction("changed", type: "method", of: .object(self)) { [self] in try changed($0, $1) })
    default: nil
    }
  }

  private func cycle(_ arguments: JinjaArguments) throws -> JinjaValue {
    guard !arguments.positional.isEmpty else { throw JinjaError.type("no items for cycling given") }
    return arguments.positional[index % arguments.positional.count]
  }

  private func changed(_ arguments: JinjaArguments, _ interpreter: JinjaInterpreter) throws -> JinjaValue {
    if let lastChanged, lastChanged.count == arguments.positional.count,
      try zip(lastChanged, arguments.positional).allSatisfy({ try JinjaComparison.areEqual($0, $1, interpreter) })
    {
      return .bool(false)
    }
    lastChanged = arguments.positional
    return .bool(true)
  }

  func call(_ arguments: JinjaArguments, _ interpreter: JinjaInterpreter) throws -> JinjaValue {
    guard let recurse else {
      throw JinjaError.type("The loop must have the 'recursive' marker to be called recursively.")
    }
    let iterable = try arguments.bound("__call__", ["iterable"], required: 1, extra: 1)
    return .string(try recurse(iterable[0]!, level + 1))
  }
}
