import Foundation
import Testing

@testable import Engine

/// One row for each way in which a safetensors file can be wrong. Files are named `x`.
struct SafetensorsMalformationTests {
  private func error(_ bytes: [UInt8]) throws -> SafetensorsError? {
    let scratch = try CheckpointScratch()
    let file = try scratch.write(bytes, to: "x")
    return #expect(throws: SafetensorsError.self) { try SafetensorsFile(file) }
  }

  /// The error for a header that holds one tensor `t`; the payload is eight bytes.
  private func error(_ tensor: String) throws -> SafetensorsError? {
    try error(safetensors(header: #"{"t":\#(tensor)}"#, payload: Array(repeating: 0, count: 8)))
  }

  /// Compares without the path, which differs from run to run.
  private func expect(
    _ found: SafetensorsError?, _ expected: (String) -> SafetensorsError,
    sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    let found = try #require(found, sourceLocation: sourceLocation)
    let path = try #require(found.description.split(separator: "'").map(String.init).first { $0.hasSuffix("/x") })
    #expect(found == expected(path), sourceLocation: sourceLocation)
  }

  @Test func fewerThanEightBytes() throws {
    try expect(error([UInt8]())) { .tooShort(file: $0, bytes: 0) }
    try expect(error([1, 2, 3, 4, 5, 6, 7])) { .tooShort(file: $0, bytes: 7) }
  }

  @Test func headerLengthOverTheLimit() throws {
    let length = UInt64(SafetensorsFile.maximumHeaderBytes) + 1
    try expect(error(withUnsafeBytes(of: length.littleEndian) { Array($0) })) {
      .headerTooLarge(file: $0, length: length)
    }
    try expect(error([UInt8](repeating: 0xFF, count: 8))) { .headerTooLarge(file: $0, length: .max) }
  }

  @Test func headerLengthBeyondTheFile() throws {
    try expect(error([3, 0, 0, 0, 0, 0, 0, 0] + Array("{}".utf8))) {
      .headerBeyondFile(file: $0, length: 3, fileBytes: 10)
    }
  }

  @Test func headerThatIsNotUTF8() throws {
    let text: [UInt8] = Array("{\"".utf8) + [0xC3, 0x28] + Array("\":1}".utf8)
    try expect(error([UInt8(text.count), 0, 0, 0, 0, 0, 0, 0] + text)) {
      .headerNotUTF8(file: $0, JSONError(offset: 2, problem: .invalidUTF8))
    }
  }

  @Test func headerThatIsNotJSON() throws {
    try expect(error(safetensors(header: "{"))) {
      .headerNotJSON(file: $0, JSONError(offset: 1, problem: .unexpectedEnd))
    }
    try expect(error(safetensors(header: "{}}"))) {
      .headerNotJSON(file: $0, JSONError(offset: 2, problem: .trailingText))
    }
    try expect(error(safetensors(header: "{}\0\0"))) {
      .headerNotJSON(file: $0, JSONError(offset: 2, problem: .trailingText))
    }
  }

  @Test func headerThatIsNotAnObject() throws {
    for header in ["", "[]", "1", " {}"] {
      try expect(error(safetensors(header: header))) { .headerNotAnObject(file: $0) }
    }
  }

  @Test func nestingThatWouldOverflowTheStack() throws {
    let deep = #"{"t":"# + String(repeating: "[", count: 1_000_000)
    try expect(error(safetensors(header: deep))) {
      .headerNotJSON(file: $0, JSONError(offset: 7, problem: .tooDeep(limit: 3)))
    }
  }

  @Test func shapeThatWouldUseUpMemory() throws {
    let ones = String(repeating: "1,", count: 1_000_000)
    try expect(error(safetensors(header: #"{"t":{"shape":["# + ones))) {
      .headerNotJSON(file: $0, JSONError(offset: 15 + 128, problem: .tooManyElements(limit: 64)))
    }
  }

  @Test func duplicateNames() throws {
    let tensor = #"{"dtype":"U8","shape":[],"data_offsets":[0,1]}"#
    try expect(error(safetensors(header: #"{"t":\#(tensor),"t":\#(tensor)}"#, payload: [0]))) {
      .duplicateName(file: $0, name: "t")
    }
    // The same name behind an escape.
    try expect(error(safetensors(header: #"{"t":\#(tensor),"\u0074":\#(tensor)}"#, payload: [0]))) {
      .duplicateName(file: $0, name: "t")
    }
  }

  @Test func metadataThatIsNotText() throws {
    try expect(error(safetensors(header: #"{"__metadata__":[]}"#))) { .metadataNotText(file: $0, key: nil) }
    try expect(error(safetensors(header: #"{"__metadata__":{"step":1}}"#))) { .metadataNotText(file: $0, key: "step") }
  }

  @Test func entryThatIsNotAnObject() throws {
    try expect(error("[]")) { .entryNotAnObject(file: $0, tensor: "t") }
  }

  @Test(arguments: [
    ("dtype", #"{"shape":[2],"data_offsets":[0,8]}"#),
    ("shape", #"{"dtype":"F32","data_offsets":[0,8]}"#),
    ("data_offsets", #"{"dtype":"F32","shape":[2]}"#),
  ])
  func missingFields(field: String, tensor: String) throws {
    try expect(error(tensor)) { .missingField(file: $0, tensor: "t", field: field) }
  }

  @Test(arguments: [
    ("dtype", "a string", #"{"dtype":4,"shape":[2],"data_offsets":[0,8]}"#),
    ("shape", "an array of 64-bit integers", #"{"dtype":"F32","shape":2,"data_offsets":[0,8]}"#),
    ("shape", "an array of 64-bit integers", #"{"dtype":"F32","shape":[2.0],"data_offsets":[0,8]}"#),
    ("shape", "an array of 64-bit integers", #"{"dtype":"F32","shape":[18446744073709551618],"data_offsets":[0,8]}"#),
    ("data_offsets", "an array of 64-bit integers", #"{"dtype":"F32","shape":[2],"data_offsets":[0,null]}"#),
    ("data_offsets", "a pair of non-negative integers", #"{"dtype":"F32","shape":[2],"data_offsets":[8]}"#),
    ("data_offsets", "a pair of non-negative integers", #"{"dtype":"F32","shape":[2],"data_offsets":[0,8,8]}"#),
    ("data_offsets", "a pair of non-negative integers", #"{"dtype":"F32","shape":[2],"data_offsets":[-8,0]}"#),
  ])
  func fieldsOfAnotherKind(field: String, expected: String, tensor: String) throws {
    try expect(error(tensor)) { .invalidField(file: $0, tensor: "t", field: field, expected: expected) }
  }

  @Test func unknownDType() throws {
    try expect(error(#"{"dtype":"F31","shape":[2],"data_offsets":[0,8]}"#)) {
      .unknownDType(file: $0, tensor: "t", dtype: "F31")
    }
  }

  @Test func negativeDimension() throws {
    try expect(error(#"{"dtype":"F32","shape":[-1,-2],"data_offsets":[0,8]}"#)) {
      .negativeDimension(file: $0, tensor: "t", dimension: -1)
    }
  }

  @Test func shapeWhoseProductOverflows() throws {
    // 2^62 * 4 = 2^64 would come out as 0, 2^63 + 2 elements of two bytes as 4.
    try expect(error(#"{"dtype":"F32","shape":[4611686018427387904],"data_offsets":[0,0]}"#)) {
      .shapeOverflow(file: $0, tensor: "t", shape: [1 << 62])
    }
    try expect(error(#"{"dtype":"F16","shape":[4294967296,4294967296],"data_offsets":[0,0]}"#)) {
      .shapeOverflow(file: $0, tensor: "t", shape: [1 << 32, 1 << 32])
    }
  }

  @Test func beginBehindTheEnd() throws {
    try expect(error(#"{"dtype":"F32","shape":[2],"data_offsets":[8,0]}"#)) {
      .beginAfterEnd(file: $0, tensor: "t", begin: 8, end: 0)
    }
  }

  @Test func endBeyondTheFile() throws {
    try expect(error(#"{"dtype":"F32","shape":[4],"data_offsets":[0,16]}"#)) {
      .offsetsOutOfRange(file: $0, tensor: "t", end: 16, payloadBytes: 8)
    }
    try expect(error(#"{"dtype":"F32","shape":[4],"data_offsets":[0,9223372036854775807]}"#)) {
      .offsetsOutOfRange(file: $0, tensor: "t", end: .max, payloadBytes: 8)
    }
  }

  @Test func byteCountUnlikeTheShape() throws {
    try expect(error(#"{"dtype":"F32","shape":[3],"data_offsets":[0,8]}"#)) {
      .byteCountMismatch(file: $0, tensor: "t", found: 8, expected: 12)
    }
  }

  private let first = #"{"dtype":"F32","shape":[1],"data_offsets":[0,4]}"#

  @Test func tensorsThatOverlap() throws {
    let second = #"{"dtype":"F32","shape":[1],"data_offsets":[2,6]}"#
    let payload = [UInt8](repeating: 0, count: 6)
    try expect(error(safetensors(header: #"{"a":\#(first),"b":\#(second)}"#, payload: payload))) {
      .overlap(file: $0, tensor: "a", other: "b")
    }
    // Two names for the same bytes.
    try expect(error(safetensors(header: #"{"a":\#(first),"b":\#(first)}"#, payload: [0, 0, 0, 0]))) {
      .overlap(file: $0, tensor: "a", other: "b")
    }
  }

  @Test func bytesBetweenTensors() throws {
    let second = #"{"dtype":"F32","shape":[1],"data_offsets":[5,9]}"#
    let payload = [UInt8](repeating: 0, count: 9)
    try expect(error(safetensors(header: #"{"a":\#(first),"b":\#(second)}"#, payload: payload))) {
      .hole(file: $0, before: "b", bytes: 1)
    }
  }

  @Test func bytesBehindTheLastTensor() throws {
    try expect(error(first)) { .trailingBytes(file: $0, bytes: 4) }
    try expect(error(safetensors(header: "{}", payload: [0]))) { .trailingBytes(file: $0, bytes: 1) }
  }

  @Test func everyTruncationIsRefused() throws {
    let scratch = try CheckpointScratch()
    let whole = safetensors(header: #"{"a":\#(first)}"#, payload: [0, 0, 0x80, 0x3F])
    for count in whole.indices {
      let file = try scratch.write(whole[..<count], to: "x")
      #expect(throws: SafetensorsError.self, "\(count) of \(whole.count) bytes") { try SafetensorsFile(file) }
    }
    #expect(try SafetensorsFile(scratch.write(whole, to: "x")).floats("a") == [1])
  }

  /// Damage need not be noticed (a name may change), but what opens must be safe to read.
  @Test func everyDamagedByteIsRefusedOrHarmless() throws {
    let scratch = try CheckpointScratch()
    let second = #"{"dtype":"BF16","shape":[2,1],"data_offsets":[4,8]}"#
    let whole = safetensors(
      header: #"{"a":\#(first),"b":\#(second)}"#, payload: [UInt8](repeating: 0, count: 8))
    var refused = 0
    for position in 0..<whole.count - 8 {
      for byte in [0, 0xFF, whole[position] ^ 1, UInt8(ascii: "9"), UInt8(ascii: "\""), UInt8(ascii: "-")] {
        var damaged = whole
        damaged[position] = byte
        let url = try scratch.write(damaged, to: "x")
        do {
          let file = try SafetensorsFile(url)
          for name in file.names where try file.dtype(of: name).isFloat {
            #expect(try file.floats(name).count == file.shape(of: name).reduce(1, *))
          }
        } catch is SafetensorsError {
          refused += 1
        }
      }
    }
    #expect(refused > whole.count)
  }
}
