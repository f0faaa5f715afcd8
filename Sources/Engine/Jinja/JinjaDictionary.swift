/// A dictionary that keeps the order of its members, with Python's idea of equal keys: 1, 1.0 and true are one.
package struct JinjaDictionary {
  typealias Member = (key: JinjaValue, value: JinjaValue)

  private(set) var members: [Member] = []
  /// Where each key is; kept only beyond `scanned` members.
  private var positions: [JinjaKey: Int] = [:]
  private(set) var depth = 1
  private static let scanned = 8

  init() {}

  /// The keys must be strings that differ, as those of a JSON object are.
  init(unchecked members: [Member]) {
    for member in members { insert(member.value, for: member.key) }
  }

  /// - Throws: `JinjaError` where a key is of a type that Python does not hash, or the nesting is too deep.
  init(_ members: [Member]) throws {
    for (key, value) in members { try set(value, for: key) }
  }

  mutating func set(_ value: JinjaValue, for key: JinjaValue) throws {
    try key.checkHashable()
    insert(value, for: key)
    try JinjaList.check(depth: depth)
  }

  private mutating func insert(_ value: JinjaValue, for key: JinjaValue) {
    depth = max(depth, 1 + max(key.depth, value.depth))
    if let position = position(of: key) {
      members[position].value = value
      return
    }
    members.append((key, value))
    if members.count > Self.scanned {
      if positions.isEmpty {
        for (position, member) in members.enumerated() { positions[JinjaKey(member.key)] = position }
      } else {
        positions[JinjaKey(key)] = members.count - 1
      }
    }
  }

  private func position(of key: JinjaValue) -> Int? {
    positions.isEmpty ? members.firstIndex { JinjaKey($0.key) == JinjaKey(key) } : positions[JinjaKey(key)]
  }

  /// The value of a key that can be hashed; nil where there is none.
  subscript(key: JinjaValue) -> JinjaValue? {
    position(of: key).map { members[$0].value }
  }

  subscript(key: String) -> JinjaValue? {
    if positions.isEmpty {
      return members.first { $0.key.text?.hasSameBytes(as: key) ?? false }?.value
    }
    return self[.string(key)]
  }

  var keys: [JinjaValue] { members.map(\.key) }
  var values: [JinjaValue] { members.map(\.value) }
  var items: [JinjaValue] { members.map { .tuple(JinjaList(unchecked: [$0.key, $0.value])) } }
}

extension JinjaValue {
  private static let heaviestKey = 64

  /// - Throws: `JinjaError` of kind `type` for what Python does not hash, of kind `limit` for tuples of many elements.
  func checkHashable() throws {
    switch self {
    case .list, .dictionary: throw JinjaError.type("unhashable type: '\(typeName)'")
    case .tuple(let list):
      guard list.weight <= Self.heaviestKey else {
        throw JinjaError.limit("a key has more than the \(Self.heaviestKey) elements that it may have")
      }
      for element in list.elements { try element.checkHashable() }
    default: break
    }
  }
}

/// A value that can be hashed, as a key: equal where Python finds it equal.
struct JinjaKey: Hashable {
  private enum Kind: Hashable {
    case null
    case undefined
    case number(Double)
    case integer(Int)
    case text([UInt8])
    case tuple([JinjaKey])
    case object(ObjectIdentifier)
    case range(start: Int, step: Int, count: Int)
  }

  private let kind: Kind

  init(_ value: JinjaValue) {
    switch value {
    case .null: kind = .null
    case .undefined: kind = .undefined
    case .bool(let value): kind = .integer(value ? 1 : 0)
    case .integer(let value): kind = .integer(value)
    case .number(let value): kind = Int(exactly: value).map { .integer($0) } ?? .number(value)
    case .string(let text), .markup(let text): kind = .text(Array(text.utf8))
    case .tuple(let list), .list(let list), .view(let list, _): kind = .tuple(list.elements.map { JinjaKey($0) })
    case .dictionary(let dictionary): kind = .tuple(dictionary.items.map { JinjaKey($0) })
    case .range(let range): kind = .range(start: range.start, step: range.step, count: range.count)
    case .iterator(let iterator): kind = .object(ObjectIdentifier(iterator))
    case .object(let object): kind = .object(ObjectIdentifier(object))
    }
  }
}
