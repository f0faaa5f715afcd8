import Foundation

/// What is wrong with a zip archive. `file` is a path.
package enum ZipError: Error, Equatable, CustomStringConvertible {
  case notAnArchive(file: String)
  case malformed(file: String, reason: String)
  case unreadableEntry(file: String, entry: String, reason: String)

  package var description: String {
    switch self {
    case .notAnArchive(let file):
      "'\(file)' has no end-of-archive record of a zip file; was the download cut off?"
    case .malformed(let file, let reason): "'\(file)' is a malformed zip file: \(reason)"
    case .unreadableEntry(let file, let entry, let reason): "entry '\(entry)' of the zip file '\(file)' \(reason)"
    }
  }
}

/// The table of a zip archive whose entries are stored uncompressed, with the zip64 fields for large ones.
///
/// PKWARE's APPNOTE.TXT, sections 4.3.7 to 4.3.16. Nothing in the archive is believed before it was compared with the
/// file's size; entries can only be ranges of the file, so that no archive expands.
struct ZipArchive {
  /// Name to the range of bytes in the file.
  let entries: [String: Range<Int>]
  private let file: String

  init(_ bytes: UnsafeRawBufferPointer, file: String) throws {
    self.file = file
    let fields = ZipFields(bytes: bytes, file: file)
    let directory = try Self.directory(fields)
    var entries: [String: Range<Int>] = [:]
    var position = directory.range.lowerBound
    while position < directory.range.upperBound {
      let (name, range, next) = try Self.entry(at: position, fields, end: directory.range.upperBound)
      guard entries.updateValue(range, forKey: name) == nil else {
        throw ZipError.malformed(file: file, reason: "it has two entries '\(name)'")
      }
      position = next
    }
    guard entries.count == directory.count else {
      throw ZipError.malformed(file: file, reason: "it announces \(directory.count) entries and has \(entries.count)")
    }
    self.entries = entries
  }

  private static func directory(_ fields: ZipFields) throws -> (range: Range<Int>, count: Int) {
    let total = fields.bytes.count
    // The record of 22 bytes is last but for a comment of at most 65535 bytes.
    guard total >= 22,
      let end = (max(0, total - 22 - 65_535)...(total - 22)).last(where: { fields.matches(0x0605_4b50, at: $0) })
    else { throw ZipError.notAnArchive(file: fields.file) }
    var count = try fields.integer(at: end + 10, bytes: 2)
    var size = try fields.integer(at: end + 12, bytes: 4)
    var offset = try fields.integer(at: end + 16, bytes: 4)
    if count == 0xffff || size == 0xffff_ffff || offset == 0xffff_ffff {
      guard end >= 20, fields.matches(0x0706_4b50, at: end - 20) else {
        throw ZipError.malformed(file: fields.file, reason: "its zip64 record is missing")
      }
      let record = try fields.integer(at: end - 12, bytes: 8)
      guard fields.matches(0x0606_4b50, at: record) else {
        throw ZipError.malformed(file: fields.file, reason: "its zip64 record is not where it should be")
      }
      count = try fields.integer(at: record + 32, bytes: 8)
      size = try fields.integer(at: record + 40, bytes: 8)
      offset = try fields.integer(at: record + 48, bytes: 8)
    }
    return (try fields.range(from: offset, count: size, of: "its table of entries", within: end), count)
  }

  private static func entry(
    at position: Int, _ fields: ZipFields, end: Int
  ) throws -> (name: String, range: Range<Int>, next: Int) {
    guard fields.matches(0x0201_4b50, at: position) else {
      throw ZipError.malformed(file: fields.file, reason: "its table of entries breaks off at byte \(position)")
    }
    let nameCount = try fields.integer(at: position + 28, bytes: 2)
    let extraCount = try fields.integer(at: position + 30, bytes: 2)
    let commentCount = try fields.integer(at: position + 32, bytes: 2)
    let next = position + 46 + nameCount + extraCount + commentCount
    guard next <= end else {
      throw ZipError.malformed(file: fields.file, reason: "its table of entries breaks off at byte \(position)")
    }
    let nameBytes = fields.bytes[position + 46..<position + 46 + nameCount]
    guard let name = String(validating: nameBytes, as: UTF8.self) else {
      throw ZipError.malformed(file: fields.file, reason: "the name of the entry at byte \(position) is not UTF-8")
    }
    func refuse(_ reason: String) -> ZipError { .unreadableEntry(file: fields.file, entry: name, reason: reason) }
    guard try fields.integer(at: position + 8, bytes: 2) & 1 == 0 else { throw refuse("is encrypted") }
    guard try fields.integer(at: position + 10, bytes: 2) == 0 else {
      throw refuse("is compressed, expected stored bytes as torch.save writes them")
    }
    var sizes = [
      try fields.integer(at: position + 24, bytes: 4), try fields.integer(at: position + 20, bytes: 4),
      try fields.integer(at: position + 42, bytes: 4),
    ]
    // The extra field 1 holds 64 bits for each of the three, in this order, that its 32 bits cannot hold.
    if sizes.contains(0xffff_ffff) {
      var extra = position + 46 + nameCount
      let extraEnd = extra + extraCount
      while extra + 4 <= extraEnd, try fields.integer(at: extra, bytes: 2) != 1 {
        extra += 4 + (try fields.integer(at: extra + 2, bytes: 2))
      }
      extra += 4
      for index in sizes.indices where sizes[index] == 0xffff_ffff {
        guard extra + 8 <= extraEnd else { throw refuse("lacks its zip64 sizes") }
        sizes[index] = try fields.integer(at: extra, bytes: 8)
        extra += 8
      }
    }
    let (size, stored, header) = (sizes[0], sizes[1], sizes[2])
    guard size == stored else { throw refuse("has \(stored) stored bytes for \(size)") }
    guard fields.matches(0x0403_4b50, at: header) else { throw refuse("does not begin at byte \(header)") }
    let skip = 30 + (try fields.integer(at: header + 26, bytes: 2)) + (try fields.integer(at: header + 28, bytes: 2))
    let range = try fields.range(from: header + skip, count: size, of: "entry '\(name)'", within: fields.bytes.count)
    return (name, range, next)
  }
}

/// Bounds-checked little-endian numbers of a zip file.
private struct ZipFields {
  let bytes: UnsafeRawBufferPointer
  let file: String

  func integer(at position: Int, bytes count: Int) throws -> Int {
    guard position >= 0, position <= bytes.count - count else {
      throw ZipError.malformed(file: file, reason: "it ends inside a record")
    }
    let value = (0..<count).reduce(UInt64(0)) { $0 | UInt64(bytes[position + $1]) << UInt64(8 * $1) }
    // No file is longer, and sums of a few of these do not overflow.
    guard value < 1 << 60 else {
      throw ZipError.malformed(file: file, reason: "it holds a size of \(value) bytes")
    }
    return Int(value)
  }

  func matches(_ signature: UInt32, at position: Int) -> Bool {
    guard position >= 0, position <= bytes.count - 4 else { return false }
    return UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: position, as: UInt32.self)) == signature
  }

  func range(from start: Int, count: Int, of what: String, within end: Int) throws -> Range<Int> {
    guard start <= end, count <= end - start else {
      throw ZipError.malformed(
        file: file, reason: "\(what) needs \(count) bytes from byte \(start) on, the file has \(bytes.count)")
    }
    return start..<start + count
  }
}
