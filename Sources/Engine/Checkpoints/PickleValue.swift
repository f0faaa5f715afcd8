/// A value read from a Python pickle. Calls are kept as data: nothing is ever executed.
package indirect enum PickleValue: Equatable, Sendable {
  case none
  case bool(Bool)
  case int(Int)
  case float(Double)
  case string(String)
  case bytes([UInt8])
  case list([PickleValue])
  case tuple([PickleValue])
  /// In the order of the file, `OrderedDict` included; keys may repeat, as the pickle's assignments do.
  case dictionary([Item])
  /// `module.name`, one of those that the reader was told to know.
  case global(String)
  case call(String, [PickleValue])
  /// A reference to something that lies outside the pickle, such as a storage of torch.
  case persistent(PickleValue)

  package struct Item: Equatable, Sendable {
    package let key: PickleValue
    package let value: PickleValue
  }
}

/// What is wrong with a pickle. `file` is a path.
package enum PickleError: Error, Equatable, CustomStringConvertible {
  case truncated(file: String, at: Int)
  case unknownOpcode(file: String, opcode: UInt8, at: Int)
  case unknownGlobal(file: String, name: String)
  case malformed(file: String, at: Int, reason: String)
  case tooDeep(file: String, limit: Int)
  case tooLarge(file: String, limit: Int)

  package var description: String {
    switch self {
    case .truncated(let file, let at): "the pickle of '\(file)' ends inside an instruction, at byte \(at)"
    case .unknownOpcode(let file, let opcode, let at):
      "the pickle of '\(file)' has the instruction 0x\(String(opcode, radix: 16)) at byte \(at), which torch.save does"
        + " not write for tensors"
    case .unknownGlobal(let file, let name):
      "the pickle of '\(file)' wants to use '\(name)', which is no part of a state dictionary; nothing was executed."
        + " Convert the file with save_pretrained(..., safe_serialization=True) if you trust it"
    case .malformed(let file, let at, let reason): "the pickle of '\(file)' is malformed at byte \(at): \(reason)"
    case .tooDeep(let file, let limit):
      "the pickle of '\(file)' nests values more than \(limit) deep, or a value contains itself"
    case .tooLarge(let file, let limit): "the pickle of '\(file)' stands for more than \(limit) values"
    }
  }
}
