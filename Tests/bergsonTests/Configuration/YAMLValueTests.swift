import Testing

@testable import bergson

@Suite struct YAMLValueTests {
  @Test(
    arguments: [
      ("a", .string("a")), ("'1'", .string("1")), ("\"no\"", .string("no")), ("|-\n  x", .string("x")),
      ("no", .bool(false)), ("On", .bool(true)), ("y", .string("y")),
      ("1", .int(1)), ("010", .int(8)), ("0x1F", .int(31)), ("1_000", .int(1000)), ("-3", .int(-3)), ("1:30", .int(90)),
      ("1.5", .double(1.5)), ("1e-3", .double(0.001)), ("1.0e+3", .double(1000)), (".inf", .double(.infinity)),
      ("~", .null), ("null", .null), ("", .null), ("[]", .list([])),
      ("2024-01-01", .other(text: "2024-01-01", tag: "timestamp")),
      ("!thing x", .other(text: "x", tag: "!thing")),
      ("&a 1", .int(1)),
    ] as [(String, YAMLValue.Kind)])
  func scalarsAreTypedAsYAML11Says(_ text: String, _ kind: YAMLValue.Kind) throws {
    let root = try YAMLValue(parsing: "key: \(text)\n", file: "f")
    #expect(root["key"]?.kind == kind)
  }

  @Test func linesCountFromOne() throws {
    let root = try YAMLValue(parsing: "\na: 1\nb:\n  c: 2\n", file: "f")
    #expect(root.entries.map(\.line) == [2, 3])
    #expect(root["b"]?.entries.map(\.line) == [4])
  }

  @Test(arguments: [0.1, 1, 1e-5, 1e22, .leastNonzeroMagnitude, 1.7976931348623157e308, -0.0, 0.1 + 0.2])
  func numbersAreWrittenSoThatBothToolsReadThemAsFloats(_ value: Double) throws {
    let text = try YAMLValue.mapping([("x", YAMLValue(.double(value)))]).text()
    // The Python library's rule for floats wants a point in the mantissa.
    #expect(text.contains("."))
    #expect(try YAMLValue(parsing: text, file: "f")["x"]?.kind == .double(value))
  }
}
