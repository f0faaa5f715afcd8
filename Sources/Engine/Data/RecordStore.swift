/// The records of a data set in the order in which they were read, outside of memory.
///
/// Records lie in blocks of some 64 KiB. A block is what is read at once; only its place is remembered, so that memory
/// grows by 16 bytes a block and nothing a record.
final class RecordStore: Sendable {
  struct Block: Sendable {
    /// The number of its first record.
    let first: Int
    /// Where it begins in the spill file.
    let start: Int
  }

  let count: Int
  private let spill: SpillFile
  private let blocks: [Block]
  private let files: [String]

  fileprivate init(count: Int, spill: SpillFile, blocks: [Block], files: [String]) {
    self.count = count
    self.spill = spill
    self.blocks = blocks
    self.files = files
  }

  /// The numbers of the records of a block.
  func records(of block: Int) -> Range<Int> {
    blocks[block].first..<(block + 1 < blocks.count ? blocks[block + 1].first : count)
  }

  /// The block that has a record.
  func block(of record: Int) -> Int {
    precondition((0..<count).contains(record), "there is no record \(record)")
    var (low, high) = (0, blocks.count)
    while high - low > 1 {
      let middle = (low + high) / 2
      if blocks[middle].first <= record { low = middle } else { high = middle }
    }
    return low
  }

  /// - Throws: `FileError` where the disk fails.
  func read(block: Int) throws -> RecordBlock {
    let start = blocks[block].start
    let end = block + 1 < blocks.count ? blocks[block + 1].start : spill.count
    var bytes = [UInt8](repeating: 0, count: end - start)
    try bytes.withUnsafeMutableBytes { try spill.read(into: $0, at: start) }
    return RecordBlock(records: records(of: block), files: files, bytes: bytes)
  }
}

/// Some records in a row.
struct RecordBlock: Sendable {
  let records: Range<Int>
  private let files: [String]
  private let bytes: [UInt8]
  /// Where each record begins.
  private let starts: [Int]

  fileprivate init(records: Range<Int>, files: [String], bytes: [UInt8]) {
    self.records = records
    self.files = files
    self.bytes = bytes
    // Each record is behind its length.
    var start = 0
    starts = records.map { _ in
      let length = bytes.withUnsafeBytes { $0.loadUnaligned(fromByteOffset: start, as: UInt32.self) }
      defer { start += RecordStoreWriter.lengthSize + Int(length) }
      return start + RecordStoreWriter.lengthSize
    }
  }

  /// The record with this number, which the block must have.
  subscript(record: Int) -> Record {
    precondition(records.contains(record), "record \(record) lies in another block")
    return bytes.withUnsafeBytes { bytes in
      var decoder = RecordDecoder(bytes, at: starts[record - records.lowerBound])
      return decoder.record(files: files)
    }
  }
}

/// A store on its way.
struct RecordStoreWriter {
  /// A disk and a processor's cache are both content with so much at once.
  private static let blockSize = 64 << 10
  /// Readers refuse rows over 1 GiB, so that a length is a UInt32.
  static let lengthSize = MemoryLayout<UInt32>.size

  private(set) var count = 0
  private var spill: SpillWriter
  private var blocks: [RecordStore.Block] = []
  private var files: [String] = []
  private var numbers: [String: Int] = [:]
  private var encoder = RecordEncoder()

  init(spill: SpillWriter = SpillWriter()) {
    self.spill = spill
  }

  /// - Throws: `SpillError`.
  mutating func append(_ record: Record) throws {
    if blocks.isEmpty || spill.count - blocks[blocks.count - 1].start >= Self.blockSize {
      blocks.append(RecordStore.Block(first: count, start: spill.count))
    }
    encoder.removeAll()
    encoder.append(record, file: number(of: record.file))
    try withUnsafeBytes(of: UInt32(encoder.bytes.count)) { try spill.append($0) }
    try encoder.bytes.withUnsafeBytes { try spill.append($0) }
    count += 1
  }

  mutating func finish() throws -> RecordStore {
    RecordStore(count: count, spill: try spill.finish(), blocks: blocks, files: files)
  }

  private mutating func number(of file: String) -> Int {
    // Records come file by file.
    if let last = files.last, last == file { return files.count - 1 }
    if let known = numbers[file] { return known }
    files.append(file)
    numbers[file] = files.count - 1
    return files.count - 1
  }
}
