/// Python's `str.format`: fields in braces, with the format specifications of numbers and strings.
struct BraceFormat {
  private let interpreter: JinjaInterpreter
  private let arguments: JinjaArguments

  init(_ interpreter: JinjaInterpreter, _ arguments: JinjaArguments) {
    self.interpreter = interpreter
    self.arguments = arguments
  }

  /// How fields without a name are counted: by the text or by the template's author, not both.
  private enum Numbering: Equatable {
    case unknown
    case automatic(next: Int)
    case manual
  }

  func text(of format: String) throws -> String {
    var numbering = Numbering.unknown
    return try expanded(format, depth: 2, &numbering)
  }

  private func expanded(_ format: String, depth: Int, _ numbering: inout Numbering) throws -> String {
    guard depth > 0 else { throw JinjaError.value("Max string recursion exceeded") }
    let scalars = Array(format.unicodeScalars)
    var result = ""
    var index = 0
    while index < scalars.count {
      let scalar = scalars[index]
      index += 1
      guard scalar == "{" || scalar == "}" else {
        result.unicodeScalars.append(scalar)
        continue
      }
      if index < scalars.count, scalars[index] == scalar {
        result.unicodeScalars.append(scalar)
        index += 1
        continue
      }
      guard scalar == "{" else { throw JinjaError.value("Single '}' encountered in format string") }
      guard index < scalars.count else { throw JinjaError.value("Single '{' encountered in format string") }
      let start = index
      var open = 1
      while index < scalars.count, open > 0 {
        if scalars[index] == "{" { open += 1 }
        if scalars[index] == "}" { open -= 1 }
        index += 1
      }
      guard open == 0 else { throw JinjaError.value("expected '}' before end of string") }
      result += try field(scalars[start..<index - 1], depth: depth, &numbering)
      try interpreter.check(length: result.utf8.count)
      try interpreter.charge(1)
    }
    return result
  }

  private func field(
    _ text: ArraySlice<Unicode.Scalar>, depth: Int, _ numbering: inout Numbering
  ) throws -> String {
    let end = text.firstIndex { $0 == "!" || $0 == ":" } ?? text.endIndex
    var value = try self.value(of: text[..<end], &numbering)
    var rest = text[end...]
    if rest.first == "!" {
      guard rest.count > 1 else { throw JinjaError.value("unmatched '{' in format spec") }
      let conversion = rest[rest.startIndex + 1]
      rest = rest.dropFirst(2)
      switch conversion {
      case "s": value = .string(try interpreter.string(of: value))
      case "r", "a": value = .string(try interpreter.representation(of: value))
      default: throw JinjaError.value("Unknown conversion specifier \(conversion)")
      }
      guard rest.isEmpty || rest.first == ":" else { throw JinjaError.value("expected ':' after conversion specifier") }
    }
    let specification = try expanded(String(rest.dropFirst()), depth: depth - 1, &numbering)
    return try FormatSpecification(specification).text(of: value, interpreter)
  }

  /// `name.attribute[key]`.
  private func value(of text: ArraySlice<Unicode.Scalar>, _ numbering: inout Numbering) throws -> JinjaValue {
    let end = text.firstIndex { $0 == "." || $0 == "[" } ?? text.endIndex
    var value = try argument(String(text[..<end]), &numbering)
    var rest = text[end...]
    while let first = rest.first {
      if first == "." {
        let name = rest.dropFirst().prefix { $0 != "." && $0 != "[" }
        guard !name.isEmpty else { throw JinjaError.value("Empty attribute in format string") }
        value = try interpreter.attribute(String(name), of: value)
        rest = rest.dropFirst(1 + name.count)
      } else if first == "[" {
        let key = rest.dropFirst().prefix { $0 != "]" }
        guard rest.count > key.count + 1 else { throw JinjaError.value("Missing ']' in format string") }
        guard !key.isEmpty else { throw JinjaError.value("Empty attribute in format string") }
        value = try interpreter.item(Int(String(key)).map { .integer($0) } ?? .string(String(key)), of: value)
        rest = rest.dropFirst(2 + key.count)
      } else {
        throw JinjaError.value("Only '.' or '[' may follow ']' in format field specifier")
      }
    }
    // Outside of the sandbox Python looks these up itself, and does not know of undefined values.
    if interpreter.options.dialect == .standard, end < text.endIndex, case .undefined(let missing) = value {
      throw missing.error
    }
    return value
  }

  private func argument(_ name: String, _ numbering: inout Numbering) throws -> JinjaValue {
    var place = Int(name)
    if name.isEmpty {
      guard numbering != .manual else {
        throw JinjaError.value("cannot switch from manual field specification to automatic field numbering")
      }
      if case .automatic(let next) = numbering { place = next } else { place = 0 }
      numbering = .automatic(next: (place ?? 0) + 1)
    } else if place != nil {
      if case .automatic = numbering {
        throw JinjaError.value("cannot switch from manual field specification to automatic field numbering")
      }
      numbering = .manual
    }
    if let place {
      guard arguments.positional.indices.contains(place) else {
        throw JinjaError.value("Replacement index \(place) out of range for positional args tuple")
      }
      return arguments.positional[place]
    }
    guard let value = arguments.keywords.first(where: { $0.name.hasSameBytes(as: name) })?.value else {
      throw JinjaError.value(PythonText.representation(of: name))
    }
    return value
  }
}
