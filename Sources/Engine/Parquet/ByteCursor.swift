/// Reads little-endian bytes from front to back, and never past their end.
struct ByteCursor {
  let bytes: UnsafeRawBufferPointer
  private(set) var position = 0

  init(_ bytes: UnsafeRawBufferPointer) {
    self.bytes = bytes
  }

  var remaining: Int { bytes.count - position }

  /// `what` names the thing that is being read, for the error.
  mutating func byte(_ what: String) throws -> UInt8 {
    guard position < bytes.count else { throw ParquetError.Problem.endsEarly(what) }
    defer { position += 1 }
    return bytes[position]
  }

  mutating func load<Value: FixedWidthInteger>(_ type: Value.Type, _ what: String) throws -> Value {
    let size = MemoryLayout<Value>.size
    guard size <= remaining else { throw ParquetError.Problem.endsEarly(what) }
    defer { position += size }
    return Value(littleEndian: bytes.loadUnaligned(fromByteOffset: position, as: type))
  }

  mutating func take(_ count: Int, _ what: String) throws -> UnsafeRawBufferPointer {
    guard count >= 0 else { throw ParquetError.Problem.negativeCount("the length of " + what, count) }
    guard count <= remaining else { throw ParquetError.Problem.endsEarly(what) }
    defer { position += count }
    return UnsafeRawBufferPointer(rebasing: bytes[position..<position + count])
  }

  /// A base-128 number, lowest group first.
  mutating func varint(_ what: String) throws -> UInt64 {
    var value: UInt64 = 0
    var shift: UInt64 = 0
    while true {
      let next = try byte(what)
      // The tenth byte has room for one bit.
      guard shift < 63 || next <= 1 else { throw ParquetError.Problem.oversizedNumber }
      value |= UInt64(next & 0x7F) << shift
      if next < 0x80 { return value }
      shift += 7
    }
  }

  /// A number that counts something, so at most 2^31.
  mutating func count(_ what: String) throws -> Int {
    let value = try varint(what)
    guard value <= UInt64(Int32.max) else { throw ParquetError.Problem.oversizedNumber }
    return Int(value)
  }

  /// A signed number: 0, -1, 1, -2 ... are written as 0, 1, 2, 3.
  mutating func zigzag(_ what: String) throws -> Int64 {
    let value = try varint(what)
    return Int64(bitPattern: value >> 1) ^ -Int64(bitPattern: value & 1)
  }
}

extension UnsafeRawBufferPointer {
  /// `width` (0 to 64) bits from bit `offset`, where bit 0 is the lowest of byte 0.
  func bits(at offset: Int, width: Int, _ what: String) throws -> UInt64 {
    let first = offset >> 3
    let shift = offset & 7
    guard offset + width <= count * 8 else { throw ParquetError.Problem.endsEarly(what) }
    guard width > 0 else { return 0 }
    let mask = UInt64.max >> UInt64(64 - width)
    if first + 8 <= count, shift + width <= 64 {
      return UInt64(littleEndian: loadUnaligned(fromByteOffset: first, as: UInt64.self)) >> UInt64(shift) & mask
    }
    var value: UInt64 = 0
    var filled = -shift
    for index in first...(offset + width - 1) >> 3 {
      let byte = UInt64(self[index])
      // `<<` of Swift's integers drops what does not fit and shifts right by negative distances.
      value |= byte << filled
      filled += 8
    }
    return value & mask
  }
}
