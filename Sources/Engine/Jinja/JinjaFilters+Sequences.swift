/// Filters for what has elements.
extension JinjaFilters {
  static let sequences: [String: Filter] = [
    "first": { value, _, interpreter in
      try interpreter.iterator(over: value).next() ?? .undefined(.hint("No first item, sequence was empty."))
    },
    "last": { value, _, interpreter in
      if case .iterator = value { throw JinjaError.type("'generator' object is not reversible") }
      return try interpreter.elements(of: value).last ?? .undefined(.hint("No last item, sequence was empty."))
    },
    "list": { value, _, interpreter in .list(try JinjaList(interpreter.elements(of: value))) },
    "join": { value, arguments, interpreter in
      let arguments = try arguments.bound("sync_do_join", ["d", "attribute"], extra: 2)  // and the context
      let separator = try arguments[0].map { try interpreter.string(of: $0) } ?? ""
      let getter = getter(arguments[1], interpreter)
      var result = ""
      for (index, element) in try interpreter.elements(of: value).enumerated() {
        if index > 0 { result += separator }
        result += try interpreter.string(of: getter(element))
        try interpreter.check(length: result.utf8.count)
        try interpreter.charge(1)
      }
      try interpreter.charge(result.utf8.count >> 6)
      return .string(result)
    },
    "reverse": { value, _, interpreter in
      if let text = value.text {
        try interpreter.charge(text.utf8.count >> 4)
        return value.like(String(text.unicodeScalars.reversed()))
      }
      return .iterator(JinjaIterator(over: try interpreter.elements(of: value).reversed()))
    },
    "sort": { value, arguments, interpreter in
      let arguments = try arguments.bound("do_sort", ["reverse", "case_sensitive", "attribute"], extra: 1)
      let key = listGetter(arguments[2], ignoringCase: !(arguments[1]?.isTrue ?? false), interpreter)
      let elements = try interpreter.elements(of: value)
      return .list(
        try JinjaList(
          JinjaComparison.sorted(elements, reverse: arguments[0]?.isTrue ?? false, interpreter, key: key)))
    },
    "unique": { value, arguments, interpreter in
      let depth = arguments.depth
      let arguments = try arguments.bound("sync_do_unique", ["case_sensitive", "attribute"], extra: 1)
      let key = key(arguments[1], caseSensitive: arguments[0], interpreter)
      let source = try interpreter.iterator(over: value)
      var seen: Set<JinjaKey> = []
      return .iterator(
        try JinjaIterator(depth: max(source.depth, depth)) {
          while let element = try source.next() {
            try interpreter.charge(1)
            let found = try key(element)
            try found.checkHashable()
            if seen.insert(JinjaKey(found)).inserted { return element }
          }
          return nil
        })
    },
    "min": { try extreme("do_min", $0, $1, $2, symbol: "<") { $0 < 0 } },
    "max": { try extreme("do_max", $0, $1, $2, symbol: ">") { $0 > 0 } },
    "sum": { value, arguments, interpreter in
      let arguments = try arguments.bound("sync_do_sum", ["attribute", "start"], extra: 1)
      let getter = getter(arguments[0], interpreter)
      let start = arguments[1] ?? .integer(0)
      if start.text != nil { throw JinjaError.type("sum() can't sum strings [use ''.join(seq) instead]") }
      return try interpreter.elements(of: value).reduce(start) {
        try JinjaOperators.apply(.add, $0, getter($1), interpreter)
      }
    },
    "batch": { value, arguments, interpreter in
      let arguments = try arguments.bound("do_batch", ["linecount", "fill_with"], required: 1, extra: 1)
      return .iterator(
        JinjaIterator(over: try batches(value, by: arguments[0]!, filling: arguments[1].unlessNone, interpreter)))
    },
    "slice": { value, arguments, interpreter in
      let arguments = try arguments.bound("sync_do_slice", ["slices", "fill_with"], required: 1, extra: 1)
      return .iterator(
        JinjaIterator(
          over: try slices(value, count: arguments[0]!.integer(), filling: arguments[1].unlessNone, interpreter)))
    },
    "groupby": groups,
    "items": { value, _, interpreter in
      switch value {
      case .undefined: return .iterator(JinjaIterator(over: []))
      case .dictionary(let dictionary): return .iterator(JinjaIterator(over: dictionary.items))
      // Python complains when the first pair is asked for.
      default: return .iterator(try JinjaIterator { throw JinjaError.type("Can only get item pairs from a mapping.") })
      }
    },
    "dictsort": { value, arguments, interpreter in
      let arguments = try arguments.bound("do_dictsort", ["case_sensitive", "by", "reverse"], extra: 1)
      let by = try arguments[1].map { try interpreter.string(of: $0) } ?? "key"
      guard by == "key" || by == "value" else {
        throw JinjaError.value("You can only sort by either \"key\" or \"value\"")
      }
      guard case .dictionary(let dictionary) = value else {
        if case .undefined(let missing) = value { throw missing.error }
        throw JinjaError.type("'\(value.typeName)' object has no attribute 'items'")
      }
      let place = by == "key" ? 0 : 1
      let isCaseSensitive = arguments[0]?.isTrue ?? false
      return .list(
        try JinjaList(
          JinjaComparison.sorted(dictionary.items, reverse: arguments[2]?.isTrue ?? false, interpreter) { item in
            let found = try interpreter.elements(of: item)[place]
            return isCaseSensitive ? found : found.lowercased
          }))
    },
  ]

