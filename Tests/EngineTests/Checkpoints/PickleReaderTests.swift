import Testing

@testable import Engine

struct PickleReaderTests {
  private func read(_ bytes: [UInt8]) throws -> PickleValue {
    try bytes.withUnsafeBytes {
      try PickleReader.read($0, file: "x", globals: ["m.f", "collections.OrderedDict"])
    }
  }

  /// `pickle.dumps({"lr": 1e-3, "steps": [1, -2, 300, 1 << 40], "ok": (True, None)}, protocol=4)`, without some memo entries.
  @Test func plainValuesAreRead() throws {
    let pickle: [UInt8] =
      [0x80, 4, 0x95, 0, 0, 0, 0, 0, 0, 0, 0] + [0x7d, 0x94, 0x28, 0x8c, 2] + Array("lr".utf8)
      + [0x94, 0x47, 0x3f, 0x50, 0x62, 0x4d, 0xd2, 0xf1, 0xa9, 0xfc, 0x8c, 5] + Array("steps".utf8)
      + [0x94, 0x5d, 0x94, 0x28, 0x4b, 1, 0x4a, 0xfe, 0xff, 0xff, 0xff, 0x4d, 0x2c, 1, 0x8a, 6, 0, 0, 0, 0, 0, 1, 0x65]
      + [0x8c, 2] + Array("ok".utf8) + [0x88, 0x4e, 0x86, 0x75, 0x2e]
    #expect(
      try read(pickle)
        == .dictionary([
          .init(key: .string("lr"), value: .float(1e-3)),
          .init(key: .string("steps"), value: .list([.int(1), .int(-2), .int(300), .int(1 << 40)])),
          .init(key: .string("ok"), value: .tuple([.bool(true), .none])),
        ]))
  }

  @Test func callsAreKeptAsData() throws {
    #expect(try read(Array("cm\nf\nK".utf8) + [7, 0x85] + Array("R.".utf8)) == .call("m.f", [.int(7)]))
  }

  @Test func malformedPicklesAreRefused() {
    func expect(_ bytes: [UInt8], _ error: PickleError, sourceLocation: SourceLocation = #_sourceLocation) {
      #expect(throws: error, sourceLocation: sourceLocation) { try read(bytes) }
    }
    expect([], .truncated(file: "x", at: 0))
    expect([0x8d, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f], .truncated(file: "x", at: 9))
    expect(Array("cposix\nsystem\n.".utf8), .unknownGlobal(file: "x", name: "posix.system"))
    expect(Array("i".utf8), .unknownOpcode(file: "x", opcode: 0x69, at: 0))
    expect(Array("a".utf8), .malformed(file: "x", at: 1, reason: "its stack is empty"))
    expect(Array("N)R.".utf8), .malformed(file: "x", at: 3, reason: "it calls what is no global"))
    expect(Array("e".utf8), .malformed(file: "x", at: 1, reason: "a mark is missing"))
    expect([0x80, 1], .malformed(file: "x", at: 2, reason: "its protocol is 1, expected 2 to 5"))
    expect(Array("h\0".utf8), .malformed(file: "x", at: 2, reason: "it recalls value 0, which it did not store"))
    expect(Array("}(Nu.".utf8), .malformed(file: "x", at: 4, reason: "a key has no value"))
  }

  @Test func aListThatContainsItselfIsRefused() {
    #expect(throws: PickleError.tooDeep(file: "x", limit: 64)) { try read(Array("]q\0h\0a.".utf8)) }
  }

  @Test func deepNestingIsRefused() {
    let pickle = [UInt8(ascii: ")")] + Array(repeating: 0x85, count: 1_000_000) + [UInt8(ascii: ".")]
    #expect(throws: PickleError.tooDeep(file: "x", limit: 64)) { try read(pickle) }
  }

  /// Each tuple holds the one before twice: 40 of them stand for 2^40 values.
  @Test func sharedValuesCannotMultiply() {
    let level: [UInt8] = [UInt8(ascii: "q"), 0, UInt8(ascii: "h"), 0, 0x86]
    let pickle = [UInt8(ascii: "N")] + (0..<40).flatMap { _ in level } + [UInt8(ascii: ".")]
    #expect(throws: PickleError.tooLarge(file: "x", limit: 16_000_000)) { try read(pickle) }
  }
}
