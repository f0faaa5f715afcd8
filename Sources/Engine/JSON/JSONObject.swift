/// The members of a JSON object in the order in which they were written, found by key.
///
/// Keys are compared byte by byte. `Dictionary<String, _>` would compare them by canonical equivalence: "é" and
/// "e\u{301}", which may be two tokens of a vocabulary, would be one key.
package struct JSONObject: Sendable {
  package typealias Element = (key: String, value: JSONValue)

  private var members: [Element] = []
  /// Where each key is among the members; kept only beyond `scanned` of them.
  private var positions: [ExactKey: Int] = [:]
  /// So few keys are compared faster than they are hashed; nearly all objects, rows of data among them, are that small.
  private static let scanned = 8

  package init() {}

  /// The keys must differ.
  package init(_ members: some Sequence<Element>) {
    for (key, value) in members {
      let isNew = append(key, value)
      precondition(isNew, "the key '\(key)' is given twice")
    }
  }

  /// Adds a member behind the others. False, and nothing happens, where the key is there.
  ///
  /// - Complexity: O(1), amortized.
  mutating func append(_ key: String, _ value: JSONValue) -> Bool {
    if members.count < Self.scanned {
      guard position(of: key) == nil else { return false }
      members.append((key, value))
      return true
    }
    if positions.isEmpty {
      for (position, member) in members.enumerated() { positions[ExactKey(text: member.key)] = position }
    }
    let key = ExactKey(text: key)
    guard positions[key] == nil else { return false }
    positions[key] = members.count
    members.append((key.text, value))
    return true
  }

  private func position(of key: String) -> Int? {
    positions.isEmpty
      ? members.firstIndex { $0.key.hasSameBytes(as: key) } : positions[ExactKey(text: key)]
  }

  /// The value of the member with this key, nil where there is none.
  ///
  /// - Complexity: O(1).
  package subscript(key: String) -> JSONValue? {
    position(of: key).map { members[$0].value }
  }

  package var keys: [String] { members.map(\.key) }
}

extension JSONObject: RandomAccessCollection {
  package var startIndex: Int { 0 }
  package var endIndex: Int { members.count }
  package subscript(position: Int) -> Element { members[position] }
}

extension JSONObject: ExpressibleByDictionaryLiteral {
  package init(dictionaryLiteral members: (String, JSONValue)...) {
    self.init(members.lazy.map { (key: $0.0, value: $0.1) })
  }
}

extension JSONObject: Equatable {
  /// Objects are equal when they have the same members, in whatever order (RFC 8259, section 4).
  package static func == (left: JSONObject, right: JSONObject) -> Bool {
    left.count == right.count && left.allSatisfy { right[$0.key] == $0.value }
  }
}

/// A key that equals another only byte by byte.
private struct ExactKey: Hashable {
  let text: String

  static func == (left: ExactKey, right: ExactKey) -> Bool { left.text.hasSameBytes(as: right.text) }

  func hash(into hasher: inout Hasher) {
    var text = text
    text.withUTF8 { hasher.combine(bytes: UnsafeRawBufferPointer($0)) }
  }
}

extension String {
  /// Canonically equivalent strings, which `==` takes for equal, may differ in their bytes. `==` in between is fast: it
  /// compares memory where both strings are ASCII.
  func hasSameBytes(as other: String) -> Bool {
    utf8.count == other.utf8.count && self == other && utf8.elementsEqual(other.utf8)
  }
}
