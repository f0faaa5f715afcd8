/// Filters that apply a filter or a test to each element: all of them lazy, as Python's generators are.
extension JinjaFilters {
  static let selections: [String: Filter] = [
    "map": mapped,
    "select": { try selected($0, $1, $2, byAttribute: false, keeping: true) },
    "reject": { try selected($0, $1, $2, byAttribute: false, keeping: false) },
    "selectattr": { try selected($0, $1, $2, byAttribute: true, keeping: true) },
    "rejectattr": { try selected($0, $1, $2, byAttribute: true, keeping: false) },
  ]

  private static let mapped: Filter = { value, arguments, interpreter in
    guard value.isTrue else { return .iterator(JinjaIterator(over: [])) }
    let function: (JinjaValue) throws -> JinjaValue
    let depth = arguments.depth
    var arguments = arguments
    if arguments.positional.isEmpty, let place = arguments.keywords.firstIndex(where: { $0.name == "attribute" }) {
      let attribute = arguments.keywords.remove(at: place).value
      let standard = arguments.keywords.firstIndex { $0.name == "default" }.map {
        arguments.keywords.remove(at: $0).value
      }
      if let unknown = arguments.keywords.first {
        return try failing(.value("Unexpected keyword argument '\(unknown.name)'"))
      }
      function = getter(attribute, default: standard.unlessNone, interpreter)
    } else {
      guard !arguments.positional.isEmpty else { return try failing(.value("map requires a filter argument")) }
      let name = try interpreter.string(of: arguments.positional.removeFirst())
      let rest = arguments
      function = { value in
        guard let filter = table[name] else { throw JinjaError.type("No filter named '\(name)'.") }
        return try filter(value, rest, interpreter)
      }
    }
    let source = try interpreter.iterator(over: value)
    return .iterator(
      try JinjaIterator(depth: max(source.depth, depth)) {
        try interpreter.charge(1)
        return try source.next().map { try function($0) }
      })
  }

  /// Python makes these complaints when the first element is asked for.
  private static func failing(_ error: JinjaError) throws -> JinjaValue {
    .iterator(try JinjaIterator { throw error })
  }

  private static func selected(
    _ value: JinjaValue, _ arguments: JinjaArguments, _ interpreter: JinjaInterpreter, byAttribute: Bool, keeping: Bool
  ) throws -> JinjaValue {
    guard value.isTrue else { return .iterator(JinjaIterator(over: [])) }
    let depth = arguments.depth
    var arguments = arguments
    var getter: (JinjaValue) throws -> JinjaValue = { $0 }
    if byAttribute {
      guard !arguments.positional.isEmpty else { return try failing(.value("Missing parameter for attribute name")) }
      getter = self.getter(arguments.positional.removeFirst(), interpreter)
    }
    let name = try arguments.positional.first.map { try interpreter.string(of: $0) }
    arguments.positional = Array(arguments.positional.dropFirst())
    let (attribute, rest) = (getter, arguments)
    let source = try interpreter.iterator(over: value)
    return .iterator(
      try JinjaIterator(depth: max(source.depth, depth)) {
        while let element = try source.next() {
          try interpreter.charge(1)
          let found = try attribute(element)
          let isTrue: Bool
          if let name {
            guard let test = JinjaTests.table[name] else { throw JinjaError.type("No test named '\(name)'.") }
            isTrue = try test(found, rest, interpreter)
          } else {
            isTrue = found.isTrue
          }
          if isTrue == keeping { return element }
        }
        return nil
      })
  }
}
