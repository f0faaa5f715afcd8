/// A column of a batch, checked so far that every entry can be read without looking further.
struct ArrowVector {
  let count: Int
  /// A bit per entry, 0 where it is missing; nil where none is.
  private let validity: ArrowBuffer?
  private let values: Values

  private indirect enum Values {
    case null
    case bool(ArrowBuffer)
    case integer(ArrowBuffer, bits: Int, isSigned: Bool)
    case float(ArrowBuffer, bits: Int)
    case text(ranges: ArrowOffsets, ArrowBuffer)
    case textView(ArrowBuffer, [ArrowBuffer])
    case list(ranges: ArrowOffsets, ArrowVector)
    case fixedSizeList(size: Int, ArrowVector)
    case structure([(name: String, ArrowVector)])
    case date(ArrowBuffer, inMilliseconds: Bool)
    case timestamp(ArrowBuffer, ArrowField.TimeUnit, hasZone: Bool)
    case dictionary(indices: ArrowBuffer, bits: Int, isSigned: Bool, [JSONValue])
  }

  /// Takes a field's nodes and buffers from the batch.
  init(_ field: ArrowField, from batch: inout ArrowBatch, dictionaries: [Int: [JSONValue]]) throws {
    let (count, nulls) = try batch.node()
    self.count = count
    if case .null = field.kind {
      validity = nil
      values = .null
      return
    }
    let bits = try batch.buffer()
    // Writers leave the bits out where nothing is missing; readers may then not look at them.
    guard nulls == 0 || (count + 7) / 8 <= bits.bytes.count else { throw FlatBufferReader.OutOfBounds() }
    validity = nulls == 0 ? nil : bits
    switch field.kind {
    case .null: values = .null
    case .bool: values = .bool(try batch.buffer((count + 7) / 8, width: 1))
    case .integer(let bits, let isSigned):
      values = .integer(try batch.buffer(count, width: bits / 8), bits: bits, isSigned: isSigned)
    case .float(let bits): values = .float(try batch.buffer(count, width: bits / 8), bits: bits)
    case .text(let isLarge):
      let offsets = try ArrowOffsets(count, isLarge: isLarge, from: &batch)
      let text = try batch.buffer()
      guard offsets.end <= text.bytes.count else { throw FlatBufferReader.OutOfBounds() }
      values = .text(ranges: offsets, text)
    case .textView:
      let views = try batch.buffer(count, width: 16)
      let data = try (0..<batch.variadicCount()).map { _ in try batch.buffer() }
      try Self.check(views, count, data)
      values = .textView(views, data)
    case .list(let isLarge, let element):
      let offsets = try ArrowOffsets(count, isLarge: isLarge, from: &batch)
      let elements = try ArrowVector(element, from: &batch, dictionaries: dictionaries)
      guard offsets.end <= elements.count else { throw FlatBufferReader.OutOfBounds() }
      values = .list(ranges: offsets, elements)
    case .fixedSizeList(let size, let element):
      let elements = try ArrowVector(element, from: &batch, dictionaries: dictionaries)
      guard size == 0 || count <= elements.count / size else { throw FlatBufferReader.OutOfBounds() }
      values = .fixedSizeList(size: size, elements)
    case .structure(let fields):
      let members = try fields.map {
        (name: $0.name, try ArrowVector($0, from: &batch, dictionaries: dictionaries))
      }
      guard members.allSatisfy({ $0.1.count >= count }) else { throw FlatBufferReader.OutOfBounds() }
      values = .structure(members)
    case .date(let inMilliseconds):
      values = .date(try batch.buffer(count, width: inMilliseconds ? 8 : 4), inMilliseconds: inMilliseconds)
    case .timestamp(let unit, let hasZone):
      values = .timestamp(try batch.buffer(count, width: 8), unit, hasZone: hasZone)
    case .dictionary(let id, let indices):
      guard case .integer(let bits, let isSigned) = indices, let dictionary = dictionaries[id] else {
        throw FlatBufferReader.OutOfBounds()
      }
      values = .dictionary(
        indices: try batch.buffer(count, width: bits / 8), bits: bits, isSigned: isSigned, dictionary)
    }
  }

  /// A view is i32 length and twelve bytes: the text, or where it is longer its first four, i32 buffer and i32 offset.
  private static func check(_ views: ArrowBuffer, _ count: Int, _ data: [ArrowBuffer]) throws {
    var total = 0
    for i in 0..<count {
      let length = Int(views.load(4 * i, as: Int32.self))
      guard length > 12 else {
        if length < 0 { throw FlatBufferReader.OutOfBounds() }
        continue
      }
      let index = Int(views.load(4 * i + 2, as: Int32.self))
      let offset = Int(views.load(4 * i + 3, as: Int32.self))
      guard data.indices ~= index, offset >= 0, length <= data[index].bytes.count - offset else {
        throw FlatBufferReader.OutOfBounds()
      }
      total += length
    }
    // Views may share their text. A file in which they do so without end would fill the memory.
    let held = data.reduce(1 << 20) { $0 + $1.bytes.count }
    guard total <= 64 * held else { throw FlatBufferReader.OutOfBounds() }
  }

