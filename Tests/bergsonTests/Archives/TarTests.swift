/// Archives of runs: what is written is read back, and what no run has is refused.
import Engine
import Foundation
import Testing

@testable import bergson

@Suite struct TarTests {
  /// Bytes as a source, a few at a time.
  private final class Bytes: ByteSource {
    private var rest: ArraySlice<UInt8>

    init(_ bytes: [UInt8]) { rest = bytes[...] }

    func read(into buffer: UnsafeMutableRawBufferPointer) throws -> Int {
      let piece = rest.prefix(min(buffer.count, 700))
      buffer.copyBytes(from: piece)
      rest = rest.dropFirst(piece.count)
      return piece.count
    }
  }

  private static let end = [UInt8](repeating: 0, count: 1024)

  private static func entry(_ name: String, _ bytes: [UInt8]) -> [UInt8] {
    TarHeader.blocks(name: name, size: bytes.count) + bytes
      + [UInt8](repeating: 0, count: TarHeader.padding(of: bytes.count))
  }

  private static func read(_ bytes: [UInt8]) throws -> [String: [UInt8]] {
    let reader = TarReader(Bytes(bytes), path: "a.tar")
    var files: [String: [UInt8]] = [:]
    while let header = try reader.next() {
      var content: [UInt8] = []
      try reader.readFile { content += $0 }
      files[header.name] = content
    }
    return files
  }

  @Test(arguments: [0, 1, 511, 512, 513, 5000]) func filesComeBackAsTheyWere(size: Int) throws {
    let content = (0..<size).map { UInt8(truncatingIfNeeded: $0 &* 7) }
    let long = String(repeating: "long/", count: 60) + "é"
    let files = try Self.read(Self.entry("a", content) + Self.entry(long, [1, 2]) + Self.entry("b", []) + Self.end)
    #expect(files == ["a": content, long: [1, 2], "b": []])
  }

  @Test func whatIsNotReadIsPassedOver() throws {
    let reader = TarReader(
      Bytes(Self.entry("a", [UInt8](repeating: 7, count: 3000)) + Self.entry("b", [1]) + Self.end), path: "a.tar")
    #expect(try reader.next()?.name == "a")
    #expect(try reader.next() == TarHeader(name: "b", size: 1))
    #expect(try reader.next() == nil)
  }

  /// GNU tar is the judge of what is an archive.
  @Test func otherProgramsReadIt() throws {
    try TestFiles.withDirectory { directory in
      let archive = directory.appending(path: "a.tar")
      let long = String(repeating: "long/", count: 40) + "x"
      try Data(Self.entry("a/b", Array("hello".utf8)) + Self.entry(long, [65]) + Self.end).write(to: archive)
      let tar = Process()
      tar.executableURL = URL(filePath: "/bin/tar")
      tar.arguments = ["-xf", archive.path, "-C", directory.path]
      try tar.run()
      tar.waitUntilExit()
      #expect(tar.terminationStatus == 0)
      #expect(try String(contentsOf: directory.appending(path: "a/b"), encoding: .utf8) == "hello")
      #expect(try String(contentsOf: directory.appending(path: long), encoding: .utf8) == "A")
    }
  }

  @Test(arguments: [
    "/etc/passwd", "../x", "a/../../x", "a/./b", "a//b", "a/", ".", "..", "", "a\nb", "\u{1B}[2J", "a\u{7F}",
    String(repeating: "x", count: 5000),
  ])
  func namesThatLeadElsewhereAreRefused(name: String) {
    #expect(throws: ArchiveError.unsafeName(path: "a.tar", name: name)) {
      try Self.read(Self.entry(name, [1]) + Self.end)
    }
  }

  /// Hard and symbolic links, devices, directories, FIFOs, and headers of other kinds.
  @Test(arguments: ["1", "2", "3", "4", "5", "6", "7", "g", "L", "S"]) func onlyFilesAreRead(type: String) {
    var bytes = Self.entry("a", [])
    bytes[156] = type.utf8.first ?? 0
    Self.repairChecksum(&bytes)
    #expect(throws: ArchiveError.notAFile(path: "a.tar", name: "a")) { try Self.read(bytes + Self.end) }
  }

  /// Each is a whole archive with one thing wrong with it.
  private static func malformed() -> [(String, [UInt8])] {
    let good = entry("a", [UInt8](repeating: 1, count: 600))
    func changed(_ place: Int, _ text: String) -> [UInt8] {
      var bytes = good
      for (offset, byte) in text.utf8.enumerated() { bytes[place + offset] = byte }
      repairChecksum(&bytes)
      return bytes + end
    }
    func pax(_ records: String, size: Int? = nil) -> [UInt8] {
      var header = Array(TarHeader.blocks(name: "pax", size: size ?? records.utf8.count))
      header[156] = TarHeader.extended
      repairChecksum(&header)
      let padding = [UInt8](repeating: 0, count: TarHeader.padding(of: records.utf8.count))
      return header + Array(records.utf8) + padding + good + end
    }
    var badSum = good
    badSum[0] ^= 1
    return [
      ("empty", []), ("one byte", [0]), ("no end", good), ("cut in a header", Array(good.prefix(300))),
      ("cut in a file", Array(good.prefix(800))), ("checksum", badSum + end), ("magic", changed(257, "tsar")),
      ("size of letters", changed(124, "xyz")), ("negative size", changed(124, "-0000000001")),
      ("binary size", changed(124, "\u{7F}")), ("size beyond the end", changed(124, "77777777777")),
      ("pax without a file", Array(pax("").prefix(512)) + end), ("pax length", pax("99 path=b\n")),
      ("pax length of letters", pax("x path=b\n")), ("pax without an end", pax("9 path=bb")),
      ("pax without a value", pax("7 path\n")), ("pax size", pax("12 size=-12\n")),
      ("pax size that overflows", pax("28 size=9223372036854775807\n")), ("pax of a gigabyte", pax("", size: 1 << 30)),
      ("text", Array(String(repeating: "no archive ", count: 100).utf8)),
    ]
  }

  @Test(arguments: malformed().map(\.0)) func malformedArchivesAreErrors(which: String) throws {
    let bytes = try #require(Self.malformed().first { $0.0 == which }?.1)
    #expect(throws: ArchiveError.self) { try Self.read(bytes) }
  }

  private static func repairChecksum(_ block: inout [UInt8]) {
    let sum = block[..<512].indices.reduce(0) { $0 + ((148..<156).contains($1) ? 32 : Int(block[$1])) }
    let digits = String(sum, radix: 8)
    let field = String(repeating: "0", count: 6 - digits.count) + digits + "\0 "
    for (offset, byte) in field.utf8.enumerated() { block[148 + offset] = byte }
  }
}
