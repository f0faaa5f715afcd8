import Foundation
import Testing

@testable import Engine

/// Every quantisation against the Python package gguf: `Tests/Fixtures/gguf/make.py`. There is no tolerance.
struct GGUFBlocksTests {
  private func blocks(_ type: GGUFTensorType) throws -> (bytes: [UInt8], values: [Float]) {
    let file = try SafetensorsFile(checkpointFixture("gguf", "blocks.safetensors"))
    return (
      try file.withBytes(of: "\(type.rawValue).blocks") { Array($0) }, try file.floats("\(type.rawValue).values")
    )
  }

  @Test(arguments: GGUFTensorType.allCases) func valuesAreThoseOfTheReferenceToTheBit(type: GGUFTensorType) throws {
    let (bytes, expected) = try blocks(type)
    #expect(bytes.count == expected.count / type.blockValues * type.blockBytes)
    // At any alignment: tensors of ggml's own begin at multiples of 32, blocks do not.
    for shift in 0..<3 {
      let shifted = [UInt8](repeating: 0xFF, count: shift) + bytes
      var values = [Float](repeating: .nan, count: expected.count)
      shifted.withUnsafeBytes { source in
        values.withUnsafeMutableBufferPointer { target in
          GGUFBlocks.dequantize(UnsafeRawBufferPointer(rebasing: source[shift...]), type, into: target)
        }
      }
      #expect(values.map(\.bitPattern) == expected.map(\.bitPattern))
    }
  }

  @Test func noBlocksAreNoValues() {
    var values: [Float] = []
    values.withUnsafeMutableBufferPointer {
      GGUFBlocks.dequantize(UnsafeRawBufferPointer(start: nil, count: 0), .q4K, into: $0)
    }
    #expect(values.isEmpty)
  }

  @Test func typesThatAreNotReadAreRefusedByName() throws {
    #expect(throws: GGUFError.unsupportedTensorType(file: "f", tensor: "t", type: "IQ4_NL")) {
      try GGUFTensorType(code: 20, tensor: "t", file: "f")
    }
    #expect(throws: GGUFError.unknownTensorType(file: "f", tensor: "t", code: 4)) {
      try GGUFTensorType(code: 4, tensor: "t", file: "f")
    }
    for type in GGUFTensorType.allCases {
      #expect(try GGUFTensorType(code: type.code, tensor: "t", file: "f") == type)
    }
  }
}
