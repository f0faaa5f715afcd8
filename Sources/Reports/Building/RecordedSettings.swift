/// Single settings from the configuration that a run recorded.

/// Reads `key: value` lines of the block-style YAML that this program writes. It is no YAML parser and need not be: what
/// it cannot be sure of, it leaves out, and the report shows the whole configuration beside.
struct RecordedSettings {
  private let lines: [(key: Substring, value: Substring)]

  init(configYAML: String) {
    lines = configYAML.split(whereSeparator: \.isNewline).compactMap { line in
      let text = line.drop { $0 == " " || $0 == "-" }
      guard let colon = text.firstRange(of: ": ") else { return nil }
      return (text[..<colon.lowerBound], text[colon.upperBound...])
    }
  }

  /// The value of a key; none if it is not there, is null or empty, or differs between the steps of the run.
  subscript(key: String) -> String? {
    let values = Set(lines.filter { $0.key == key }.map(\.value))
    guard values.count == 1, let value = values.first else { return nil }
    let plain = Self.unquoted(value)
    return ["", "null", "~"].contains(plain) ? nil : plain
  }

  private static func unquoted(_ value: Substring) -> String {
    for quote: Character in ["'", "\""]
    where value.count >= 2 && value.first == quote && value.last == quote {
      return String(value.dropFirst().dropLast())
    }
    return String(value)
  }
}
