/// A header of POSIX tar (pax): 512 bytes before every file. Only files are written and read: an archive of a run has
/// neither links nor devices, and directories follow from the files in them.
struct TarHeader: Equatable {
  static let blockSize = 512
  /// Names and values beyond the header's fields, by pax records.
  static let extended = UInt8(ascii: "x")
  static let file = UInt8(ascii: "0")

  var name: String
  var size: Int
  var type = file

  private static let nameField = 0..<100
  private static let sizeField = 124..<136
  private static let checksumField = 148..<156
  private static let typeField = 156
  private static let magicField = 257..<265
  private static let prefixField = 345..<500
  /// Eleven octal digits.
  private static let sizeLimit = 1 << 33

  /// The blocks that come before the bytes of a file.
  static func blocks(name: String, size: Int) -> [UInt8] {
    var records: [UInt8] = []
    if name.utf8.count > nameField.count { records += record("path", name) }
    if size >= sizeLimit { records += record("size", String(size)) }
    var blocks: [UInt8] = []
    if !records.isEmpty {
      blocks += TarHeader(name: "pax", size: records.count, type: extended).block
      blocks += records + [UInt8](repeating: 0, count: padding(of: records.count))
    }
    return blocks + TarHeader(name: name, size: size).block
  }

  /// Zeros that fill the last block of so many bytes.
  static func padding(of size: Int) -> Int { (blockSize - size % blockSize) % blockSize }

  private var block: [UInt8] {
    var block = [UInt8](repeating: 0, count: Self.blockSize)
    func put(_ text: some Sequence<UInt8>, at start: Int) {
      for (offset, byte) in text.enumerated() { block[start + offset] = byte }
    }
    put(name.utf8.prefix(Self.nameField.count), at: 0)
    put("0000644".utf8, at: 100)
    for start in [108, 116] { put("0000000".utf8, at: start) }
    put(Self.octal(size < Self.sizeLimit ? size : 0, digits: 11), at: Self.sizeField.lowerBound)
    // Times are not kept, so that the same run gives the same archive.
    put(Self.octal(0, digits: 11), at: 136)
    block[Self.typeField] = type
    put("ustar\u{0}00".utf8, at: Self.magicField.lowerBound)
    put(Self.octal(Self.checksum(block), digits: 6), at: Self.checksumField.lowerBound)
    block[Self.checksumField.upperBound - 1] = UInt8(ascii: " ")
    return block
  }

  /// `LENGTH KEY=VALUE\n`, where LENGTH counts itself.
  private static func record(_ key: String, _ value: String) -> [UInt8] {
    let rest = " \(key)=\(value)\n".utf8.count
    var length = rest + 1
    while String(length).utf8.count + rest != length { length += 1 }
    return Array("\(length) \(key)=\(value)\n".utf8)
  }

  private static func octal(_ value: Int, digits: Int) -> [UInt8] {
    let text = Array(String(value, radix: 8).utf8)
    return [UInt8](repeating: UInt8(ascii: "0"), count: digits - text.count) + text
  }

  /// The sum of the block with blanks for the checksum itself.
  private static func checksum(_ block: [UInt8]) -> Int {
    block.indices.reduce(0) { $0 + (checksumField.contains($1) ? 32 : Int(block[$1])) }
  }

}

extension TarHeader {
  /// - Returns: Nil for a block of zeros, which ends an archive.
  /// - Throws: `ArchiveError`.
  init?(_ block: [UInt8], archive: String) throws {
    if block.allSatisfy({ $0 == 0 }) { return nil }
    guard block[Self.magicField].starts(with: Array("ustar".utf8)),
      Self.number(block[Self.checksumField]) == Self.checksum(block)
    else { throw ArchiveError.notAnArchive(path: archive, reason: "a header is damaged") }
    guard let size = Self.number(block[Self.sizeField]) else {
      throw ArchiveError.notAnArchive(path: archive, reason: "a header has no size")
    }
    let prefix = try Self.text(block[Self.prefixField], archive: archive)
    let name = try Self.text(block[Self.nameField], archive: archive)
    self.name = prefix.isEmpty ? name : prefix + "/" + name
    self.size = size
    type = block[Self.typeField] == 0 ? Self.file : block[Self.typeField]
  }

  /// Octal digits up to a blank or NUL.
  private static func number(_ field: ArraySlice<UInt8>) -> Int? {
    let digits = field.drop { $0 == 32 }.prefix { $0 != 0 && $0 != 32 }
    guard !digits.isEmpty, digits.count <= 12 else { return nil }
    return Int(String(decoding: digits, as: UTF8.self), radix: 8).flatMap { $0 >= 0 ? $0 : nil }
  }

  private static func text(_ field: ArraySlice<UInt8>, archive: String) throws -> String {
    guard let text = String(validating: field.prefix { $0 != 0 }, as: UTF8.self) else {
      throw ArchiveError.unsafeName(path: archive, name: "bytes that are not UTF-8")
    }
    return text
  }

  /// `path` and `size` of pax records; others are of no use here.
  mutating func apply(_ records: [UInt8], archive: String) throws {
    let malformed = ArchiveError.notAnArchive(path: archive, reason: "a pax record is malformed")
    var rest = records[...]
    while !rest.isEmpty {
      let digits = rest.prefix { $0 != 32 }
      guard digits.count <= 7, let length = Int(String(decoding: digits, as: UTF8.self)), length > digits.count + 2,
        length <= rest.count, rest[rest.startIndex + length - 1] == 10
      else { throw malformed }
      let body = rest.dropFirst(digits.count + 1).prefix(length - digits.count - 2)
      guard let equals = body.firstIndex(of: UInt8(ascii: "=")),
        let key = String(validating: body[..<equals], as: UTF8.self),
        let value = String(validating: body[(equals + 1)...], as: UTF8.self)
      else { throw malformed }
      switch key {
      case "path": name = value
      case "size":
        guard let number = Int(value), number >= 0 else { throw malformed }
        size = number
      default: break
      }
      rest = rest.dropFirst(length)
    }
  }
}
