/// Attributes, items, slices and elements of values.
extension JinjaInterpreter {
  /// `value.name`: what Python has there, or else the item of this name.
  func attribute(_ name: String, of value: JinjaValue) throws -> JinjaValue {
    if let found = try pythonAttribute(name, of: value) { return found }
    switch value {
    case .undefined(let missing): throw missing.error
    case .dictionary(let dictionary):
      if let found = dictionary[name] { return found }
    default: break
    }
    return .undefined(.attribute(name, type: value.typeName))
  }

  /// `value[key]`: the item, or else what Python has under this name.
  func item(_ key: JinjaValue, of value: JinjaValue) throws -> JinjaValue {
    switch value {
    case .undefined(let missing): throw missing.error
    case .dictionary(let dictionary):
      if (try? key.checkHashable()) != nil, let found = dictionary[key] { return found }
    default:
      if let index = key.index, let element = element(at: index, of: value) { return element }
    }
    guard let name = key.text else { return .undefined(.element(try representation(of: key), type: value.typeName)) }
    return try pythonAttribute(name, of: value) ?? .undefined(.attribute(name, type: value.typeName))
  }

  private func element(at index: Int, of value: JinjaValue) -> JinjaValue? {
    func place(_ count: Int) -> Int? {
      let place = index < 0 ? index + count : index
      return (0..<count).contains(place) ? place : nil
    }
    switch value {
    case .list(let list), .tuple(let list): return place(list.elements.count).map { list.elements[$0] }
    case .range(let range): return place(range.count).map { .integer(range[$0]) }
    case .string(let text), .markup(let text):
      let scalars = text.unicodeScalars
      if text.utf8.count == scalars.count {
        return place(text.utf8.count).map { .string(String(scalars[scalars.index(scalars.startIndex, offsetBy: $0)])) }
      }
      let all = Array(scalars)
      return place(all.count).map { .string(String(all[$0])) }
    default: return nil
    }
  }

  private func pythonAttribute(_ name: String, of value: JinjaValue) throws -> JinjaValue? {
    if case .undefined = value { return nil }
    // What Python keeps under such names is not for templates.
    if name.hasPrefix("__"), name.hasSuffix("__") { return .undefined(.unsafe(attribute: name, type: value.typeName)) }
    switch value {
    case .string, .markup:
      guard let method = JinjaStringMethods.table[name] else { return nil }
      return .object(JinjaFunction(name, of: value) { try method(value, $0, $1) })
    case .dictionary(let dictionary):
      if JinjaCollectionMethods.dictionaryChanges.contains(name) {
        return .undefined(.unsafe(attribute: name, type: value.typeName))
      }
      guard let method = JinjaCollectionMethods.dictionary[name] else { return nil }
      return .object(JinjaFunction(name, of: value) { arguments, _ in try method(dictionary, arguments) })
    case .list, .tuple, .range:
      if case .list = value, JinjaCollectionMethods.listChanges.contains(name) {
        return .undefined(.unsafe(attribute: name, type: value.typeName))
      }
      if case .range(let range) = value, let bound = range.bound(name) { return .integer(bound) }
      guard let method = JinjaCollectionMethods.sequence(name, of: value) else { return nil }
      return .object(JinjaFunction(name, of: value) { try method($1.elements(of: value), $0, $1) })
    case .integer, .bool, .number: return JinjaCollectionMethods.numberAttribute(name, of: value)
    case .object(let object): return try object.attribute(name)
    default: return nil
    }
  }

  // MARK: - Elements

  /// What a loop over the value goes through.
  ///
  /// - Throws: `JinjaError` of kind `type` where it has no elements.
  func elements(of value: JinjaValue) throws -> [JinjaValue] {
    switch value {
    case .undefined: return []
    case .list(let list), .tuple(let list), .view(let list, _): return list.elements
    case .dictionary(let dictionary): return dictionary.keys
    case .range(let range): return range.elements
    case .iterator(let iterator): return try iterator.rest(self)
    case .string(let text), .markup(let text):
      let scalars = text.unicodeScalars
      try charge(scalars.count)
      guard scalars.count <= JinjaList.longest else { throw JinjaError.limit("a text is too long to be a list") }
      return scalars.map { .string(String($0)) }
    default: throw JinjaError.type("'\(value.typeName)' object is not iterable")
    }
  }

  func iterator(over value: JinjaValue) throws -> JinjaIterator {
    if case .iterator(let iterator) = value { return iterator }
    return JinjaIterator(over: try elements(of: value))
  }

  /// `len(value)`.
  func length(of value: JinjaValue) throws -> Int {
    switch value {
    case .undefined: return 0
    case .string(let text), .markup(let text):
      try charge(text.utf8.count >> 6)
      return text.unicodeScalars.count
    case .list(let list), .tuple(let list), .view(let list, _): return list.elements.count
    case .dictionary(let dictionary): return dictionary.members.count
    case .range(let range): return range.count
    case .object(let object as JinjaLoop): return try object.attribute("length")?.index ?? 0
    default: throw JinjaError.type("object of type '\(value.typeName)' has no len()")
    }
  }

  // MARK: - Slices

  func slice(_ value: JinjaValue, start: JinjaValue?, stop: JinjaValue?, step: JinjaValue?) throws -> JinjaValue {
    if case .undefined(let missing) = value { throw missing.error }
    func bound(_ value: JinjaValue?) throws -> Int? {
      guard let value = value.unlessNone else { return nil }
      guard let bound = value.index else {
        throw JinjaError.type("slice indices must be integers or None or have an __index__ method")
      }
      return bound
    }
    let step = try bound(step) ?? 1
    let (start, stop) = (try bound(start), try bound(stop))
    func places(of count: Int) throws -> (first: Int, last: Int, step: Int) {
      guard step != 0 else { throw JinjaError.value("slice step cannot be zero") }
      func clamped(_ bound: Int) -> Int {
        let place = bound < 0 ? bound + count : bound
        return min(max(place, step < 0 ? -1 : 0), step < 0 ? count - 1 : count)
      }
      let first = start.map(clamped) ?? (step < 0 ? count - 1 : 0)
      let last = stop.map(clamped) ?? (step < 0 ? -1 : count)
      // A step past all of them takes one: nearer bounds keep the sums within 64 bits.
      return (first, last, min(max(step, -count - 1), count + 1))
    }
    func chosen<Element>(_ elements: [Element]) throws -> [Element] {
      try charge(elements.count)
      let (first, last, step) = try places(of: elements.count)
      return stride(from: first, to: last, by: step).map { elements[$0] }
    }
    switch value {
    case .list(let list): return .list(try JinjaList(chosen(list.elements)))
    case .tuple(let list): return .tuple(try JinjaList(chosen(list.elements)))
    case .string(let text): return .string(String(try chosen(Array(text.unicodeScalars))))
    case .markup(let text): return .markup(String(try chosen(Array(text.unicodeScalars))))
    case .range(let range):
      let (first, last, near) = try places(of: range.count)
      return .range(
        JinjaRange(
          start: range[first], step: range.step * near,
          count: stride(from: first, to: last, by: near).underestimatedCount,
          stop: range[last]))
    case .dictionary: throw JinjaError.type("unhashable type: 'slice'")
    default: throw JinjaError.type("'\(value.typeName)' object is not subscriptable")
    }
  }
}

extension JinjaRange {
  fileprivate func bound(_ name: String) -> Int? {
    switch name {
    case "start": start
    case "stop": stop
    case "step": step
    default: nil
    }
  }
}