  /// The entry at `index`, which must be below `count`.
  ///
  /// - Throws: `ArrowValueError` for what JSON values cannot hold.
  func value(_ index: Int) throws -> JSONValue {
    if let validity, !validity.bit(index) { return .null }
    switch values {
    case .null: return .null
    case .bool(let bits): return .bool(bits.bit(index))
    case .integer(let buffer, let bits, let isSigned):
      return Self.integer(buffer, index, bits: bits, isSigned: isSigned)
    case .float(let buffer, let bits):
      return switch bits {
      case 16: Self.number(Double(Float16(bitPattern: buffer.load(index, as: UInt16.self))))
      case 32: Self.number(Double(buffer.load(index, as: Float.self)))
      default: Self.number(buffer.load(index, as: Double.self))
      }
    case .text(let ranges, let text): return try Self.text(text.bytes[ranges[index]])
    case .textView(let views, let data):
      let length = Int(views.load(4 * index, as: Int32.self))
      if length <= 12 { return try Self.text(views.bytes[16 * index + 4..<16 * index + 4 + length]) }
      let offset = Int(views.load(4 * index + 3, as: Int32.self))
      return try Self.text(data[Int(views.load(4 * index + 2, as: Int32.self))].bytes[offset..<offset + length])
    case .list(let ranges, let elements): return .array(try ranges[index].map { try elements.value($0) })
    case .fixedSizeList(let size, let elements):
      return .array(try (index * size..<(index + 1) * size).map { try elements.value($0) })
    case .structure(let members):
      return .object(JSONObject(try members.map { (key: $0.name, value: try $0.1.value(index)) }))
    case .date(let buffer, let inMilliseconds):
      let days =
        inMilliseconds
        ? buffer.load(index, as: Int64.self).dividedDown(by: 86_400_000).quotient
        : Int(buffer.load(index, as: Int32.self))
      return .string(CivilTime.date(daysSince1970: days))
    case .timestamp(let buffer, let unit, let hasZone):
      let (seconds, rest) = buffer.load(index, as: Int64.self).dividedDown(by: unit.perSecond)
      let fraction = rest * (1_000_000_000 / unit.perSecond)
      return .string(CivilTime.timestamp(seconds: seconds, nanoseconds: fraction, hasZone: hasZone))
    case .dictionary(let indices, let bits, let isSigned, let dictionary):
      guard case .integer(let place) = Self.integer(indices, index, bits: bits, isSigned: isSigned),
        dictionary.indices ~= place
      else { throw ArrowValueError.outsideDictionary }
      return dictionary[place]
    }
  }

  /// Integers beyond 63 bits become the nearest double, as those of JSON text do.
  private static func integer(_ buffer: ArrowBuffer, _ index: Int, bits: Int, isSigned: Bool) -> JSONValue {
    switch (bits, isSigned) {
    case (8, true): return .integer(Int(buffer.load(index, as: Int8.self)))
    case (8, false): return .integer(Int(buffer.load(index, as: UInt8.self)))
    case (16, true): return .integer(Int(buffer.load(index, as: Int16.self)))
    case (16, false): return .integer(Int(buffer.load(index, as: UInt16.self)))
    case (32, true): return .integer(Int(buffer.load(index, as: Int32.self)))
    case (32, false): return .integer(Int(buffer.load(index, as: UInt32.self)))
    case (_, true): return .integer(Int(buffer.load(index, as: Int64.self)))
    case (_, false):
      let value = buffer.load(index, as: UInt64.self)
      return Int(exactly: value).map { .integer($0) } ?? .number(Double(value))
    }
  }

  /// JSON has no word for numbers that are not finite: they are text here, as in CSV, and `Record.number` reads it.
  private static func number(_ value: Double) -> JSONValue {
    value.isFinite ? .number(value) : .string(value.isNaN ? "nan" : value < 0 ? "-inf" : "inf")
  }

  private static func text(_ bytes: Slice<UnsafeRawBufferPointer>) throws -> JSONValue {
    guard let text = String(validating: UnsafeRawBufferPointer(rebasing: bytes), as: UTF8.self) else {
      throw ArrowValueError.notUTF8
    }
    return .string(text)
  }
}

enum ArrowValueError: Error {
  case notUTF8
  case outsideDictionary
}

/// Offsets `[count + 1]` that never fall: entry i lies between the i-th and the next.
struct ArrowOffsets {
  private let buffer: ArrowBuffer
  private let isLarge: Bool
  let end: Int

  init(_ count: Int, isLarge: Bool, from batch: inout ArrowBatch) throws {
    self.isLarge = isLarge
    // An empty column may have no offsets at all.
    buffer = try batch.buffer(count == 0 ? 0 : count + 1, width: isLarge ? 8 : 4)
    guard count > 0 else {
      end = 0
      return
    }
    let (buffer, isLarge) = (buffer, isLarge)
    var last = 0
    for i in 0...count {
      let offset = isLarge ? Int(buffer.load(i, as: Int64.self)) : Int(buffer.load(i, as: Int32.self))
      guard offset >= last else { throw FlatBufferReader.OutOfBounds() }
      last = offset
    }
    end = last
  }

  subscript(index: Int) -> Range<Int> {
    isLarge
      ? Int(buffer.load(index, as: Int64.self))..<Int(buffer.load(index + 1, as: Int64.self))
      : Int(buffer.load(index, as: Int32.self))..<Int(buffer.load(index + 1, as: Int32.self))
  }
}
