import Foundation
import Testing

@testable import Engine

/// Against a file that torch wrote, and against what is wrong with such files.
struct TorchFileTests {
  private struct Expected: Decodable {
    let shape: [Int]
    let values: [Float]
  }

  private static let fixture = checkpointFixture("checkpoints", "torch.bin")
  private static let legacy = checkpointFixture("checkpoints", "torch-legacy.bin")

  /// As torch writes now and as it did before 1.6.
  @Test(arguments: [fixture, legacy]) func everyTensorHasTheShapeAndValuesThatTorchSees(file url: URL) throws {
    let json = try Data(contentsOf: checkpointFixture("checkpoints", "torch.json"))
    let expected = try JSONDecoder().decode([String: Expected].self, from: json)
    let file = try TorchFile(url)
    #expect(Set(file.names) == Set(expected.keys))
    for (name, tensor) in expected {
      #expect(try file.shape(of: name) == tensor.shape, "\(name)")
      #expect(try file.floats(name) == tensor.values, "\(name)")
    }
    #expect(try file.dtype(of: "half") == .f16)
    #expect(try file.dtype(of: "bfloat") == .bf16)
  }

  @Test func aModelDirectoryMayHoldATorchFile() throws {
    let scratch = try CheckpointScratch()
    try FileManager.default.copyItem(at: Self.fixture, to: scratch.file("pytorch_model.bin"))
    let weights = try WeightStore(directory: scratch.url)
    #expect(try weights.root.tensor("row", shape: [4]) == [4, 5, 6, 7])
    #expect(!weights.unused.contains("row"))
    #expect(weights.unused.contains("tied"))
  }

  @Test func theDigestIsThatOfTheSameTensorsInSafetensors() throws {
    let (torch, safetensors) = (try CheckpointScratch(), try CheckpointScratch())
    try FileManager.default.copyItem(at: Self.fixture, to: torch.file("part.bin"))
    let source = try TorchFile(Self.fixture)
    let placement = JSONObject(
      Dictionary(uniqueKeysWithValues: source.names.map { ($0, JSONValue.string("part.bin")) }))
    _ = try torch.write(
      JSONValue.object(["weight_map": .object(placement)]).canonicalText, to: "pytorch_model.bin.index.json")
    // Assembled here, as the writer knows fewer types than the file has.
    var payload: [UInt8] = []
    var members: [String] = []
    for name in source.names {
      let begin = payload.count
      try source.withBytes(of: name) { payload += $0 }
      let dtype = try source.storedType(of: name)
      members.append(
        #""\#(name)":{"dtype":"\#(dtype)","shape":\#(try source.shape(of: name)),"#
          + #""data_offsets":[\#(begin),\#(payload.count)]}"#)
    }
    let header = Array("{\(members.joined(separator: ","))}".utf8)
    let length = withUnsafeBytes(of: UInt64(header.count).littleEndian) { Array($0) }
    _ = try safetensors.write(length + header + payload, to: "model.safetensors")
    #expect(try WeightStore(directory: torch.url).digest() == WeightStore(directory: safetensors.url).digest())
  }

  @Test(arguments: [fixture, legacy]) func noPrefixOfAFileIsRead(file url: URL) throws {
    let whole = [UInt8](try Data(contentsOf: url))
    let scratch = try CheckpointScratch()
    for count in 0..<whole.count {
      let file = try scratch.write(whole[..<count], to: "x.bin")
      #expect(throws: (any Error).self, "\(count) of \(whole.count) bytes") { try TorchFile(file) }
    }
  }

  @Test(arguments: [fixture, legacy]) func noChangedByteCrashesOrReadsBeyondTheFile(file url: URL) throws {
    let whole = [UInt8](try Data(contentsOf: url))
    let scratch = try CheckpointScratch()
    var refused = 0
    for position in whole.indices {
      var bytes = whole
      bytes[position] ^= 0xff
      let url = try scratch.write(bytes, to: "x.bin")
      do {
        let file = try TorchFile(url)
        for name in file.names { try file.withBytes(of: name) { #expect($0.count <= whole.count) } }
      } catch {
        refused += 1
      }
    }
    #expect(refused > 100)
  }

  /// Replaces one text by another of the same length, wherever it occurs.
  private func open(_ old: String, _ new: String) throws -> (error: (any Error)?, path: String) {
    let scratch = try CheckpointScratch()
    var bytes = Data(try Data(contentsOf: Self.fixture))
    while let range = bytes.range(of: Data(old.utf8)) { bytes.replaceSubrange(range, with: Data(new.utf8)) }
    let file = try scratch.write(bytes, to: "x.bin")
    do {
      _ = try TorchFile(file)
      return (nil, file.path)
    } catch {
      return (error, file.path)
    }
  }

  @Test func malformedDescriptionsAreNamed() throws {
    let storage = try open("HalfStorage", "CharStorage")
    #expect(
      storage.error as? TorchError
        == .unknownStorage(file: storage.path, tensor: "half", storage: "torch.CharStorage"))
    let call = try open("torch._utils\n_rebuild_parameter\n", "posix\nsystem\n" + String(repeating: "#", count: 19))
    #expect(call.error as? PickleError == .unknownGlobal(file: call.path, name: "posix.system"))
    let order = try open("little", "middle")
    #expect(order.error as? TorchError == .bigEndian(file: order.path))
    let pickle = try open("data.pkl", "data.txt")
    #expect(pickle.error as? TorchError == .noPickle(file: pickle.path))
    let entry = try open("data/0", "data/x")
    #expect(entry.error is TorchError)
  }
}
