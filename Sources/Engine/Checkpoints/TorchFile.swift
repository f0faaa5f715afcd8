package import Foundation

/// A state dictionary as `torch.save` writes it (`pytorch_model.bin`): tensors by name.
package struct TorchFile: TensorSource {
  package let names: [String]
  private let archive: TorchArchive
  private let tensors: [String: TorchTensor]

  package var url: URL { archive.url }

  package init(_ url: URL) throws {
    archive = try TorchArchive(url)
    let path = url.path
    guard case .dictionary(let items) = archive.root else {
      throw TorchError.notAStateDictionary(file: path, found: "no dict")
    }
    var tensors: [String: TorchTensor] = [:]
    for item in items {
      guard case .string(let name) = item.key else {
        throw TorchError.notAStateDictionary(file: path, found: "a key that is no string")
      }
      guard let tensor = try archive.tensor(item.value, named: name) else {
        throw TorchError.notATensor(file: path, name: name)
      }
      guard tensors.updateValue(tensor, forKey: name) == nil else {
        throw TorchError.duplicateName(file: path, name: name)
      }
    }
    self.tensors = tensors
    names = tensors.keys.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
  }

  package func contains(_ name: String) -> Bool { tensors[name] != nil }

  package func shape(of name: String) throws -> [Int] { try tensor(name).shape }

  package func dtype(of name: String) throws -> SafetensorsDType { try tensor(name).dtype }

  package func storedType(of name: String) throws -> String { try dtype(of: name).rawValue }

  package func adviseSequential() { archive.adviseSequential() }

  package func withBytes<Result>(of name: String, _ body: (UnsafeRawBufferPointer) throws -> Result) throws -> Result {
    try archive.withBytes(of: tensor(name), body)
  }

  package func floats(_ name: String) throws -> [Float] { try archive.floats(tensor(name)) }

  private func tensor(_ name: String) throws -> TorchTensor {
    guard let tensor = tensors[name] else { throw TorchError.noSuchTensor(file: url.path, tensor: name) }
    return tensor
  }
}
