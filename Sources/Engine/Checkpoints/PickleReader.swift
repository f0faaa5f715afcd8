import Foundation

/// Reads the pickles that `torch.save` writes (protocols 2 to 5) as values, and executes nothing.
///
/// The instructions are those of Python's `pickletools`; any other is refused by its code, and any global outside
/// `globals` by its name. Values live in a table and refer to each other by number, so that a pickle in which a value
/// contains itself costs no more than its bytes and is refused at the end.
struct PickleReader {
  static let maximumDepth = 64
  /// Values that the result may stand for when every shared one is counted at each of its places.
  static let maximumValues = 16_000_000

  private enum Node {
    case leaf(PickleValue)
    case list([Int])
    case tuple([Int])
    case dictionary([(key: Int, value: Int)])
    case call(String, [Int])
    case persistent(Int)
  }

  private let bytes: UnsafeRawBufferPointer
  private let file: String
  private let globals: Set<String>
  private var position = 0
  private var nodes: [Node] = []
  private var stack: [Int] = []
  private var marks: [Int] = []
  private var memo: [Int: Int] = [:]

  static func read(_ bytes: UnsafeRawBufferPointer, file: String, globals: Set<String>) throws -> PickleValue {
    try readNext(bytes, file: file, globals: globals).value
  }

  /// The pickle that the bytes begin with, and how many it takes.
  static func readNext(
    _ bytes: UnsafeRawBufferPointer, file: String, globals: Set<String>
  ) throws -> (value: PickleValue, byteCount: Int) {
    var reader = PickleReader(bytes: bytes, file: file, globals: globals)
    let root = try reader.run()
    var resolved: [Int: Resolved] = [:]
    return (try reader.resolve(root, depth: 0, &resolved).value, reader.position)
  }

  private init(bytes: UnsafeRawBufferPointer, file: String, globals: Set<String>) {
    self.bytes = bytes
    self.file = file
    self.globals = globals
  }

  private mutating func run() throws -> Int {
    while true {
      let start = position
      let opcode = try integer(1)
      switch UInt8(opcode) {
      case 0x80:
        let version = try integer(1)
        guard (2...5).contains(version) else { throw malformed("its protocol is \(version), expected 2 to 5") }
      case 0x95: _ = try take(8)
      case UInt8(ascii: "."):
        guard stack.count == 1, marks.isEmpty else { throw malformed("it stops with \(stack.count) values") }
        return stack[0]
      case UInt8(ascii: "("): marks.append(stack.count)
      case UInt8(ascii: "N"): push(.leaf(.none))
      case 0x88: push(.leaf(.bool(true)))
      case 0x89: push(.leaf(.bool(false)))
      case UInt8(ascii: "K"): push(.leaf(.int(try integer(1))))
      case UInt8(ascii: "M"): push(.leaf(.int(try integer(2))))
      case UInt8(ascii: "J"): push(.leaf(.int(Int(Int32(truncatingIfNeeded: try integer(4))))))
      case 0x8a: try long()
      case UInt8(ascii: "G"):
        let bits = try take(8).reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        push(.leaf(.float(Double(bitPattern: bits))))
      case UInt8(ascii: "X"): push(.leaf(.string(try text(integer(4)))))
      case 0x8c: push(.leaf(.string(try text(integer(1)))))
      case 0x8d: push(.leaf(.string(try text(integer(8)))))
      case UInt8(ascii: "B"): push(.leaf(.bytes(Array(try take(integer(4))))))
      case UInt8(ascii: "C"): push(.leaf(.bytes(Array(try take(integer(1))))))
      case UInt8(ascii: "]"): push(.list([]))
      case UInt8(ascii: ")"): push(.tuple([]))
      case UInt8(ascii: "}"): push(.dictionary([]))
      case UInt8(ascii: "a"): try append([pop()])
      case UInt8(ascii: "e"): try append(popToMark())
      case UInt8(ascii: "s"):
        let value = try pop()
        try setItems([pop(), value])
      case UInt8(ascii: "u"): try setItems(popToMark())
      case UInt8(ascii: "t"): push(.tuple(try popToMark()))
      case 0x85, 0x86, 0x87:
        var items: [Int] = []
        for _ in 0..<(opcode - 0x84) { items.append(try pop()) }
        push(.tuple(items.reversed()))
      case UInt8(ascii: "q"): memo[try integer(1)] = try top()
      case UInt8(ascii: "r"): memo[try integer(4)] = try top()
      case 0x94: memo[memo.count] = try top()
      case UInt8(ascii: "h"): try recall(integer(1))
      case UInt8(ascii: "j"): try recall(integer(4))
      case UInt8(ascii: "c"): try global(module: line(), name: line())
      case 0x93:
        let name = try popString()
        try global(module: popString(), name: name)
      case UInt8(ascii: "R"): try reduce()
      case UInt8(ascii: "b"): try build()
      case UInt8(ascii: "Q"): push(.persistent(try pop()))
      default: throw PickleError.unknownOpcode(file: file, opcode: UInt8(opcode), at: start)
      }
    }
  }

  // MARK: Bytes

  private mutating func take(_ count: Int) throws -> UnsafeRawBufferPointer {
    guard count <= bytes.count - position else { throw PickleError.truncated(file: file, at: position) }
    defer { position += count }
    return UnsafeRawBufferPointer(rebasing: bytes[position..<position + count])
  }

