/// Types of stored columns, in Arrow's schema (format/Schema.fbs) and in Hugging Face `datasets`.
package indirect enum ArrowType: Equatable, Sendable {
  package struct Field: Equatable, Sendable {
    package let name: String
    package let type: ArrowType

    package init(_ name: String, _ type: ArrowType) {
      self.name = name
      self.type = type
    }
  }

  /// Nothing but missing values.
  case null
  case bool
  case int64
  case float32
  case float64
  case utf8
  /// Values that no other type holds together, as their JSON text.
  case json
  case list(ArrowType)
  case structure([Field])

  /// What `datasets` calls the type.
  var feature: JSONValue {
    func value(_ type: String) -> JSONValue { .object(["dtype": .string(type), "_type": .string("Value")]) }
    switch self {
    case .null: return value("null")
    case .bool: return value("bool")
    case .int64: return value("int64")
    case .float32: return value("float32")
    case .float64: return value("float64")
    case .utf8, .json: return value("string")
    // Releases of `datasets` before 4.0 know no `List`, and take a `Sequence` of structures for a structure of lists;
    // all of them read a list of one feature.
    case .list(let element): return .array([element.feature])
    case .structure(let fields):
      return .object(JSONObject(fields.map { (key: $0.name, value: $0.type.feature) }))
    }
  }
}

/// Finds the type that holds all values of a column.
struct ArrowTypeInference {
  /// Objects with more different keys are tables of something, not structures; beyond this depth readers give up.
  private static let fieldLimit = 1000
  private static let depthLimit = 16

  private(set) var type = ArrowType.null

  mutating func add(_ value: JSONValue) { type = Self.joined(type, Self.type(of: value, depth: 0)) }

  private static func type(of value: JSONValue, depth: Int) -> ArrowType {
    guard depth < depthLimit else { return .json }
    switch value {
    case .null: return .null
    case .bool: return .bool
    case .integer: return .int64
    case .number: return .float64
    case .string: return .utf8
    case .array(let values):
      return .list(values.reduce(.null) { joined($0, type(of: $1, depth: depth + 1)) })
    case .object(let members):
      return structure(members.map { ArrowType.Field($0.key, type(of: $0.value, depth: depth + 1)) })
    }
  }

  private static func structure(_ fields: [ArrowType.Field]) -> ArrowType {
    fields.count <= fieldLimit ? .structure(fields) : .json
  }

  /// The type that holds the values of both.
  private static func joined(_ left: ArrowType, _ right: ArrowType) -> ArrowType {
    switch (left, right) {
    case (.null, let other), (let other, .null): return other
    case (.int64, .float64), (.float64, .int64): return .float64
    case (.list(let left), .list(let right)): return .list(joined(left, right))
    case (.structure(let left), .structure(let right)): return joined(left, right)
    default: return left == right ? left : .json
    }
  }

  /// Fields that only one side has are missing on the other.
  private static func joined(_ left: [ArrowType.Field], _ right: [ArrowType.Field]) -> ArrowType {
    if left.count == right.count, zip(left, right).allSatisfy({ $0.name.hasSameBytes(as: $1.name) }) {
      return .structure(zip(left, right).map { ArrowType.Field($0.name, joined($0.type, $1.type)) })
    }
    var fields = left
    for field in right {
      if let place = fields.firstIndex(where: { $0.name.hasSameBytes(as: field.name) }) {
        fields[place] = ArrowType.Field(field.name, joined(fields[place].type, field.type))
      } else {
        fields.append(field)
      }
    }
    return structure(fields)
  }
}
