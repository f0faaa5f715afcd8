import Foundation
import Testing

@testable import Engine

struct GradientIndexTests {
  private let modules = [GradientModule(name: "b", size: 3), .init(name: "a", size: 2), .init(name: "c", size: 4)]

  @Test(arguments: ["gradients_v1", "gradients_v2"])
  func bothReleasesOfThePythonToolAreRead(name: String) throws {
    let index = try GradientIndex(opening: IndexTestSupport.fixture(name))
    #expect(index.rowCount == 4)
    #expect(index.documentCount == 4)
    #expect(index.rowWidth == 512)
    #expect(index.storage == .float32)
    #expect(index.modules.map(\.name).prefix(2) == ["layers.0.attention.query_key_value", "layers.0.attention.dense"])
    #expect(index.modules.allSatisfy { $0.size == 64 })
    #expect(try index.tokenOffsets() == nil)
    let raw = try Data(contentsOf: IndexTestSupport.fixture(name + "/gradients.bin"))
    #expect(index.allRows() == raw.withUnsafeBytes { Array($0.bindMemory(to: Float.self)) })
  }

  @Test func bfloat16OfThePythonToolIsRead() throws {
    let index = try GradientIndex(opening: IndexTestSupport.fixture("gradients_bf16_v1"))
    #expect(index.storage == .bfloat16)
    let raw = try Data(contentsOf: IndexTestSupport.fixture("gradients_bf16_v1/gradients.bin"))
    let expected = raw.withUnsafeBytes { $0.bindMemory(to: UInt16.self).map { Float(bitPattern: UInt32($0) << 16) } }
    #expect(index.allRows() == expected)
  }

  @Test func tokenRowsAreRead() throws {
    let index = try GradientIndex(opening: IndexTestSupport.fixture("tokens_v2"))
    #expect(index.hasTokenRows)
    #expect(index.rowCount == 135)
    #expect(index.documentCount == 4)
    #expect(try index.tokenOffsets()?.count == 5)
  }

  @Test func tokenRowsOfTheOldReleaseAreRead() throws {
    try IndexTestSupport.withScratch { scratch in
      try copy("tokens_v1", to: scratch)
      try Data(count: 135 * 128 * 4).write(to: scratch.appendingPathComponent("token_gradients.bin"))
      let index = try GradientIndex(opening: scratch)
      #expect(index.rowCount == 135)
      #expect(index.documentCount == 4)
      #expect(try index.tokenOffsets()?.last == 135)
    }
  }

  @Test func manifestsAreThoseOfThePythonToolByteForByte() throws {
    for name in ["gradients_v2", "tokens_v2"] {
      let source = IndexTestSupport.fixture(name)
      let index = try GradientIndex(opening: source)
      try IndexTestSupport.withScratch { scratch in
        let writer = try GradientIndexWriter(
          in: scratch, modules: index.modules, rowCount: index.rowCount, tokenOffsets: index.tokenOffsets())
        try writer.write(index.allRows(), count: index.rowCount, at: 0)
        try writer.close()
        for file in try IndexTestSupport.names(in: scratch) {
          let written = try Data(contentsOf: scratch.appendingPathComponent(file))
          #expect(try written == Data(contentsOf: source.appendingPathComponent(file)), "\(name)/\(file)")
        }
      }
    }
  }

  @Test(arguments: StorageType.allCases)
  func rowsComeBackFromAnyThreadAndOrder(storage: StorageType) throws {
    try IndexTestSupport.withScratch { scratch in
      let rowCount = 101
      // Small integers are exact in every storage.
      let rows = (0..<rowCount * 9).map { Float($0 % 251 - 125) }
      let writer = try GradientIndexWriter(in: scratch, modules: modules, rowCount: rowCount, storage: storage)
      DispatchQueue.concurrentPerform(iterations: 10) { i in
        do {
          let indices = Array(stride(from: i, to: 100, by: 10)) + (i == 9 ? [100] : [])
          try writer.write(indices.flatMap { rows[$0 * 9..<$0 * 9 + 9] }, at: indices)
        } catch {
          Issue.record(error)
        }
      }
      try writer.close()
      let index = try GradientIndex(opening: scratch)
      #expect(index.modules == modules)
      #expect(index.storage == storage)
      #expect(index.allRows() == rows)
      var picked = [Float](repeating: .nan, count: 18)
      index.readRows(at: [70, 3], into: &picked)
      #expect(picked == Array(rows[630..<639] + rows[27..<36]))
    }
  }

