/// The schema of a Parquet file as columns of values and as the shape that rows take.

/// A column of values: a leaf of the schema.
struct ParquetColumn {
  /// The names from the root, with dots between.
  let path: String
  let physical: PhysicalType
  let type: ParquetValueType
  /// Bytes of a value where all have as many; nil for BOOLEAN and BYTE_ARRAY.
  let width: Int?
  /// How many fields on the path may be absent: an entry with this definition level has a value.
  let maxDefinition: Int
  /// How many fields on the path are repeated.
  let maxRepetition: Int
}

/// How entries of columns become a value. `leaves` are the columns below.
enum ParquetShape {
  /// Null where an entry's definition level is below the column's.
  case leaf(Int)
  case structure([ParquetField])
  /// A structure or list that is null below `definition`.
  indirect case optional(ParquetShape, definition: Int, leaves: Range<Int>)
  /// Empty below `definition`; elements after the first have the level `repetition`.
  indirect case list(ParquetShape, repetition: Int, definition: Int, leaves: Range<Int>)
}

extension ParquetShape {
  /// The same shape of columns that stand `distance` places further to the front.
  func moved(forward distance: Int) -> ParquetShape {
    func moved(_ leaves: Range<Int>) -> Range<Int> {
      leaves.lowerBound - distance..<leaves.upperBound - distance
    }
    return switch self {
    case .leaf(let index): .leaf(index - distance)
    case .structure(let fields): .structure(fields.map { $0.moved(forward: distance) })
    case .optional(let shape, let definition, let leaves):
      .optional(shape.moved(forward: distance), definition: definition, leaves: moved(leaves))
    case .list(let shape, let repetition, let definition, let leaves):
      .list(
        shape.moved(forward: distance), repetition: repetition, definition: definition, leaves: moved(leaves))
    }
  }
}

struct ParquetField {
  let name: String
  let shape: ParquetShape
  /// The columns below.
  let leaves: Range<Int>

  func moved(forward distance: Int) -> ParquetField {
    ParquetField(
      name: name, shape: shape.moved(forward: distance),
      leaves: leaves.lowerBound - distance..<leaves.upperBound - distance)
  }
}

struct ParquetSchema {
  private(set) var columns: [ParquetColumn] = []
  /// For each column its place among those of the file.
  private(set) var chunks: [Int] = []
  /// The columns of rows.
  private(set) var fields: [ParquetField] = []

  /// `elements` in the footer's order, the root first.
  init(_ elements: [ParquetMetadata.SchemaElement]) throws {
    var builder = SchemaBuilder(elements: elements)
    fields = try builder.root()
    columns = builder.columns
    chunks = Array(columns.indices)
  }

  /// Keeps the fields that are wanted, and of the columns those below them.
  mutating func keep(_ wanted: [Bool]) {
    var kept: [ParquetField] = []
    var chunks: [Int] = []
    for field in zip(fields, wanted).lazy.filter(\.1).map(\.0) {
      kept.append(field.moved(forward: field.leaves.lowerBound - chunks.count))
      chunks.append(contentsOf: field.leaves)
    }
    fields = kept
    columns = chunks.map { columns[$0] }
    self.chunks = chunks
  }
}

/// Walks the footer's list, which holds a tree in the order of a walk.
private struct SchemaBuilder {
  let elements: [ParquetMetadata.SchemaElement]
  var columns: [ParquetColumn] = []
  private var position = 0

  init(elements: [ParquetMetadata.SchemaElement]) {
    self.elements = elements
  }

  /// The fields above an element.
  private struct Parents {
    var path: [String] = []
    var definition = 0
    var repetition = 0

    /// The parents of what is inside of `element`.
    func adding(_ element: ParquetMetadata.SchemaElement) throws -> Parents {
      guard path.count < ThriftReader.depthLimit else {
        throw ParquetError.Problem.tooDeep(limit: ThriftReader.depthLimit)
      }
      var inner = self
      inner.path.append(element.name)
      if element.repetition != .required { inner.definition += 1 }
      if element.repetition == .repeated { inner.repetition += 1 }
      return inner
    }
  }

  private mutating func next() throws -> ParquetMetadata.SchemaElement {
    guard position < elements.count else { throw ParquetError.Problem.schemaEnds }
    defer { position += 1 }
    return elements[position]
  }

