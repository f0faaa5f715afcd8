import Foundation

/// The types of metadata values: `enum gguf_type` of gguf.h.
enum GGUFValueType: UInt32 {
  case uint8, int8, uint16, int16, uint32, int32, float32, bool, string, array, uint64, int64, float64

  /// Bytes of a value; nil where they differ from value to value.
  var size: Int? {
    switch self {
    case .uint8, .int8, .bool: 1
    case .uint16, .int16: 2
    case .uint32, .int32, .float32: 4
    case .uint64, .int64, .float64: 8
    case .string, .array: nil
    }
  }

  /// What a value is, in the words of an error message.
  var kind: String {
    switch self {
    case .uint8, .int8, .uint16, .int16, .uint32, .int32, .uint64, .int64: "an integer"
    case .float32, .float64: "a number"
    case .bool: "a boolean"
    case .string: "a string"
    case .array: "an array"
    }
  }
}

/// The metadata of a GGUF file: typed values by key. They stay where they are in the mapped file, and are decoded when
/// somebody asks: a vocabulary has 100,000 strings, and most commands want a dozen numbers.
struct GGUFMetadata: Sendable {
  /// Arrays within arrays: no known key has any.
  static let maximumDepth = 4

  private struct Entry: Sendable {
    let type: GGUFValueType
    /// The value's bytes.
    let range: Range<Int>
  }

  let file: String
  private let map: MemoryMap
  private var entries: [String: Entry] = [:]

  /// Reads `count` entries, checking that all of their bytes exist; the cursor is behind them afterwards.
  init(_ map: MemoryMap, count: Int, cursor: inout GGUFCursor) throws {
    self.map = map
    file = cursor.file
    entries.reserveCapacity(count)
    for index in 0..<count {
      let key = try cursor.text(cursor.string("the key of metadata \(index)"), "the key of metadata \(index)")
      let type = try Self.type(of: key, &cursor)
      let start = cursor.position
      try Self.skip(type, key, depth: 0, &cursor)
      // Two keys of different bytes may be one to `String`.
      guard entries.updateValue(Entry(type: type, range: start..<cursor.position), forKey: key) == nil else {
        throw GGUFError.duplicateKey(file: file, key: key)
      }
    }
  }

  private static func type(of key: String, _ cursor: inout GGUFCursor) throws -> GGUFValueType {
    let code: UInt32 = try cursor.integer("the type of metadata '\(key)'")
    guard let type = GGUFValueType(rawValue: code) else {
      throw GGUFError.unknownValueType(file: cursor.file, key: key, code: code)
    }
    return type
  }

  /// Steps over a value.
  private static func skip(_ type: GGUFValueType, _ key: String, depth: Int, _ cursor: inout GGUFCursor) throws {
    let what = "metadata '\(key)'"
    switch type {
    case .string: _ = try cursor.string(what)
    case .array:
      guard depth < maximumDepth else {
        throw GGUFError.nestedTooDeep(file: cursor.file, key: key, limit: maximumDepth)
      }
      let element = try Self.type(of: key, &cursor)
      // A string has at least its length, an array its type and its length.
      let count = try cursor.count(of: "elements of \(what)", size: element.size ?? (element == .string ? 8 : 12))
      if let size = element.size, element != .bool { return try cursor.skip(count * size, what) }
      for _ in 0..<count { try skip(element, key, depth: depth + 1, &cursor) }
    case .bool:
      let value: UInt8 = try cursor.integer(what)
      guard value <= 1 else { throw GGUFError.invalidBool(file: cursor.file, key: key, value: value) }
    case .uint8, .int8, .uint16, .int16, .uint32, .int32, .float32, .uint64, .int64, .float64:
      try cursor.skip(type.size ?? 0, what)
    }
  }

