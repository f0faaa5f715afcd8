import Foundation
import Testing

@testable import Engine

struct NumPyFileTests {
  @Test func filesOfNumPyAreRead() throws {
    let losses = try NumPyArray<Float>(contentsOf: IndexTestSupport.fixture("losses/losses.npy"))
    #expect(losses.shape == [16])
    #expect(losses.values.allSatisfy { $0 > 0 })
    let scores = try NumPyArray<Float>(contentsOf: IndexTestSupport.fixture("score/scores.npy"))
    #expect(scores.shape == [16, 4])
  }

  @Test func filesAreThoseOfNumPyByteForByte() throws {
    try IndexTestSupport.withScratch { scratch in
      let copy = scratch.appendingPathComponent("copy.npy")
      for name in ["losses/losses.npy", "score/scores.npy"] {
        let source = IndexTestSupport.fixture(name)
        try NumPyArray<Float>(contentsOf: source).write(to: copy)
        #expect(try Data(contentsOf: copy) == Data(contentsOf: source), "\(name)")
      }
      let source = IndexTestSupport.fixture("tokens_v2/offsets.npy")
      try NumPyArray<Int64>(contentsOf: source).write(to: copy)
      #expect(try Data(contentsOf: copy) == Data(contentsOf: source))
    }
  }

  @Test(arguments: [[0], [1], [7, 1], [3, 0, 2], [2, 3, 5], []])
  func anyShapeComesBack(shape: [Int]) throws {
    try IndexTestSupport.withScratch { scratch in
      let url = scratch.appendingPathComponent("a.npy")
      let values = (0..<shape.reduce(1, *)).map { Double($0) / 3 }
      try NumPyArray(shape: shape, values: values).write(to: url)
      let back = try NumPyArray<Double>(contentsOf: url)
      #expect(back.shape == shape)
      #expect(back.values == values)
    }
  }

  @Test func versionTwoIsRead() throws {
    let array: NumPyArray<Float> = try read(
      header: header("<f4", "False", "2,"), values: [0, 0, 128, 63, 0, 0, 0, 64], version: 2)
    #expect(array.values == [1, 2])
  }

  @Test(arguments: [
    ("<f8", "False", "1,", 8, "holds '<f8', expected '<f4'"),
    (">f4", "False", "1,", 4, "holds '>f4', expected '<f4'"),
    ("<f4", "True", "1,", 4, "is in Fortran order"),
    ("<f4", "False", "1, x", 4, "is not understood"),
    ("<f4", "False", "1 1", 4, "has the shape (1 1)"),
    ("<f4", "False", "4611686018427387904, 4", 4, "larger than any file"),
    ("<f4", "Maybe", "1,", 4, "is not understood"),
    ("<f4", "False", "2,", 4, "expected"),
    ("<f4", "False", "1,", 5, "expected"),
  ])
  func badHeadersAreRefused(descr: String, order: String, shape: String, bytes: Int, reason: String) {
    let error = #expect(throws: IndexFileError.self) {
      let _: NumPyArray<Float> = try read(
        header: header(descr, order, shape), values: [UInt8](repeating: 0, count: bytes), version: 1)
    }
    #expect(error?.description.contains(reason) == true, "\(error?.description ?? "no error")")
  }

  @Test func cutFilesAreRefused() throws {
    let whole = try Data(contentsOf: IndexTestSupport.fixture("losses/losses.npy"))
    for count in [0, 5, 9, 11, 60, 127, 128, 150, whole.count - 1] {
      try IndexTestSupport.withScratch { scratch in
        let url = scratch.appendingPathComponent("cut.npy")
        try whole.prefix(count).write(to: url)
        #expect(throws: IndexFileError.self, "\(count)") { try NumPyArray<Float>(contentsOf: url) }
      }
    }
    #expect(throws: IndexFileError.self) {
      let _: NumPyArray<Float> = try read(header: header("<f4", "False", "1,"), values: [0, 0, 0, 0], version: 3)
    }
  }

  private func header(_ descr: String, _ order: String, _ shape: String) -> String {
    "{'descr': '\(descr)', 'fortran_order': \(order), 'shape': (\(shape)), }\n"
  }

  private func read<Element>(header: String, values: [UInt8], version: UInt8) throws -> NumPyArray<Element> {
    try IndexTestSupport.withScratch { scratch in
      let url = scratch.appendingPathComponent("a.npy")
      var bytes: [UInt8] = [0x93] + Array("NUMPY".utf8) + [version, 0, UInt8(header.utf8.count), 0]
      if version == 2 { bytes += [0, 0] }
      try Data(bytes + Array(header.utf8) + values).write(to: url)
      return try NumPyArray<Element>(contentsOf: url)
    }
  }
}
