/// A column of a stored data set, or as much of it as is in memory.
package struct ArrowColumn: Equatable, Sendable {
  package enum Values: Equatable, Sendable {
    case int64([Int64])
    case float32([Float])
    case float64([Double])
    case utf8([String])
    case int64Lists([[Int64]])
    /// Values of any type, nulls among them; `ArrowTypeInference` tells which type holds them.
    case json(ArrowType, [JSONValue])

    /// Parts of this type one after another.
    func joined(_ parts: [Values]) -> Values {
      switch self {
      case .int64: .int64(parts.flatMap { if case .int64(let part) = $0 { part } else { [Int64]() } })
      case .float32: .float32(parts.flatMap { if case .float32(let part) = $0 { part } else { [Float]() } })
      case .float64: .float64(parts.flatMap { if case .float64(let part) = $0 { part } else { [Double]() } })
      case .utf8: .utf8(parts.flatMap { if case .utf8(let part) = $0 { part } else { [String]() } })
      case .int64Lists: .int64Lists(parts.flatMap { if case .int64Lists(let part) = $0 { part } else { [[Int64]]() } })
      case .json(let type, _):
        .json(type, parts.flatMap { if case .json(_, let part) = $0 { part } else { [JSONValue]() } })
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
    case .json(_, let values): values.count
    }
  }

  package var type: ArrowType {
    switch values {
    case .int64: .int64
    case .float32: .float32
    case .float64: .float64
    case .utf8: .utf8
    case .int64Lists: .list(.int64)
    case .json(let type, _): type
    }
  }
}
