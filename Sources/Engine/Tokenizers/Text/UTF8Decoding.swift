/// UTF-8 without checks, for bytes that come from a `String` and are valid by construction.
enum UTF8Decoding {
  /// The scalar that starts at `position`, and where the next one starts.
  @inline(__always)
  static func scalar(in bytes: UnsafeBufferPointer<UInt8>, at position: Int) -> (scalar: UInt32, next: Int) {
    let lead = UInt32(bytes[position])
    if lead < 0x80 { return (lead, position + 1) }
    func continuation(_ offset: Int) -> UInt32 { UInt32(bytes[position + offset]) & 0x3F }
    if lead < 0xE0 { return ((lead & 0x1F) << 6 | continuation(1), position + 2) }
    if lead < 0xF0 { return ((lead & 0x0F) << 12 | continuation(1) << 6 | continuation(2), position + 3) }
    return (
      (lead & 0x07) << 18 | continuation(1) << 12 | continuation(2) << 6 | continuation(3), position + 4
    )
  }

  /// Where the scalar starts that ends at `end`.
  @inline(__always)
  static func start(in bytes: UnsafeBufferPointer<UInt8>, before end: Int) -> Int {
    var position = end - 1
    while bytes[position] & 0xC0 == 0x80 { position -= 1 }
    return position
  }

  @inline(__always)
  static func forEachByte(of scalar: UInt32, _ body: (UInt8) -> Void) {
    if scalar < 0x80 {
      body(UInt8(scalar))
    } else if scalar < 0x800 {
      body(UInt8(0xC0 | scalar >> 6))
      body(UInt8(0x80 | scalar & 0x3F))
    } else if scalar < 0x1_0000 {
      body(UInt8(0xE0 | scalar >> 12))
      body(UInt8(0x80 | scalar >> 6 & 0x3F))
      body(UInt8(0x80 | scalar & 0x3F))
    } else {
      body(UInt8(0xF0 | scalar >> 18))
      body(UInt8(0x80 | scalar >> 12 & 0x3F))
      body(UInt8(0x80 | scalar >> 6 & 0x3F))
      body(UInt8(0x80 | scalar & 0x3F))
    }
  }

  static func bytes(of scalars: [UInt32]) -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(scalars.count)
    for scalar in scalars { forEachByte(of: scalar) { bytes.append($0) } }
    return bytes
  }
}