  @Test func chosenModulesComeInColumnOrder() throws {
    try IndexTestSupport.withScratch { scratch in
      let writer = try GradientIndexWriter(in: scratch, modules: modules, rowCount: 2)
      try writer.write((0..<18).map { Float($0) }, count: 2, at: 0)
      try writer.close()
      let index = try GradientIndex(opening: scratch)
      #expect(try index.columns(of: ["c", "b", "c"]) == [0..<3, 5..<9])
      #expect(try index.columns(of: ["a", "b"]) == [0..<5])
      #expect(index.allRows(columns: [0..<3, 5..<9]) == [0, 1, 2, 5, 6, 7, 8, 9, 10, 11, 14, 15, 16, 17])
      #expect(
        throws: IndexFileError.unknownModules(path: scratch.path, missing: ["d"], known: ["b", "a", "c"])
      ) { try index.columns(of: ["a", "d"]) }
    }
  }

  @Test func rowsNeverWrittenAreZero() throws {
    try IndexTestSupport.withScratch { scratch in
      let writer = try GradientIndexWriter(in: scratch, modules: [.init(name: "m", size: 2)], rowCount: 3)
      try writer.write([1, 2], count: 1, at: 1)
      try writer.close()
      #expect(try GradientIndex(opening: scratch).allRows() == [0, 0, 1, 2, 0, 0])
    }
  }

  @Test func anIndexOfNoRowsOpens() throws {
    try IndexTestSupport.withScratch { scratch in
      try GradientIndexWriter(in: scratch, modules: modules, rowCount: 0).close()
      let index = try GradientIndex(opening: scratch)
      #expect(index.rowCount == 0)
    }
  }

  @Test func anIndexThatWasNotClosedCannotBeOpened() throws {
    try IndexTestSupport.withScratch { scratch in
      let writer = try GradientIndexWriter(in: scratch, modules: modules, rowCount: 1)
      try writer.write([Float](repeating: 1, count: 9), count: 1, at: 0)
      #expect(throws: FileError.self) { try GradientIndex(opening: scratch) }
    }
  }

  @Test func aValueTooLargeForFloat16IsRefused() throws {
    try IndexTestSupport.withScratch { scratch in
      let writer = try GradientIndexWriter(
        in: scratch, modules: [.init(name: "m", size: 2)], rowCount: 4, storage: .float16)
      try writer.write([65504, .infinity], count: 1, at: 0)
      let path = scratch.appendingPathComponent("gradients.bin").path
      #expect(throws: IndexFileError.doesNotFit(path: path, row: 3, value: 65520, storage: .float16)) {
        try writer.write([1, 2, 3, 65520], count: 2, at: 2)
      }
    }
  }

  @Test func aTruncatedFileIsRefusedWithBothSizes() throws {
    try IndexTestSupport.withScratch { scratch in
      try copy("gradients_v2", to: scratch)
      let data = scratch.appendingPathComponent("gradients.bin")
      try Data(contentsOf: data).dropLast().write(to: data)
      let error = #expect(throws: IndexFileError.self) { try GradientIndex(opening: scratch) }
      #expect(error?.description.contains("has 8191 bytes, expected 8192 (4 rows of 512 float32)") == true)
    }
  }

  @Test(arguments: [
    ("", "is no valid JSON: the text ends in the middle of a value at byte 0"),
    ("{\"num_grads\": 4", "is no valid JSON: the text ends in the middle of a value at byte 15"),
    ("{}", "has no object 'grad_sizes'"),
    (#"{"grad_sizes": {"m": 0}, "base_dtype": "float32", "num_grads": 1}"#, "no positive size for module 'm'"),
    (
      #"{"grad_sizes": {"m": 2, "m": 2}, "base_dtype": "float32", "num_grads": 1}"#,
      "the key 'm' appears twice in one object at byte 24"
    ),
    (#"{"grad_sizes": {"m": 2}, "num_grads": 1}"#, "has no 'base_dtype'"),
    (#"{"grad_sizes": {"m": 2}, "base_dtype": "int8", "num_grads": 1}"#, "has base_dtype: int8, expected float32"),
    (
      #"{"attribute_tokens": "yes", "grad_sizes": {"m": 2}, "base_dtype": "float32", "num_grads": 1}"#,
      "has neither true nor false in 'attribute_tokens'"
    ),
    (#"{"grad_sizes": {"m": 2}, "base_dtype": "float32"}"#, "has no 'num_grads'"),
    (#"{"grad_sizes": {"m": 2}, "base_dtype": "float32", "num_grads": -1}"#, "has no count in 'num_grads'"),
    (
      #"{"grad_sizes": {"m": 2}, "base_dtype": "float32", "num_grads": 9223372036854775807}"#,
      "more bytes than any file"
    ),
    (
      #"{"grad_sizes": {"m": 9223372036854775807, "n": 1}, "base_dtype": "float32", "num_grads": 1}"#,
      "more bytes than any file"
    ),
    (
      #"{"grad_sizes": {"m": 2}, "base_dtype": "float32", "num_grads": 1, "dtype": {"names": ["n"]}}"#,
      "names other modules"
    ),
    (
      #"{"grad_sizes": {"m": 2}, "base_dtype": "float32", "num_grads": 1, "dtype": {"names": ["m"], "formats": ["(2,)<V2"]}}"#,
      "has 'formats' in 'dtype'"
    ),
    (
      #"{"grad_sizes": {"m": 2}, "base_dtype": "float32", "num_grads": 1, "dtype": {"names": ["m"], "formats": ["(2,)<f4"], "itemsize": 9}}"#,
      "other than 8"
    ),
  ])
  func malformedManifestsAreRefused(json: String, reason: String) throws {
    try IndexTestSupport.withScratch { scratch in
      try FileWriter.write(json, to: scratch.appendingPathComponent("info.json"))
      try Data(count: 8).write(to: scratch.appendingPathComponent("gradients.bin"))
      let error = #expect(throws: IndexFileError.self) { try GradientIndex(opening: scratch) }
      #expect(error?.description.contains(reason) == true, "\(error?.description ?? "no error")")
      #expect(error?.description.contains(scratch.path) == true)
    }
  }

  @Test(arguments: [
    ([0, 1, 135], "has 3 offsets, expected 5"),
    ([0, 50, 20, 100, 135], "falls from 50 to 20 at document 1"),
    ([0, 1, 2, 3, 134], "runs from 0 to 134, expected 0 to 135"),
  ])
  func badOffsetsAreRefused(offsets: [Int64], reason: String) throws {
    try IndexTestSupport.withScratch { scratch in
      try copy("tokens_v2", to: scratch)
      try NumPyArray(shape: [offsets.count], values: offsets).write(to: scratch.appendingPathComponent("offsets.npy"))
      let error = #expect(throws: IndexFileError.self) { try GradientIndex(opening: scratch).tokenOffsets() }
      #expect(error?.description.contains(reason) == true)
    }
  }

  private func copy(_ name: String, to directory: URL) throws {
    for file in try IndexTestSupport.names(in: IndexTestSupport.fixture(name)) {
      let data = try Data(contentsOf: IndexTestSupport.fixture("\(name)/\(file)"))
      try data.write(to: directory.appendingPathComponent(file))
    }
  }
}