  mutating func root() throws -> [ParquetField] {
    let root = try next()
    let fields = try fields(of: root, Parents())
    guard position == elements.count else { throw ParquetError.Problem.schemaGoesOn }
    return fields
  }

  private mutating func fields(of group: ParquetMetadata.SchemaElement, _ parents: Parents) throws -> [ParquetField] {
    guard group.childCount > 0 else { throw ParquetError.Problem.groupWithoutFields(group.name) }
    var fields: [ParquetField] = []
    var names: Set<[UInt8]> = []
    for _ in 0..<group.childCount {
      let field = try field(parents)
      guard names.insert(Array(field.name.utf8)).inserted else {
        throw ParquetError.Problem.duplicateField(field.name)
      }
      fields.append(field)
    }
    return fields
  }

  private mutating func field(_ outer: Parents) throws -> ParquetField {
    let element = try next()
    let parents = try outer.adding(element)
    let first = columns.count
    let content = try content(of: element, parents)
    let leaves = first..<columns.count
    let shape: ParquetShape =
      switch element.repetition {
      case .required: content
      case .optional:
        element.physical == nil ? .optional(content, definition: parents.definition, leaves: leaves) : content
      // Outside of a list, a repeated field is a list of its own.
      case .repeated:
        .list(content, repetition: parents.repetition, definition: parents.definition, leaves: leaves)
      }
    return ParquetField(name: element.name, shape: shape, leaves: leaves)
  }

  /// What a field holds where it is present.
  private mutating func content(of element: ParquetMetadata.SchemaElement, _ parents: Parents) throws -> ParquetShape {
    if let physical = element.physical {
      columns.append(try column(element, physical, parents))
      return .leaf(columns.count - 1)
    }
    switch element.annotation {
    case .list, .map: return try list(in: element, parents)
    default: return .structure(try fields(of: element, parents))
    }
  }

  /// The list in a group that is marked as one: a repeated field, which holds the element or, in files of the oldest
  /// writers, is the element. A map is a list of its entries.
  /// https://github.com/apache/parquet-format/blob/master/LogicalTypes.md#lists
  private mutating func list(in group: ParquetMetadata.SchemaElement, _ outer: Parents) throws -> ParquetShape {
    guard group.childCount == 1 else { throw ParquetError.Problem.malformedList(group.name) }
    let repeated = try next()
    guard repeated.repetition == .repeated else { throw ParquetError.Problem.malformedList(group.name) }
    let parents = try outer.adding(repeated)
    let first = columns.count
    let element: ParquetShape
    if group.annotation == .map, repeated.physical == nil {
      // Old writers mark the entries as a map, too.
      element = .structure(try fields(of: repeated, parents))
    } else if repeated.physical == nil, !isElement(repeated, ofListNamed: group.name) {
      element = try field(parents).shape
    } else {
      element = try content(of: repeated, parents)
    }
    return .list(
      element, repetition: parents.repetition, definition: parents.definition, leaves: first..<columns.count)
  }

  /// Whether the repeated group in a list is the element, and not a wrapper around it.
  private func isElement(_ repeated: ParquetMetadata.SchemaElement, ofListNamed list: String) -> Bool {
    guard repeated.childCount == 1, position < elements.count else { return true }
    return repeated.name == "array" || repeated.name == list + "_tuple" || elements[position].repetition == .repeated
  }

  private func column(
    _ element: ParquetMetadata.SchemaElement, _ physical: PhysicalType, _ parents: Parents
  ) throws -> ParquetColumn {
    if physical == .fixedLengthByteArray, element.typeLength < 1 {
      throw ParquetError.Problem.typeLength(element.typeLength)
    }
    let width: Int? =
      switch physical {
      case .boolean, .byteArray: nil
      case .int32, .float: 4
      case .int64, .double: 8
      case .int96: 12
      case .fixedLengthByteArray: element.typeLength
      }
    return ParquetColumn(
      path: parents.path.joined(separator: "."), physical: physical,
      type: try ParquetValueType(physical, element.annotation, width: width), width: width,
      maxDefinition: parents.definition, maxRepetition: parents.repetition)
  }
}
