import Foundation
import Testing

@testable import Engine

/// The bytes of a safetensors file with the given header text.
func safetensors(header: String, payload: [UInt8] = []) -> [UInt8] {
  let text = Array(header.utf8)
  return withUnsafeBytes(of: UInt64(text.count).littleEndian) { Array($0) } + text + payload
}

struct SafetensorsFileTests {
  @Test func aFileOfThePythonLibraryIsRead() throws {
    let file = try SafetensorsFile(checkpointFixture("checkpoints", "adapter_model.safetensors"))
    #expect(file.metadata == ["format": "pt"])
    #expect(file.names == file.names.sorted())
    let name = try #require(file.names.first)
    #expect(name == "base_model.model.gpt_neox.layers.0.attention.query_key_value.lora_A.weight")
    #expect(try file.dtype(of: name) == .f32)
    #expect(try file.shape(of: name) == [4, 32])
    // Values as Python's struct module unpacks them.
    let values = try file.floats(name)
    #expect(values.count == 128)
    #expect(values[0] == -0.06792844086885452)
    #expect(values[127] == 0.046896517276763916)
  }

  @Test func everyFloatTypeBecomesFloat32() throws {
    let scratch = try CheckpointScratch()
    // 1.5 and -2 in every float type.
    let payload: [UInt8] =
      [0, 0, 0, 0, 0, 0, 0xF8, 0x3F, 0, 0, 0, 0, 0, 0, 0, 0xC0]  // F64
      + [0, 0, 0xC0, 0x3F, 0, 0, 0, 0xC0]  // F32
      + [0x00, 0x3E, 0x00, 0xC0]  // F16
      + [0xC0, 0x3F, 0x00, 0xC0]  // BF16
    let header = """
      {"a":{"dtype":"F64","shape":[2],"data_offsets":[0,16]},"b":{"dtype":"F32","shape":[2],"data_offsets":[16,24]},\
      "c":{"dtype":"F16","shape":[2],"data_offsets":[24,28]},"d":{"dtype":"BF16","shape":[2],"data_offsets":[28,32]}}
      """
    let file = try SafetensorsFile(scratch.write(safetensors(header: header, payload: payload), to: "x"))
    for name in ["a", "b", "c", "d"] {
      #expect(try file.floats(name) == [1.5, -2])
    }
  }

  @Test func aMisalignedTensorIsRead() throws {
    let scratch = try CheckpointScratch()
    let payload: [UInt8] = [7] + [0, 0, 0xC0, 0x3F, 0, 0, 0, 0xC0] + [0xC0, 0x3F]
    for padding in 0..<4 {
      let header =
        #"{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"b":{"dtype":"F32","shape":[2],"data_offsets":[1,9]},"#
        + #""c":{"dtype":"BF16","shape":[],"data_offsets":[9,11]}}"# + String(repeating: " ", count: padding)
      let file = try SafetensorsFile(scratch.write(safetensors(header: header, payload: payload), to: "x\(padding)"))
      #expect(try file.floats("b") == [1.5, -2])
      #expect(try file.floats("c") == [1.5])
      #expect(try file.withBytes(of: "a") { Array($0) } == [7])
    }
  }

  @Test func emptyFilesOfTensorsAndEmptyTensorsAreLegal() throws {
    let scratch = try CheckpointScratch()
    let none = try SafetensorsFile(scratch.write(safetensors(header: "{}"), to: "none"))
    #expect(none.names == [])
    let header = #"{"a":{"dtype":"F32","shape":[0,3],"data_offsets":[0,0]}}"#
    let empty = try SafetensorsFile(scratch.write(safetensors(header: header), to: "empty"))
    #expect(try empty.floats("a") == [])
    #expect(try empty.shape(of: "a") == [0, 3])
  }

  @Test func askingForTheWrongThingNamesFileAndTensor() throws {
    let scratch = try CheckpointScratch()
    let header = #"{"ids":{"dtype":"I64","shape":[1],"data_offsets":[0,8]}}"#
    let url = try scratch.write(safetensors(header: header, payload: Array(repeating: 0, count: 8)), to: "x")
    let file = try SafetensorsFile(url)
    #expect(throws: SafetensorsError.noSuchTensor(file: url.path, tensor: "weight")) { try file.floats("weight") }
    #expect(throws: SafetensorsError.notAFloatTensor(file: url.path, tensor: "ids", dtype: "I64")) {
      try file.floats("ids")
    }
  }

  @Test func aDirectoryIsNoFile() throws {
    let scratch = try CheckpointScratch()
    #expect(throws: FileError(action: "map", path: scratch.url.path, code: EISDIR)) { try SafetensorsFile(scratch.url) }
  }
}
