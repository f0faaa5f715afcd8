import Foundation

/// Reads the header of a GGUF file front to back. Nothing is believed before it was compared with the bytes that exist.
struct GGUFCursor {
  let bytes: UnsafeRawBufferPointer
  let file: String
  private(set) var position = 0

  init(_ bytes: UnsafeRawBufferPointer, file: String) {
    self.bytes = bytes
    self.file = file
  }

  var bytesLeft: Int { bytes.count - position }

  /// - Parameter what: what is read, in the words of an error message.
  mutating func integer<Value: FixedWidthInteger>(_ what: @autoclosure () -> String) throws -> Value {
    let start = position
    try skip(MemoryLayout<Value>.size, what())
    return Value(littleEndian: bytes.loadUnaligned(fromByteOffset: start, as: Value.self))
  }

  mutating func skip(_ count: Int, _ what: @autoclosure () -> String) throws {
    guard count <= bytesLeft else {
      throw GGUFError.truncated(file: file, what: what(), offset: bytes.count)
    }
    position += count
  }

  /// A number of things that take at least `size` bytes each.
  mutating func count(of what: String, size: Int) throws -> Int {
    let count: UInt64 = try integer("the number of \(what)")
    guard count <= UInt64(bytesLeft / size) else {
      throw GGUFError.tooMany(file: file, what: what, count: count, bytesLeft: bytesLeft)
    }
    return Int(count)
  }

  /// Steps over a string: eight bytes of length, then its bytes, whose place is returned.
  mutating func string(_ what: @autoclosure () -> String) throws -> Range<Int> {
    let length: UInt64 = try integer(what())
    guard length <= UInt64(bytesLeft) else {
      throw GGUFError.truncated(file: file, what: what(), offset: bytes.count)
    }
    let start = position
    position += Int(length)
    return start..<position
  }

  /// The string at a place that `string` returned.
  func text(_ range: Range<Int>, _ what: @autoclosure () -> String) throws -> String {
    guard let text = String(validating: bytes[range], as: UTF8.self) else {
      throw GGUFError.notUTF8(file: file, what: what())
    }
    return text
  }
}
