/// Reads structures of Thrift's compact protocol, in which Parquet writes footers and page headers.
/// https://github.com/apache/thrift/blob/master/doc/specs/thrift-compact-protocol.md
///
/// Counts are checked against the bytes that exist before anything is allocated, and nesting is bounded.
struct ThriftReader {
  /// The types as fields carry them; `true` and `false` are two types.
  enum Kind: UInt8 {
    case yes = 1
    case no, i8, i16, i32, i64, double, binary, list, set, map, structure, uuid
  }

  static let depthLimit = 64

  private var cursor: ByteCursor
  private var depth = 0

  init(_ bytes: UnsafeRawBufferPointer) {
    cursor = ByteCursor(bytes)
  }

  /// How many bytes have been read.
  var position: Int { cursor.position }

  /// Reads a structure. `read` gets each field's number and must consume its value through `value`; what it does not
  /// know it leaves alone.
  mutating func structure(_ name: String, _ read: (inout ThriftReader, Field) throws -> Void) throws {
    guard depth < Self.depthLimit else { throw ParquetError.Problem.tooDeep(limit: Self.depthLimit) }
    depth += 1
    defer { depth -= 1 }
    var last = 0
    while true {
      let header = try cursor.byte(name)
      if header == 0 { return }
      let step = Int(header >> 4)
      let number = step == 0 ? Int(truncatingIfNeeded: try cursor.zigzag(name)) : last + step
      // Numbers are 16 bits wide; a longer one could overflow the sum above.
      guard number > 0, number <= Int(Int16.max) else { throw ParquetError.Problem.unknownNumber("field", number) }
      last = number
      guard let kind = Kind(rawValue: header & 0xF) else {
        throw ParquetError.Problem.unknownNumber("type of a field", Int(header & 0xF))
      }
      let before = cursor.position
      let field = Field(structure: name, number: number, kind: kind)
      try read(&self, field)
      let isConsumed = cursor.position > before || kind == .yes || kind == .no
      if !isConsumed { try skip(kind, name) }
    }
  }

  struct Field {
    let structure: String
    let number: Int
    let kind: Kind

    func expect(_ expected: Kind) throws {
      guard kind == expected else { throw ParquetError.Problem.wrongFieldType(structure: structure, field: number) }
    }
  }

  mutating func int(_ field: Field) throws -> Int {
    switch field.kind {
    case .i8: return Int(Int8(bitPattern: try cursor.byte(field.structure)))
    case .i16, .i32, .i64: return Int(try cursor.zigzag(field.structure))
    default: throw ParquetError.Problem.wrongFieldType(structure: field.structure, field: field.number)
    }
  }

  /// A number that may not be negative.
  mutating func count(_ field: Field, _ what: String) throws -> Int {
    let value = try int(field)
    guard value >= 0 else { throw ParquetError.Problem.negativeCount(what, value) }
    return value
  }

  func bool(_ field: Field) throws -> Bool {
    guard field.kind == .yes || field.kind == .no else {
      throw ParquetError.Problem.wrongFieldType(structure: field.structure, field: field.number)
    }
    return field.kind == .yes
  }

  mutating func string(_ field: Field) throws -> String {
    try field.expect(.binary)
    return try string(field.structure)
  }

  mutating func structure(_ field: Field, _ name: String, _ read: (inout ThriftReader, Field) throws -> Void) throws {
    try field.expect(.structure)
    try structure(name, read)
  }

  /// A list of structures; `read` is called once for each.
  mutating func structures<Element>(_ field: Field, _ read: (inout ThriftReader) throws -> Element) throws -> [Element]
  {
    let count = try list(field, of: .structure)
    var elements: [Element] = []
    for _ in 0..<count { elements.append(try read(&self)) }
    return elements
  }

  mutating func strings(_ field: Field) throws -> [String] {
    let count = try list(field, of: .binary)
    var elements: [String] = []
    for _ in 0..<count { elements.append(try string(field.structure)) }
    return elements
  }

  private mutating func list(_ field: Field, of expected: Kind) throws -> Int {
    try field.expect(.list)
    let (kind, count) = try listHeader(field.structure)
    guard kind == expected || count == 0 else {
      throw ParquetError.Problem.wrongFieldType(structure: field.structure, field: field.number)
    }
    return count
  }

  private mutating func string(_ name: String) throws -> String {
    let bytes = try cursor.take(try cursor.count(name), name)
    guard let text = String(validating: bytes, as: UTF8.self) else {
      throw ParquetError.Problem.textNotUTF8("a name in " + name)
    }
    return text
  }

  /// Every element of any type takes a byte or more, so a count beyond the bytes is a lie.
  private mutating func listHeader(_ name: String) throws -> (Kind, Int) {
    let header = try cursor.byte(name)
    guard let kind = Kind(rawValue: header & 0xF) else {
      throw ParquetError.Problem.unknownNumber("type of elements", Int(header & 0xF))
    }
    let short = Int(header >> 4)
    let count = short == 15 ? try cursor.count(name) : short
    try requireBytes(for: count)
    return (kind, count)
  }

  private func requireBytes(for count: Int) throws {
    guard count <= cursor.remaining else {
      throw ParquetError.Problem.countBeyondBytes("elements", count: count, available: cursor.remaining)
    }
  }

  private mutating func skip(_ kind: Kind, _ name: String) throws {
    switch kind {
    case .yes, .no: break
    case .i8: _ = try cursor.byte(name)
    case .i16, .i32, .i64: _ = try cursor.varint(name)
    case .double: _ = try cursor.take(8, name)
    case .uuid: _ = try cursor.take(16, name)
    case .binary: _ = try cursor.take(try cursor.count(name), name)
    case .structure: try structure(name) { _, _ in }
    case .list, .set:
      let (element, count) = try listHeader(name)
      try nested { reader in for _ in 0..<count { try reader.skipElement(element, name) } }
    case .map:
      let count = try cursor.count(name)
      try requireBytes(for: count)
      guard count > 0 else { return }
      let kinds = try cursor.byte(name)
      guard let key = Kind(rawValue: kinds >> 4), let value = Kind(rawValue: kinds & 0xF) else {
        throw ParquetError.Problem.unknownNumber("types of a map", Int(kinds))
      }
      try nested { reader in
        for _ in 0..<count {
          try reader.skipElement(key, name)
          try reader.skipElement(value, name)
        }
      }
    }
  }

  /// In lists and maps a boolean takes a byte; in fields the type says all.
  private mutating func skipElement(_ kind: Kind, _ name: String) throws {
    if kind == .yes || kind == .no {
      _ = try cursor.byte(name)
    } else {
      try skip(kind, name)
    }
  }

  private mutating func nested(_ read: (inout ThriftReader) throws -> Void) throws {
    guard depth < Self.depthLimit else { throw ParquetError.Problem.tooDeep(limit: Self.depthLimit) }
    depth += 1
    defer { depth -= 1 }
    try read(&self)
  }
}
