import Foundation
import Testing

@testable import Engine

struct SafetensorsWriterTests {
  @Test func whatIsWrittenIsReadBack() throws {
    let scratch = try CheckpointScratch()
    var writer = SafetensorsWriter(metadata: ["format": "bergson", "note": "a \"quoted\" näme"])
    writer.add("b.weight", shape: [2, 2], [Float](arrayLiteral: 1, -2, 0.5, .infinity))
    writer.add("a", shape: [], [Double.pi])
    writer.add("steps", shape: [1], [Int64.min])
    writer.add("empty", shape: [0, 7], [Float]())
    try writer.write(to: scratch.file("x"))

    let file = try SafetensorsFile(scratch.file("x"))
    #expect(file.metadata == ["format": "bergson", "note": "a \"quoted\" näme"])
    #expect(file.names == ["a", "b.weight", "empty", "steps"])
    #expect(try file.shape(of: "b.weight") == [2, 2])
    #expect(try file.floats("b.weight") == [1, -2, 0.5, .infinity])
    #expect(try file.dtype(of: "a") == .f64)
    #expect(try file.withBytes(of: "a") { $0.loadUnaligned(as: Double.self) } == .pi)
    #expect(try file.withBytes(of: "steps") { $0.loadUnaligned(as: Int64.self) } == .min)
    #expect(try file.floats("empty") == [])
  }

  @Test func payloadAndTensorsAreAligned() throws {
    let scratch = try CheckpointScratch()
    var writer = SafetensorsWriter()
    writer.add("a", shape: [1], [Float(1)])
    writer.add("b", shape: [1], [2.0 as Double])
    writer.add("c", shape: [1], [Float(3)])
    try writer.write(to: scratch.file("x"))
    let bytes = try Array(Data(contentsOf: scratch.file("x")))
    let length = bytes.withUnsafeBytes { Int($0.loadUnaligned(as: UInt64.self)) }
    #expect(length.isMultiple(of: 8))
    // The double comes first: behind one float it would lie at 4.
    let header = String(decoding: bytes[8..<8 + length], as: UTF8.self)
    let expected =
      #"{"a":{"data_offsets":[8,12],"dtype":"F32","shape":[1]},"b":{"data_offsets":[0,8],"dtype":"F64","shape":[1]},"#
      + #""c":{"data_offsets":[12,16],"dtype":"F32","shape":[1]}}"#
    #expect(header.trimmingCharacters(in: .whitespaces) == expected)
  }

  @Test func tensorsMayArriveInPieces() throws {
    let scratch = try CheckpointScratch()
    var writer = SafetensorsWriter()
    writer.add("x", .f32, shape: [3]) { sink in
      for value: Float in [1, 2, 3] { try withUnsafeBytes(of: value, sink) }
    }
    try writer.write(to: scratch.file("x"))
    #expect(try SafetensorsFile(scratch.file("x")).floats("x") == [1, 2, 3])
  }

  @Test func anErrorLeavesNoFile() throws {
    struct Stop: Error {}
    let scratch = try CheckpointScratch()
    var writer = SafetensorsWriter()
    writer.add("x", .f32, shape: [3]) { _ in throw Stop() }
    #expect(throws: Stop.self) { try writer.write(to: scratch.file("x")) }
    #expect(!FileManager.default.fileExists(atPath: scratch.file("x").path))
    let nowhere = scratch.file("missing/x")
    #expect(throws: FileError(action: "create", path: nowhere.path, code: ENOENT)) {
      try writer.write(to: nowhere)
    }
  }

  @Test func aWrongNumberOfElementsIsCaught() async {
    await #expect(processExitsWith: .failure) {
      let scratch = try CheckpointScratch()
      var writer = SafetensorsWriter()
      writer.add("x", shape: [3], [Float(1)])
      try writer.write(to: scratch.file("x"))
    }
  }
}
