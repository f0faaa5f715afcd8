import Foundation

/// `--peft_init_kwargs`: `name=value,name=value`, with `|` between the items of a list, read as the Python tool reads it.
package struct AdapterArguments: Sendable {
  let configuration: LoRAConfiguration
  /// Of the random numbers; the Python tool's own where it fixes one (`--debug`).
  let seed: UInt32

  package static let flag = "--peft_init_kwargs"
  private static let defaultSeed = 42

  /// - Throws: `AdapterError`, `ModelConfigurationError`.
  package init(_ text: String) throws {
    var members = JSONObject()
    var seed = Self.defaultSeed
    for item in text.split(separator: ",", omittingEmptySubsequences: false) {
      func malformed(_ reason: String) -> AdapterError {
        .malformedArguments(text: text, item: String(item), reason: reason)
      }
      let sides = item.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(Self.trimmed)
      guard sides.count == 2 else { throw malformed("has no '='") }
      guard Self.isIdentifier(sides[0]) else { throw malformed("has no name before its '='") }
      let value = Self.value(sides[1])
      if sides[0] == "seed" {
        guard let number = value.integer, UInt32(exactly: number) != nil else {
          throw malformed("must be an integer from 0 to \(UInt32.max)")
        }
        seed = number
      } else if !members.append(sides[0], value) {
        throw malformed("is given twice")
      }
    }
    configuration = try LoRAConfiguration(arguments: ModelConfiguration(flag: Self.flag, members: members))
    self.seed = UInt32(seed)
  }

  private static func trimmed(_ text: Substring) -> String { text.trimmingCharacters(in: .whitespaces) }

  private static func isIdentifier(_ text: String) -> Bool {
    guard let first = text.utf8.first, !(UInt8(ascii: "0")...UInt8(ascii: "9")).contains(first) else { return false }
    return text.unicodeScalars.allSatisfy {
      $0 == "_" || $0.isASCII && $0.properties.isAlphabetic || ("0"..."9").contains($0)
    }
  }

  /// A list where there is a `|`, else an integer, a number, a boolean or a string, whichever comes first.
  private static func value(_ text: String) -> JSONValue {
    if text.contains("|") {
      return .array(text.split(separator: "|", omittingEmptySubsequences: false).map { value(String($0)) })
    }
    if let integer = Int(text) { return .integer(integer) }
    if let number = Double(text), number.isFinite { return .number(number) }
    switch text.lowercased() {
    case "true": return .bool(true)
    case "false": return .bool(false)
    default: return .string(text)
    }
  }
}
