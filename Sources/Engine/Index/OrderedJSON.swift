/// JSON (RFC 8259) that keeps the order of object members, as Python's `json` does: in `info.json` the order of
/// `grad_sizes` is the order of the columns, and Foundation's parser loses it.
package import Foundation

package enum OrderedJSON: Equatable {
  case null
  case bool(Bool)
  /// As written, so that integers keep all their digits.
  case number(String)
  case string(String)
  case array([OrderedJSON])
  case object([Member])

  package struct Member: Equatable {
    package let key: String
    package let value: OrderedJSON
  }

  package static func integer(_ value: Int) -> OrderedJSON { .number(String(value)) }

  package static func members(_ members: KeyValuePairs<String, OrderedJSON>) -> OrderedJSON {
    .object(members.map { Member(key: $0.key, value: $0.value) })
  }

  /// The member of an object, nil where there is none or this is no object.
  package subscript(key: String) -> OrderedJSON? {
    guard case .object(let members) = self else { return nil }
    return members.first { $0.key == key }?.value
  }

  package var integer: Int? {
    if case .number(let text) = self { Int(text) } else { nil }
  }

  package var string: String? {
    if case .string(let text) = self { text } else { nil }
  }

  package var bool: Bool? {
    if case .bool(let value) = self { value } else { nil }
  }

  package var array: [OrderedJSON]? {
    if case .array(let elements) = self { elements } else { nil }
  }

  package var object: [Member]? {
    if case .object(let members) = self { members } else { nil }
  }

  /// Reads a file that holds one JSON value.
  ///
  /// - Throws: `IndexFileError.malformed` with the byte offset of the fault; `FileError`.
  package init(contentsOf url: URL) throws {
    let file = try MemoryMap(url)
    var parser = OrderedJSONParser(path: url.path, bytes: Array(file.bytes))
    self = try parser.document()
  }

  /// As Python's `json.dumps(value, indent=2)` prints it: ASCII only, one member or element per line.
  package var text: String {
    var output = ""
    write(to: &output, indent: 0)
    return output
  }

  private func write(to output: inout String, indent: Int) {
    switch self {
    case .null: output += "null"
    case .bool(let value): output += value ? "true" : "false"
    case .number(let text): output += text
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
    _ elements: [Element], _ open: String, _ close: String, to output: inout String, indent: Int,
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
      case 0x0A: output += "\\n"
      case 0x0D: output += "\\r"
      case 0x09: output += "\\t"
      case 0x20...0x7E: output.unicodeScalars.append(Unicode.Scalar(UInt8(unit)))
      default: output += String(format: "\\u%04x", unit)
      }
    }
    output += "\""
  }
}