  /// What to compare elements by.
  private static func key(
    _ attribute: JinjaValue?, caseSensitive: JinjaValue?, _ interpreter: JinjaInterpreter
  ) -> (JinjaValue) throws -> JinjaValue {
    let getter = getter(attribute, interpreter)
    let isCaseSensitive = caseSensitive?.isTrue ?? false
    return { isCaseSensitive ? try getter($0) : try getter($0).lowercased }
  }

  private static func extreme(
    _ name: String, _ value: JinjaValue, _ arguments: JinjaArguments, _ interpreter: JinjaInterpreter, symbol: String,
    _ isBetter: (Int) -> Bool
  ) throws -> JinjaValue {
    let arguments = try arguments.bound(name, ["case_sensitive", "attribute"], extra: 1)
    let key = key(arguments[1], caseSensitive: arguments[0], interpreter)
    let elements = try interpreter.elements(of: value)
    guard var best = elements.first else { return .undefined(.hint("No aggregated item, sequence was empty.")) }
    var bestKey = try key(best)
    for element in elements.dropFirst() {
      let found = try key(element)
      if let order = try JinjaComparison.order(found, bestKey, symbol, interpreter), isBetter(order) {
        (best, bestKey) = (element, found)
      }
    }
    return best
  }

  private static func batches(
    _ value: JinjaValue, by count: JinjaValue, filling: JinjaValue?, _ interpreter: JinjaInterpreter
  ) throws -> [JinjaValue] {
    var batches: [JinjaValue] = []
    var batch: [JinjaValue] = []
    for element in try interpreter.elements(of: value) {
      if let count = count.index, batch.count == count {
        batches.append(.list(try JinjaList(batch)))
        batch = []
      }
      batch.append(element)
    }
    guard !batch.isEmpty else { return batches }
    if let filling, try batch.count < count.integer() {
      let missing = try count.integer() - batch.count
      guard missing <= JinjaList.longest else { throw JinjaError.limit("a batch of \(missing) elements is too long") }
      try interpreter.charge(missing)
      batch += Array(repeating: filling, count: missing)
    }
    return batches + [.list(try JinjaList(batch))]
  }

  private static func slices(
    _ value: JinjaValue, count: Int, filling: JinjaValue?, _ interpreter: JinjaInterpreter
  ) throws -> [JinjaValue] {
    let elements = try interpreter.elements(of: value)
    guard count != 0 else { throw JinjaError.value("integer division or modulo by zero") }
    guard count > 0 else { return [] }
    try interpreter.charge(min(count, JinjaList.longest + 1))
    guard count <= JinjaList.longest else { throw JinjaError.limit("\(count) slices are too many") }
    let (size, extra) = elements.count.quotientAndRemainder(dividingBy: count)
    var start = 0
    return try (0..<count).map { index in
      let end = start + size + (index < extra ? 1 : 0)
      defer { start = end }
      return .list(try JinjaList(elements[start..<end] + (index >= extra ? filling.map { [$0] } ?? [] : [])))
    }
  }

  private static let groups: Filter = { value, arguments, interpreter in
    let arguments = try arguments.bound(
      "sync_do_groupby", ["attribute", "default", "case_sensitive"], required: 1, extra: 1)
    let getter = getter(arguments[0], default: arguments[1].unlessNone, interpreter)
    let isCaseSensitive = arguments[2]?.isTrue ?? false
    let key: (JinjaValue) throws -> JinjaValue = { isCaseSensitive ? try getter($0) : try getter($0).lowercased }
    let sorted = try JinjaComparison.sorted(interpreter.elements(of: value), reverse: false, interpreter, key: key)
    var groups: [(key: JinjaValue, elements: [JinjaValue])] = []
    for element in sorted {
      let found = try key(element)
      if let last = groups.last, try JinjaComparison.areEqual(last.key, found, interpreter) {
        groups[groups.count - 1].elements.append(element)
      } else {
        groups.append((found, [element]))
      }
    }
    return .list(
      try JinjaList(
        groups.map { group in
          // The key as the first of the group has it, not in lower case.
          .tuple(try JinjaList([getter(group.elements[0]), .list(JinjaList(group.elements))]))
        }))
  }
}
