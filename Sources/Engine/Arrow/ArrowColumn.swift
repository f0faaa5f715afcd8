/// Columns of a stored data set, and their types in Arrow's schema (format/Schema.fbs) and in Hugging Face `datasets`.

package struct ArrowColumn: Equatable, Sendable {
  package enum Values: Equatable, Sendable {
    case int64([Int64])
    case float32([Float])
    case float64([Double])
    case utf8([String])
    case int64Lists([[Int64]])

    /// Parts of this type one after another.
    func joined(_ parts: [Values]) -> Values {
      switch self {
      case .int64: .int64(parts.flatMap { if case .int64(let part) = $0 { part } else { [Int64]() } })
      case .float32: .float32(parts.flatMap { if case .float32(let part) = $0 { part } else { [Float]() } })
      case .float64: .float64(parts.flatMap { if case .float64(let part) = $0 { part } else { [Double]() } })
      case .utf8: .utf8(parts.flatMap { if case .utf8(let part) = $0 { part } else { [String]() } })
      case .int64Lists: .int64Lists(parts.flatMap { if case .int64Lists(let part) = $0 { part } else { [[Int64]]() } })
      }
    }
  }

  package let name: String
  package var values: Values

  package init(_ name: String, _ values: Values) {
    self.name = name
    self.values = values
  }

  package var count: Int {
    switch values {
    case .int64(let values): values.count
    case .float32(let values): values.count
    case .float64(let values): values.count
    case .utf8(let values): values.count
    case .int64Lists(let values): values.count
    }
  }

  /// What `datasets` calls the type.
  var feature: JSONValue {
    func value(_ type: String) -> JSONValue { .object(["dtype": .string(type), "_type": .string("Value")]) }
    switch values {
    case .int64: return value("int64")
    case .float32: return value("float32")
    case .float64: return value("float64")
    case .utf8: return value("string")
    // `Sequence` is read by every release of `datasets`, its newer name `List` only from 4.0.
    case .int64Lists: return .object(["feature": value("int64"), "_type": .string("Sequence")])
    }
  }
}
