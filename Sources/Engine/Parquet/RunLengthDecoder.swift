/// The hybrid of runs and bit-packed groups in which levels, dictionary indices and booleans are written ("RLE").
struct RunLengthDecoder {
  private var cursor: ByteCursor
  private let bitWidth: Int
  /// What is left of the current run.
  private var remaining = 0
  /// The value of a run; nil within packed groups.
  private var repeated: Int?
  private var packed = UnsafeRawBufferPointer(start: nil, count: 0)
  private var bit = 0

  /// `bitWidth` is at most 32.
  init(_ bytes: UnsafeRawBufferPointer, bitWidth: Int) throws {
    guard bitWidth <= 32 else { throw ParquetError.Problem.bitWidth(bitWidth, limit: 32) }
    cursor = ByteCursor(bytes)
    self.bitWidth = bitWidth
  }

  /// Bits that numbers up to `limit` need.
  static func bitWidth(_ limit: Int) -> Int { Int.bitWidth - limit.leadingZeroBitCount }

  mutating func next() throws -> Int {
    while remaining == 0 { try startRun() }
    remaining -= 1
    if let repeated { return repeated }
    defer { bit += bitWidth }
    return Int(try packed.bits(at: bit, width: bitWidth, "packed numbers"))
  }

  private mutating func startRun() throws {
    let header = try cursor.count("the header of a run")
    if header & 1 == 0 {
      remaining = header >> 1
      var value = 0
      for index in 0..<(bitWidth + 7) / 8 { value |= Int(try cursor.byte("the value of a run")) << (8 * index) }
      repeated = value
    } else {
      // Groups of eight values. Some writers cut off the bytes that the last group does not need.
      remaining = (header >> 1) * 8
      packed = try cursor.take(min((header >> 1) * bitWidth, cursor.remaining), "packed numbers")
      repeated = nil
      bit = 0
    }
  }
}
