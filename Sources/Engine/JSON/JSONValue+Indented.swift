/// JSON text for the files that the Python tool reads too and prints the same way.
import Foundation

extension JSONValue {
  /// As Python's `json.dumps(value, indent=2)` prints it: ASCII only, one member or element per line.
  package var indentedText: String {
    var output = ""
    write(to: &output, indent: 0)
    return output
  }

  private func write(to output: inout String, indent: Int) {
    switch self {
    case .null: output += "null"
    case .bool(let value): output += value ? "true" : "false"
    case .integer(let value): output += String(value)
    case .number(let value): output += Self.pythonNumber(value)
    case .string(let text): Self.writeString(text, to: &output)
    case .array(let elements):
      Self.writeList(elements, "[", "]", to: &output, indent: indent) { $0.write(to: &$1, indent: indent + 2) }
    case .object(let members):
      Self.writeList(members, "{", "}", to: &output, indent: indent) { member, output in
        Self.writeString(member.key, to: &output)
        output += ": "
        member.value.write(to: &output, indent: indent + 2)
      }
    }
  }

  private static func writeList<Element>(
    _ elements: some Collection<Element>, _ open: String, _ close: String, to output: inout String, indent: Int,
    _ write: (Element, inout String) -> Void
  ) {
    output += open
    for (i, element) in elements.enumerated() {
      output += (i == 0 ? "\n" : ",\n") + String(repeating: " ", count: indent + 2)
      write(element, &output)
    }
    if !elements.isEmpty { output += "\n" + String(repeating: " ", count: indent) }
    output += close
  }

  private static func writeString(_ text: String, to output: inout String) {
    output += "\""
    for unit in text.utf16 {
      switch unit {
      case 0x22: output += "\\\""
      case 0x5C: output += "\\\\"
      case 0x08: output += "\\b"
      case 0x0C: output += "\\f"
      case 0x0A: output += "\\n"
      case 0x0D: output += "\\r"
      case 0x09: output += "\\t"
      case 0x20...0x7E: output.unicodeScalars.append(Unicode.Scalar(UInt8(unit)))
      default: output += String(format: "\\u%04x", unit)
      }
    }
    output += "\""
  }

  /// Both languages print the shortest digits that are read back as the same double, but Python goes over to an
  /// exponent at 1e16 and Swift at 2^53. All doubles in between are even integers, so their digits are exact.
  private static func pythonNumber(_ value: Double) -> String {
    precondition(value.isFinite, "JSON has no token for \(value)")
    return (0x1p53..<1e16).contains(value.magnitude) ? "\(Int(value)).0" : String(describing: value)
  }
}