  /// Little-endian and without sign.
  private mutating func integer(_ count: Int) throws -> Int {
    let value = try take(count).reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    guard let value = Int(exactly: value) else { throw malformed("the length \(value) is beyond any file") }
    return value
  }

  /// Little-endian two's complement of as many bytes as the first byte says.
  private mutating func long() throws {
    let digits = try take(integer(1))
    guard digits.count <= 8 else { throw malformed("an integer has \(digits.count) bytes, at most 8 are read") }
    let sign: Int = (digits.last ?? 0) & 0x80 == 0 ? 0 : -1
    push(.leaf(.int(digits.reversed().reduce(sign) { $0 << 8 | Int($1) })))
  }

  private mutating func text(_ count: Int) throws -> String {
    guard let text = String(validating: try take(count), as: UTF8.self) else {
      throw malformed("a string is not UTF-8")
    }
    return text
  }

  private mutating func line() throws -> String {
    let rest = bytes[position...]
    guard let end = rest.firstIndex(of: UInt8(ascii: "\n")) else {
      throw PickleError.truncated(file: file, at: position)
    }
    defer { position = end + 1 }
    return try text(end - position)
  }

  private func malformed(_ reason: String) -> PickleError {
    .malformed(file: file, at: position, reason: reason)
  }

  // MARK: Stack

  private mutating func push(_ node: Node) {
    nodes.append(node)
    stack.append(nodes.count - 1)
  }

  private func top() throws -> Int {
    guard let top = stack.last, stack.count > (marks.last ?? 0) else { throw malformed("its stack is empty") }
    return top
  }

  private mutating func pop() throws -> Int {
    let value = try top()
    stack.removeLast()
    return value
  }

  private mutating func popString() throws -> String {
    guard case .leaf(.string(let text)) = nodes[try pop()] else { throw malformed("a name is no string") }
    return text
  }

  private mutating func popToMark() throws -> [Int] {
    guard let mark = marks.popLast() else { throw malformed("a mark is missing") }
    let values = Array(stack[mark...])
    stack.removeSubrange(mark...)
    return values
  }

  private mutating func recall(_ key: Int) throws {
    guard let value = memo[key] else { throw malformed("it recalls value \(key), which it did not store") }
    stack.append(value)
  }

  private mutating func append(_ values: [Int]) throws {
    let target = try top()
    guard case .list(var items) = nodes[target] else { throw malformed("it appends to what is no list") }
    // Given up before it is changed: a copy for each item would make a long list quadratic.
    nodes[target] = .leaf(.none)
    items += values
    nodes[target] = .list(items)
  }

  private mutating func setItems(_ values: [Int]) throws {
    let target = try top()
    guard case .dictionary(var items) = nodes[target] else { throw malformed("it sets an item of what is no dict") }
    guard values.count.isMultiple(of: 2) else { throw malformed("a key has no value") }
    nodes[target] = .leaf(.none)
    for index in stride(from: 0, to: values.count, by: 2) { items.append((values[index], values[index + 1])) }
    nodes[target] = .dictionary(items)
  }

  private mutating func global(module: String, name: String) throws {
    let full = "\(module).\(name)"
    guard globals.contains(full) else { throw PickleError.unknownGlobal(file: file, name: full) }
    push(.leaf(.global(full)))
  }

  private mutating func reduce() throws {
    guard case .tuple(let arguments) = nodes[try pop()] else { throw malformed("the arguments of a call are no tuple") }
    guard case .leaf(.global(let name)) = nodes[try pop()] else { throw malformed("it calls what is no global") }
    if name == "collections.OrderedDict" {
      guard arguments.isEmpty else { throw malformed("OrderedDict has arguments, expected none") }
      push(.dictionary([]))
    } else {
      push(.call(name, arguments))
    }
  }

  /// Attributes of a dict, such as the `_metadata` of a state dictionary with versions of modules: no values.
  private mutating func build() throws {
    _ = try pop()
    guard case .dictionary = nodes[try top()] else { throw malformed("it sets attributes of what is no dict") }
  }

  // MARK: Result

  private struct Resolved {
    let value: PickleValue
    /// Values in it, shared ones as often as they occur.
    let count: Int
    let height: Int
  }

  private func resolve(_ index: Int, depth: Int, _ known: inout [Int: Resolved]) throws -> Resolved {
    if let known = known[index] { return known }
    var count = 1
    var height = 0
    func inner(_ index: Int) throws -> PickleValue {
      guard depth < Self.maximumDepth else { throw PickleError.tooDeep(file: file, limit: Self.maximumDepth) }
      let part = try resolve(index, depth: depth + 1, &known)
      count += part.count
      // A shared value may be deeper than the place where it is met again lets it be.
      height = max(height, part.height + 1)
      guard height <= Self.maximumDepth else { throw PickleError.tooDeep(file: file, limit: Self.maximumDepth) }
      guard count <= Self.maximumValues else { throw PickleError.tooLarge(file: file, limit: Self.maximumValues) }
      return part.value
    }
    let value: PickleValue =
      switch nodes[index] {
      case .leaf(let value): value
      case .list(let items): .list(try items.map(inner))
      case .tuple(let items): .tuple(try items.map(inner))
      case .dictionary(let items):
        .dictionary(try items.map { .init(key: try inner($0.key), value: try inner($0.value)) })
      case .call(let name, let arguments): .call(name, try arguments.map(inner))
      case .persistent(let id): .persistent(try inner(id))
      }
    let result = Resolved(value: value, count: count, height: height)
    known[index] = result
    return result
  }
}
