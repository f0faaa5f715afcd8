import Foundation
import Testing

@testable import Engine

@Suite struct RowTableTests {
  private func table(_ count: Int) -> RowTable {
    RowTable(
      identities: (0..<count).map { RowTable.Identity(Digest.sha256("row \($0)").bytes) },
      losses: (0..<count).map { Float($0) / 3 }, norms: (0..<count).map { $0 == 1 ? .infinity : Float($0) })
  }

  @Test(arguments: [0, 1, 2, 1000]) func aTableComesBack(count: Int) throws {
    let scratch = try Scratch()
    try table(count).write(to: scratch.url)
    #expect(try RowTable(of: scratch.url) == table(count))
  }

  /// As `numpy.lib.format` writes a structured array of version 1.0.
  @Test func theFileIsAnArrayOfNumPy() throws {
    let scratch = try Scratch()
    try table(2).write(to: scratch.url)
    let bytes = try Data(contentsOf: scratch.url.appendingPathComponent("rows.npy"))
    #expect(bytes.count == 128 + 2 * 24 && bytes.prefix(10) == Data([0x93]) + "NUMPY".utf8 + [1, 0, 118, 0])
    let header = String(decoding: bytes[10..<128], as: UTF8.self)
    #expect(header.hasSuffix(" \n") && header.contains("'shape': (2,), }"))
    #expect(Array(bytes[128..<144]) == Array(Digest.sha256("row 0").bytes.prefix(16)))
    #expect(Array(bytes[168..<172]) == [0xab, 0xaa, 0xaa, 0x3e])  // 1/3
  }

  @Test(arguments: [
    "empty", "text", "cut", "longer", "other count", "other fields", "no values",
  ]) func whatIsNoTableIsRefused(damage: String) throws {
    let scratch = try Scratch()
    let file = scratch.url.appendingPathComponent("rows.npy")
    try table(3).write(to: scratch.url)
    var bytes = try Data(contentsOf: file)
    func replace(_ text: String, _ other: String) {
      guard let range = bytes.range(of: Data(text.utf8)) else { return }
      bytes.replaceSubrange(range, with: Data(other.utf8))
    }
    switch damage {
    case "empty": bytes = Data()
    case "text": bytes = Data("rows\n".utf8)
    case "cut": bytes.removeLast(7)
    case "longer": bytes.append(contentsOf: [0, 0, 0])
    case "other count": replace("(3,)", "(4,)")
    case "other fields": replace("'loss', '<f4'", "'loss', '<i4'")
    default: bytes = bytes.prefix(128)
    }
    try bytes.write(to: file)
    let error = #expect(throws: IndexFileError.self) { try RowTable(of: scratch.url) }
    #expect(error?.description.contains(file.path) == true)
  }
}