  /// Sorted by their UTF-8 bytes.
  var keys: [String] { entries.keys.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) } }

  func contains(_ key: String) -> Bool { entries[key] != nil }

  /// The bytes of a value with those of its type in front, for digests; valid inside `body` only.
  func withBytes(of key: String, _ body: (UnsafeRawBufferPointer) -> Void) {
    guard let entry = entries[key] else { return }
    withExtendedLifetime(map) {
      body(UnsafeRawBufferPointer(rebasing: map.bytes[entry.range.lowerBound - 4..<entry.range.upperBound]))
    }
  }

  func required<Value>(_ key: String, _ value: (String) throws -> Value?) throws -> Value {
    guard let value = try value(key) else { throw GGUFError.missingKey(file: file, key: key) }
    return value
  }

  // MARK: Single values, nil where the key is absent

  func string(_ key: String) throws -> String? {
    guard let entry = entries[key] else { return nil }
    guard entry.type == .string else { throw wrongType(key, entry.type.kind, "a string") }
    return try cursor.text(entry.range.lowerBound + 8..<entry.range.upperBound, "metadata '\(key)'")
  }

  func bool(_ key: String) throws -> Bool? {
    guard let entry = entries[key] else { return nil }
    guard entry.type == .bool else { throw wrongType(key, entry.type.kind, "a boolean") }
    return map.bytes[entry.range.lowerBound] == 1
  }

  /// The default range is that of a size, as in `ModelConfiguration`.
  func integer(_ key: String, in range: ClosedRange<Int> = 1...Int(Int32.max)) throws -> Int? {
    guard let entry = entries[key] else { return nil }
    return try integer(entry.type, at: entry.range.lowerBound, key, range)
  }

  func number(_ key: String) throws -> Double? {
    guard let entry = entries[key] else { return nil }
    return try number(entry.type, at: entry.range.lowerBound, key)
  }

  // MARK: Arrays, nil where the key is absent

  func strings(_ key: String) throws -> [String]? {
    guard let (element, count, start) = try array(key) else { return nil }
    guard element == .string else { throw wrongType(key, "an array of \(element.kind)", "an array of strings") }
    var cursor = cursor
    try cursor.skip(start, key)
    return try (0..<count).map { index in
      try cursor.text(cursor.string(key), "element \(index) of metadata '\(key)'")
    }
  }

  func integers(_ key: String, in range: ClosedRange<Int>) throws -> [Int]? {
    guard let (element, count, start) = try array(key) else { return nil }
    guard let size = element.size else { throw wrongType(key, "an array of \(element.kind)", "an array of integers") }
    return try (0..<count).map { try integer(element, at: start + $0 * size, key, range) }
  }

  func numbers(_ key: String) throws -> [Double]? {
    guard let (element, count, start) = try array(key) else { return nil }
    guard let size = element.size else { throw wrongType(key, "an array of \(element.kind)", "an array of numbers") }
    return try (0..<count).map { try number(element, at: start + $0 * size, key) }
  }

  // MARK: Decoding

  private var cursor: GGUFCursor { GGUFCursor(map.bytes, file: file) }

  private func wrongType(_ key: String, _ found: String, _ expected: String) -> GGUFError {
    .wrongType(file: file, key: key, found: found, expected: expected)
  }

  private func array(_ key: String) throws -> (element: GGUFValueType, count: Int, start: Int)? {
    guard let entry = entries[key] else { return nil }
    guard entry.type == .array else { throw wrongType(key, entry.type.kind, "an array") }
    var cursor = cursor
    try cursor.skip(entry.range.lowerBound, key)
    let element = try Self.type(of: key, &cursor)
    return (element, try cursor.count(of: key, size: 1), cursor.position)
  }

  private func load<Value: FixedWidthInteger>(_ type: Value.Type, at offset: Int) -> Value {
    Value(littleEndian: map.bytes.loadUnaligned(fromByteOffset: offset, as: type))
  }

  private func integer(
    _ type: GGUFValueType, at offset: Int, _ key: String, _ range: ClosedRange<Int>
  ) throws -> Int {
    let value: any BinaryInteger
    switch type {
    case .uint8: value = load(UInt8.self, at: offset)
    case .int8: value = load(Int8.self, at: offset)
    case .uint16: value = load(UInt16.self, at: offset)
    case .int16: value = load(Int16.self, at: offset)
    case .uint32: value = load(UInt32.self, at: offset)
    case .int32: value = load(Int32.self, at: offset)
    case .uint64: value = load(UInt64.self, at: offset)
    case .int64: value = load(Int64.self, at: offset)
    case .float32, .float64, .bool, .string, .array: throw wrongType(key, type.kind, "an integer")
    }
    guard let integer = Int(exactly: value), range.contains(integer) else {
      throw GGUFError.outOfRange(
        file: file, key: key, found: "\(value)", expected: "\(range.lowerBound) to \(range.upperBound)")
    }
    return integer
  }

  private func number(_ type: GGUFValueType, at offset: Int, _ key: String) throws -> Double {
    let value: Double
    switch type {
    case .float32: value = Double(Float(bitPattern: load(UInt32.self, at: offset)))
    case .float64: value = Double(bitPattern: load(UInt64.self, at: offset))
    case .uint8, .int8, .uint16, .int16, .uint32, .int32, .uint64, .int64:
      return Double(try integer(type, at: offset, key, .min ... .max))
    case .bool, .string, .array: throw wrongType(key, type.kind, "a number")
    }
    guard value.isFinite else {
      throw GGUFError.outOfRange(file: file, key: key, found: "\(value)", expected: "a finite number")
    }
    return value
  }
}
