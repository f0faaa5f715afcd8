import Foundation

/// A byte source with a buffer: single bytes with one byte of lookahead, or whole lines. Counts lines for error messages.
final class BufferedBytes {
  /// No row of text is this long; a file without line breaks must not fill the memory.
  static let maximumRowBytes = 1 << 30

  let path: String
  let rowLimit: Int
  /// The line that the next byte belongs to.
  private(set) var line = 1
  private let source: any ByteSource
  private let buffer: UnsafeMutableRawBufferPointer
  private var position = 0
  private var end = 0

  /// A byte order mark at the very beginning is skipped.
  init(_ source: any ByteSource, path: String, rowLimit: Int = maximumRowBytes, capacity: Int = 1 << 18) throws {
    self.source = source
    self.path = path
    self.rowLimit = rowLimit
    buffer = .allocate(byteCount: max(capacity, 3), alignment: 64)
    // Sources may return less than was asked for.
    while end < 3 {
      let count = try source.read(into: UnsafeMutableRawBufferPointer(rebasing: buffer[end...]))
      if count == 0 { break }
      end += count
    }
    if end >= 3, buffer[0] == 0xEF, buffer[1] == 0xBB, buffer[2] == 0xBF { position = 3 }
  }

  deinit {
    buffer.deallocate()
  }

  /// The next byte without taking it; nil at the end.
  @inline(__always)
  func peek() throws -> UInt8? {
    if position == end, try !refill() { return nil }
    return buffer[position]
  }

  /// What the buffer holds of the next bytes, for an excerpt; at the end nothing.
  var lookahead: UnsafeRawBufferPointer {
    UnsafeRawBufferPointer(rebasing: buffer[position..<min(end, position + 256)])
  }

  /// Takes the byte that `peek` showed.
  @inline(__always)
  func advance() {
    if buffer[position] == UInt8(ascii: "\n") { line += 1 }
    position += 1
  }

  /// Moves bytes to `text` up to the first for which `isStop` holds, which is not taken, or to the end. Whole runs are
  /// copied: this is what makes CSV and JSON documents fast.
  @inline(__always)
  func take(into text: inout [UInt8], until isStop: (UInt8) -> Bool) throws {
    let firstLine = line
    while try peek() != nil {
      var stop = position
      while stop < end, !isStop(buffer[stop]) {
        if buffer[stop] == UInt8(ascii: "\n") { line += 1 }
        stop += 1
      }
      guard text.count + stop - position <= rowLimit else {
        throw DataError.rowTooLong(file: path, line: firstLine, limit: rowLimit)
      }
      text.append(contentsOf: UnsafeRawBufferPointer(rebasing: buffer[position..<stop]))
      position = stop
      if stop < end { return }
    }
  }

  /// Replaces `row` by the bytes up to the next line feed, which is taken but not kept, nor is a carriage return in
  /// front of it. False at the end.
  func readLine(into row: inout [UInt8]) throws -> Bool {
    row.removeAll(keepingCapacity: true)
    guard try peek() != nil else { return false }
    repeat {
      let rest = UnsafeRawBufferPointer(rebasing: buffer[position..<end])
      let feed = memchr(rest.baseAddress!, 0x0A, rest.count).map {
        rest.baseAddress!.distance(to: UnsafeRawPointer($0))
      }
      let length = feed ?? rest.count
      guard row.count + length <= rowLimit else { throw DataError.rowTooLong(file: path, line: line, limit: rowLimit) }
      row.append(contentsOf: rest[..<length])
      position += length
      if feed != nil {
        advance()
        break
      }
    } while try peek() != nil
    if row.last == UInt8(ascii: "\r") { row.removeLast() }
    return true
  }

  private func refill() throws -> Bool {
    position = 0
    end = try source.read(into: buffer)
    return end > 0
  }
}
