/// The body of a record batch: the nodes and buffers of its columns, in the order of a walk through the schema.
struct ArrowBatchBuilder {
  private(set) var body: [UInt8] = []
  /// FieldNode: length, null count.
  private(set) var nodes: [(Int, Int)] = []
  /// Buffer: offset, length.
  private(set) var buffers: [(Int, Int)] = []

  /// A buffer would be longer than its offsets can say.
  struct Oversized: Error {}

  mutating func append(_ values: ArrowColumn.Values) throws {
    switch values {
    case .int64(let values): appendAll(values)
    case .float32(let values): appendAll(values)
    case .float64(let values): appendAll(values)
    case .utf8(let values):
      node(values.count)
      try append(values)
    case .int64Lists(let lists):
      node(lists.count)
      try append(offsets: lists.map(\.count))
      appendAll(lists.flatMap(\.self))
    case .json(let type, let values): try append(values, type)
    }
  }

  private mutating func append(_ values: [JSONValue], _ type: ArrowType) throws {
    if type == .null {
      // Without buffers, not even for what is missing.
      nodes.append((values.count, values.count))
      return
    }
    let present = values.map { if case .null = $0 { false } else { true } }
    node(present)
    switch type {
    case .null: break
    case .bool: append(bits: values.map { $0.bool ?? false })
    case .int64: append(buffer: values.map { Int64($0.integer ?? 0) })
    case .float32: append(buffer: values.map { Float(Self.number($0)) })
    case .float64: append(buffer: values.map { Self.number($0) })
    case .utf8: try append(values.map { $0.string ?? "" })
    case .json:
      try append(
        zip(values, present).map { $1 ? String(decoding: $0.canonicalBytes, as: UTF8.self) : "" })
    case .list(let element):
      let lists = values.map { $0.array ?? [] }
      try append(offsets: lists.map(\.count))
      try append(lists.flatMap(\.self), element)
    case .structure(let fields):
      for field in fields { try append(values.map { $0[field.name] ?? .null }, field.type) }
    }
  }

  private static func number(_ value: JSONValue) -> Double {
    switch value {
    case .integer(let integer): Double(integer)
    case .number(let number): number
    default: 0
    }
  }

  /// Numbers that are all there.
  private mutating func appendAll<Element: BitwiseCopyable>(_ values: [Element]) {
    node(values.count)
    append(buffer: values)
  }

  /// A node without missing entries, whose validity takes no bytes.
  private mutating func node(_ count: Int) {
    nodes.append((count, 0))
    buffers.append((body.count, 0))
  }

  private mutating func node(_ present: [Bool]) {
    let missing = present.count { !$0 }
    guard missing > 0 else { return node(present.count) }
    nodes.append((present.count, missing))
    append(bits: present)
  }

  private mutating func append<Element: BitwiseCopyable>(buffer values: [Element]) {
    let start = body.count
    values.withUnsafeBytes { body.append(contentsOf: $0) }
    close(start)
  }

  /// The lowest bit of a byte first.
  private mutating func append(bits: [Bool]) {
    let start = body.count
    for (place, bit) in bits.enumerated() {
      if place & 7 == 0 { body.append(0) }
      if bit { body[body.count - 1] |= 1 << UInt8(place & 7) }
    }
    close(start)
  }

  private mutating func append(_ texts: [String]) throws {
    try append(offsets: texts.map(\.utf8.count))
    let start = body.count
    for text in texts { body.append(contentsOf: text.utf8) }
    close(start)
  }

  private mutating func append(offsets lengths: [Int]) throws {
    var offsets: [Int32] = [0]
    offsets.reserveCapacity(lengths.count + 1)
    var end = 0
    for length in lengths {
      end += length
      guard let offset = Int32(exactly: end) else { throw Oversized() }
      offsets.append(offset)
    }
    append(buffer: offsets)
  }

  /// Ends a buffer; the next begins at a multiple of 8.
  private mutating func close(_ start: Int) {
    buffers.append((start, body.count - start))
    while body.count % 8 != 0 { body.append(0) }
  }
}
