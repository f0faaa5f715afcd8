import Testing

@testable import Engine

@Suite struct ParquetSchemaTests {
  typealias Element = ParquetMetadata.SchemaElement

  static func group(
    _ name: String, _ repetition: Element.Repetition, _ children: Int, _ annotation: ParquetAnnotation? = nil
  ) -> Element {
    Element(name: name, repetition: repetition, childCount: children, annotation: annotation)
  }

  static func leaf(
    _ name: String, _ repetition: Element.Repetition, _ physical: PhysicalType = .int32,
    _ annotation: ParquetAnnotation? = nil, length: Int = 0
  ) -> Element {
    Element(name: name, physical: physical, typeLength: length, repetition: repetition, annotation: annotation)
  }

  /// A shape in words: `?` may be null, `[x]` is a list, `{name: x}` a structure, `name/d/r` a column with its levels.
  private func words(_ elements: [Element]) throws -> String {
    let schema = try ParquetSchema([Self.group("root", .required, 1)] + elements)
    func words(_ shape: ParquetShape) -> String {
      switch shape {
      case .leaf(let index):
        let column = schema.columns[index]
        return "\(column.path.split(separator: ".").last ?? "")/\(column.maxDefinition)/\(column.maxRepetition)"
      case .structure(let fields):
        return "{" + fields.map { "\($0.name): \(words($0.shape))" }.joined(separator: ", ") + "}"
      case .optional(let inner, let definition, _): return "\(words(inner))?\(definition)"
      case .list(let element, let repetition, let definition, _):
        return "[\(words(element))]\(definition)/\(repetition)"
      }
    }
    return words(schema.fields[0].shape)
  }

  @Test func listsOfThreeLevelsHaveTheInnermostElement() throws {
    let list = [
      Self.group("my_list", .optional, 1, .list), Self.group("list", .repeated, 1), Self.leaf("element", .optional),
    ]
    #expect(try words(list) == "[element/3/1]2/1?1")
  }

  /// The examples of "Backward-compatibility rules" in LogicalTypes.md.
  @Test func listsOfOldWritersHaveTheElementThatTheSpecificationSays() throws {
    let required = Element.Repetition.required
    let outer = Self.group("my_list", .optional, 1, .list)
    #expect(try words([outer, Self.leaf("element", .repeated)]) == "[element/2/1]2/1?1")
    let pair = [Self.leaf("str", required), Self.leaf("num", required)]
    #expect(try words([outer, Self.group("element", .repeated, 2)] + pair) == "[{str: str/2/1, num: num/2/1}]2/1?1")
    let one = [Self.leaf("str", required)]
    #expect(try words([outer, Self.group("array", .repeated, 1)] + one) == "[{str: str/2/1}]2/1?1")
    #expect(try words([outer, Self.group("my_list_tuple", .repeated, 1)] + one) == "[{str: str/2/1}]2/1?1")
    #expect(try words([outer, Self.group("other", .repeated, 1)] + one) == "[str/2/1]2/1?1")
    let nested = [Self.group("array", .repeated, 1, .list), Self.leaf("array", .repeated)]
    #expect(try words([outer] + nested) == "[[array/3/2]3/2]2/1?1")
    let repeated = [Self.group("list", .repeated, 1), Self.leaf("x", .repeated)]
    #expect(try words([outer] + repeated) == "[{x: [x/3/2]3/2}]2/1?1")
  }

  @Test func aRepeatedFieldOutsideOfAListIsAList() throws {
    #expect(try words([Self.leaf("x", .repeated)]) == "[x/1/1]1/1")
    #expect(try words([Self.group("g", .repeated, 1), Self.leaf("x", .optional)]) == "[{x: x/2/1}]1/1")
  }

  @Test func mapsAreListsOfEntries() throws {
    for annotation in [nil, ParquetAnnotation.map] {
      let map = [
        Self.group("m", .required, 1, .map), Self.group("entries", .repeated, 2, annotation),
        Self.leaf("key", .required), Self.leaf("value", .optional),
      ]
      #expect(try words(map) == "[{key: key/1/1, value: value/2/1}]1/1")
    }
  }

  static let malformed: [(elements: [Element], problem: ParquetError.Problem)] = [
    ([], .schemaEnds),
    ([group("root", .required, 1)], .schemaEnds),
    ([group("root", .required, 0)], .groupWithoutFields("root")),
    ([group("root", .required, 2), leaf("a", .required)], .schemaEnds),
    ([group("root", .required, 1), leaf("a", .required), leaf("b", .required)], .schemaGoesOn),
    ([group("root", .required, 2), leaf("a", .required), leaf("a", .required)], .duplicateField("a")),
    ([group("root", .required, 1), group("g", .required, 0)], .groupWithoutFields("g")),
    ([group("root", .required, .max), leaf("a", .required)], .schemaEnds),
    ([group("root", .required, 1), group("l", .required, 1, .list), leaf("x", .optional)], .malformedList("l")),
    ([group("root", .required, 1), group("l", .required, 2, .list)], .malformedList("l")),
    ([group("root", .required, 1), group("l", .required, 1, .map)], .schemaEnds),
    ([group("root", .required, 1), leaf("f", .required, .fixedLengthByteArray)], .typeLength(0)),
    (
      [group("root", .required, 1), leaf("f", .required, .fixedLengthByteArray, nil, length: -4)],
      .typeLength(-4)
    ),
    (
      [group("root", .required, 1), leaf("d", .required, .int32, .decimal(scale: 3, precision: 2))],
      .decimalScale(scale: 3, precision: 2)
    ),
    (
      [group("root", .required, 1), leaf("t", .required, .int32, .text)],
      .typeMismatch(annotation: "text", physical: .int32)
    ),
    (
      [group("root", .required, 1), leaf("u", .required, .fixedLengthByteArray, .uuid, length: 15)],
      .typeMismatch(annotation: "uuid", physical: .fixedLengthByteArray)
    ),
    (Array(repeating: group("g", .optional, 1), count: 10_000), .tooDeep(limit: 64)),
  ]

  @Test(arguments: malformed)
  func malformedSchemasAreRefused(_ elements: [Element], _ problem: ParquetError.Problem) {
    #expect(throws: problem) { try ParquetSchema(elements) }
  }
}
