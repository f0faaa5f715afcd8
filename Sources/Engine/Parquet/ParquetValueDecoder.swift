/// The values of a page one by one, decoded as they are asked for: a page of few bytes may claim a billion values, and
/// only those that become part of a row take memory.
protocol ParquetValueDecoder {
  mutating func next() throws -> JSONValue
}

extension ParquetColumn {
  /// A decoder of a page's values. `bytes` must outlive it. `dictionary` is the column's, nil where it has none.
  func decoder(
    _ encoding: ParquetEncoding, _ bytes: UnsafeRawBufferPointer, dictionary: [JSONValue]?
  ) throws -> any ParquetValueDecoder {
    switch (encoding, physical) {
    case (.plain, .boolean): return PlainBooleans(bytes: bytes)
    case (.plain, .byteArray): return PlainByteArrays(cursor: ByteCursor(bytes), column: self)
    case (.plain, _): return PlainValues(cursor: ByteCursor(bytes), column: self, width: fixedWidth)
    case (.plainDictionary, _), (.rleDictionary, _):
      guard let dictionary else { throw ParquetError.Problem.noDictionary }
      return try DictionaryValues(bytes, dictionary)
    case (.rle, .boolean): return try RunLengthBooleans(bytes)
    case (.deltaBinaryPacked, .int32), (.deltaBinaryPacked, .int64):
      return DeltaIntegers(decoder: try DeltaDecoder(bytes), column: self)
    case (.deltaLengthByteArray, .byteArray):
      return DeltaLengthByteArrays(parts: try LengthsAndBytes(bytes), column: self)
    case (.deltaByteArray, .byteArray), (.deltaByteArray, .fixedLengthByteArray):
      return try DeltaByteArrays(bytes, self)
    case (.byteStreamSplit, .boolean), (.byteStreamSplit, .byteArray), (.byteStreamSplit, .int96):
      throw ParquetError.Problem.unsupportedEncoding(encoding.description, of: physical.description)
    case (.byteStreamSplit, _): return try SplitStreams(bytes, self, width: fixedWidth)
    case (.rle, _), (.bitPacked, _), (.deltaBinaryPacked, _), (.deltaLengthByteArray, _), (.deltaByteArray, _):
      throw ParquetError.Problem.unsupportedEncoding(encoding.description, of: physical.description)
    }
  }

  private var fixedWidth: Int {
    guard let width else { preconditionFailure("values of \(physical) have no fixed width") }
    return width
  }
}

private struct PlainValues: ParquetValueDecoder {
  var cursor: ByteCursor
  let column: ParquetColumn
  let width: Int

  mutating func next() throws -> JSONValue {
    try column.type.value(try cursor.take(width, "plain values"), column.physical)
  }
}

private struct PlainByteArrays: ParquetValueDecoder {
  var cursor: ByteCursor
  let column: ParquetColumn

  mutating func next() throws -> JSONValue {
    let length = Int(try cursor.load(UInt32.self, "the length of a value"))
    return try column.type.value(try cursor.take(length, "a value"), column.physical)
  }
}

/// A bit each, the lowest first.
private struct PlainBooleans: ParquetValueDecoder {
  let bytes: UnsafeRawBufferPointer
  private var position = 0

  init(bytes: UnsafeRawBufferPointer) {
    self.bytes = bytes
  }

  mutating func next() throws -> JSONValue {
    defer { position += 1 }
    return .bool(try bytes.bits(at: position, width: 1, "plain booleans") == 1)
  }
}

/// Runs behind their length in four bytes.
private struct RunLengthBooleans: ParquetValueDecoder {
  var decoder: RunLengthDecoder

  init(_ bytes: UnsafeRawBufferPointer) throws {
    var cursor = ByteCursor(bytes)
    let length = Int(try cursor.load(UInt32.self, "the length of booleans"))
    decoder = try RunLengthDecoder(try cursor.take(length, "booleans"), bitWidth: 1)
  }

