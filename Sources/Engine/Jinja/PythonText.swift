/// How Python writes values: `str()` and `repr()`.
import Foundation

enum PythonText {
  /// `repr()` of a string: in single quotes, unless it has those and no double ones.
  static func representation(of text: String) -> String {
    let quote: Unicode.Scalar = text.unicodeScalars.contains("'") && !text.unicodeScalars.contains("\"") ? "\"" : "'"
    var result = String.UnicodeScalarView()
    result.append(quote)
    for scalar in text.unicodeScalars {
      switch scalar {
      case quote, "\\":
        result.append("\\")
        result.append(scalar)
      case "\n": result.append(contentsOf: "\\n".unicodeScalars)
      case "\r": result.append(contentsOf: "\\r".unicodeScalars)
      case "\t": result.append(contentsOf: "\\t".unicodeScalars)
      case _ where scalar.isPythonPrintable: result.append(scalar)
      default: result.append(contentsOf: escape(scalar).unicodeScalars)
      }
    }
    result.append(quote)
    return String(result)
  }

  private static func escape(_ scalar: Unicode.Scalar) -> String {
    let (letter, count) = scalar.value < 0x100 ? ("x", 2) : scalar.value < 0x10000 ? ("u", 4) : ("U", 8)
    return "\\\(letter)" + hexadecimal(scalar.value, digits: count)
  }

  static func hexadecimal(_ value: UInt32, digits: Int) -> String {
    let text = String(value, radix: 16)
    return String(repeating: "0", count: max(0, digits - text.utf8.count)) + text
  }

  /// `repr()` of a float: the shortest digits that are read back as the same number, with an exponent from 1e16 on.
  static func representation(of value: Double) -> String {
    if value.isNaN { return "nan" }
    if value.isInfinite { return value < 0 ? "-inf" : "inf" }
    // Swift goes over to an exponent at 2^53; all doubles from there to 1e16 are even integers.
    if (0x1p53..<1e16).contains(value.magnitude) { return "\(Int(value)).0" }
    let text = String(describing: value)
    return text.contains("e") && text.contains(".0e") ? text.replacing(".0e", with: "e") : text
  }
}

/// Values as text, bounded by what a template may write.
struct PythonTextWriter {
  private(set) var text = ""
  private let interpreter: JinjaInterpreter

  init(_ interpreter: JinjaInterpreter) {
    self.interpreter = interpreter
  }

  private mutating func append(_ more: String) throws {
    try interpreter.charge(1 + more.utf8.count >> 6)
    text += more
    try interpreter.check(length: text.utf8.count)
  }

  mutating func write(_ value: JinjaValue) throws {
    switch value {
    case .undefined: try append("Undefined")
    case .null: try append("None")
    case .bool(let value): try append(value ? "True" : "False")
    case .integer(let value): try append(String(value))
    case .number(let value): try append(PythonText.representation(of: value))
    case .string(let text): try append(PythonText.representation(of: text))
    case .markup(let text): try append("Markup(\(PythonText.representation(of: text)))")
    case .list(let list): try write(list.elements, "[", "]")
    case .tuple(let list): try write(list.elements, "(", list.elements.count == 1 ? ",)" : ")")
    case .dictionary(let dictionary): try write(dictionary)
    case .view(let list, let type): try write(list.elements, "\(type)([", "])")
    case .range(let range): try append(range.representation)
    case .iterator: try append("<generator object>")
    case .object(let object): try append(object.representation)
    }
  }

  private mutating func write(_ elements: [JinjaValue], _ open: String, _ close: String) throws {
    try append(open)
    for (index, element) in elements.enumerated() {
      if index > 0 { try append(", ") }
      try write(element)
    }
    try append(close)
  }

  private mutating func write(_ dictionary: JinjaDictionary) throws {
    try append("{")
    for (index, (key, value)) in dictionary.members.enumerated() {
      if index > 0 { try append(", ") }
      try write(key)
      try append(": ")
      try write(value)
    }
    try append("}")
  }
}

extension JinjaRange {
  fileprivate var representation: String {
    step == 1 ? "range(\(start), \(stop))" : "range(\(start), \(stop), \(step))"
  }
}

extension JinjaInterpreter {
  /// `repr()` of a value.
  func representation(of value: JinjaValue) throws -> String {
    var writer = PythonTextWriter(self)
    try writer.write(value)
    return writer.text
  }

  /// `str()` of a value, which is what a template prints.
  func string(of value: JinjaValue) throws -> String {
    switch value {
    case .undefined: ""
    case .string(let text), .markup(let text): text
    case .integer(let value): String(value)
    default: try representation(of: value)
    }
  }
}
