/// DELTA_BINARY_PACKED: the first number, then blocks of differences to the number before, packed above their minimum.
struct DeltaDecoder {
  private var cursor: ByteCursor
  private let miniblocksPerBlock: Int
  private let valuesPerMiniblock: Int
  /// Numbers that have not been returned.
  private(set) var remaining: Int
  private var last: Int64
  private var isFirst = true

  private var minimum: Int64 = 0
  private var widths = UnsafeRawBufferPointer(start: nil, count: 0)
  /// The next miniblock of the block.
  private var miniblock = 0
  private var packed = UnsafeRawBufferPointer(start: nil, count: 0)
  private var width = 0
  /// Differences of the current miniblock that have not been used.
  private var pending = 0
  private var bit = 0

  init(_ bytes: UnsafeRawBufferPointer) throws {
    let name = "the header of deltas"
    cursor = ByteCursor(bytes)
    let size = try cursor.count(name)
    miniblocksPerBlock = try cursor.count(name)
    remaining = try cursor.count(name)
    last = try cursor.zigzag(name)
    guard miniblocksPerBlock > 0, size > 0, size % miniblocksPerBlock == 0, size / miniblocksPerBlock % 8 == 0 else {
      throw ParquetError.Problem.deltaBlock(size: size, miniblocks: miniblocksPerBlock)
    }
    valuesPerMiniblock = size / miniblocksPerBlock
    miniblock = miniblocksPerBlock
  }

  mutating func next() throws -> Int64 {
    guard remaining > 0 else { throw ParquetError.Problem.endsEarly("deltas") }
    remaining -= 1
    if isFirst {
      isFirst = false
      return last
    }
    if pending == 0 { try startMiniblock() }
    pending -= 1
    let difference = Int64(bitPattern: try packed.bits(at: bit, width: width, "deltas"))
    bit += width
    // Differences may overflow: arithmetic is modulo 2^64.
    last = last &+ (minimum &+ difference)
    return last
  }

  private mutating func startMiniblock() throws {
    if miniblock == miniblocksPerBlock {
      minimum = try cursor.zigzag("a block of deltas")
      widths = try cursor.take(miniblocksPerBlock, "a block of deltas")
      miniblock = 0
    }
    width = Int(widths[miniblock])
    guard width <= 64 else { throw ParquetError.Problem.bitWidth(width, limit: 64) }
    packed = try cursor.take(valuesPerMiniblock / 8 * width, "a block of deltas")
    miniblock += 1
    pending = valuesPerMiniblock
    bit = 0
  }

  /// What follows the numbers. Passes over whole miniblocks: the time is bounded by the bytes, whatever they claim.
  func following() throws -> UnsafeRawBufferPointer {
    var decoder = self
    var left = decoder.isFirst ? decoder.remaining - 1 : decoder.remaining
    left -= decoder.pending
    while left > 0 {
      try decoder.startMiniblock()
      left -= decoder.valuesPerMiniblock
    }
    return UnsafeRawBufferPointer(rebasing: decoder.cursor.bytes[decoder.cursor.position...])
  }
}