  mutating func next() throws -> JSONValue { .bool(try decoder.next() == 1) }
}

/// Indices into the dictionary, behind a byte with their width in bits.
private struct DictionaryValues: ParquetValueDecoder {
  let dictionary: [JSONValue]
  var indices: RunLengthDecoder

  init(_ bytes: UnsafeRawBufferPointer, _ dictionary: [JSONValue]) throws {
    self.dictionary = dictionary
    var cursor = ByteCursor(bytes)
    // A page of nothing but nulls may have no bytes at all.
    let width = bytes.isEmpty ? 0 : Int(try cursor.byte("the width of indices"))
    indices = try RunLengthDecoder(try cursor.take(cursor.remaining, "indices"), bitWidth: width)
  }

  mutating func next() throws -> JSONValue {
    let index = try indices.next()
    guard index < dictionary.count else {
      throw ParquetError.Problem.dictionaryIndex(index, count: dictionary.count)
    }
    return dictionary[index]
  }
}

private struct DeltaIntegers: ParquetValueDecoder {
  var decoder: DeltaDecoder
  let column: ParquetColumn

  mutating func next() throws -> JSONValue {
    let value = try decoder.next()
    return try column.type.value(column.physical == .int32 ? Int64(Int32(truncatingIfNeeded: value)) : value)
  }
}

/// Lengths as deltas, then all bytes.
private struct LengthsAndBytes {
  var lengths: DeltaDecoder
  var cursor: ByteCursor

  init(_ bytes: UnsafeRawBufferPointer) throws {
    lengths = try DeltaDecoder(bytes)
    cursor = ByteCursor(try lengths.following())
  }

  mutating func next() throws -> UnsafeRawBufferPointer {
    try cursor.take(Int(try lengths.next()), "a value")
  }
}

private struct DeltaLengthByteArrays: ParquetValueDecoder {
  var parts: LengthsAndBytes
  let column: ParquetColumn

  mutating func next() throws -> JSONValue { try column.type.value(try parts.next(), column.physical) }
}

/// How much of the value before is kept, as deltas, then the suffixes.
private struct DeltaByteArrays: ParquetValueDecoder {
  var prefixes: DeltaDecoder
  var suffixes: LengthsAndBytes
  let column: ParquetColumn
  var value: [UInt8] = []

  init(_ bytes: UnsafeRawBufferPointer, _ column: ParquetColumn) throws {
    prefixes = try DeltaDecoder(bytes)
    suffixes = try LengthsAndBytes(try prefixes.following())
    self.column = column
  }

  mutating func next() throws -> JSONValue {
    let prefix = Int(try prefixes.next())
    guard prefix >= 0, prefix <= value.count else { throw ParquetError.Problem.valueLength(prefix) }
    value.removeLast(value.count - prefix)
    value.append(contentsOf: try suffixes.next())
    if let width = column.width, value.count != width { throw ParquetError.Problem.valueLength(value.count) }
    return try value.withUnsafeBytes { try column.type.value($0, column.physical) }
  }
}

/// BYTE_STREAM_SPLIT: the first bytes of all values, then their second bytes, and so on.
private struct SplitStreams: ParquetValueDecoder {
  let bytes: UnsafeRawBufferPointer
  let column: ParquetColumn
  let count: Int
  var position = 0
  var value: [UInt8]

  init(_ bytes: UnsafeRawBufferPointer, _ column: ParquetColumn, width: Int) throws {
    guard bytes.count % width == 0 else { throw ParquetError.Problem.endsEarly("split streams") }
    self.bytes = bytes
    self.column = column
    count = bytes.count / width
    value = [UInt8](repeating: 0, count: width)
  }

  mutating func next() throws -> JSONValue {
    guard position < count else { throw ParquetError.Problem.endsEarly("split streams") }
    for stream in value.indices { value[stream] = bytes[stream * count + position] }
    position += 1
    return try value.withUnsafeBytes { try column.type.value($0, column.physical) }
  }
}
