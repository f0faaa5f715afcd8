package import GRDB

/// The value of a setting: a number or a text, as YAML typed it. Booleans are the texts `true` and `false`.
package enum RunValue: Sendable, Equatable {
  case integer(Int64)
  case real(Double)
  case text(String)

  /// As people read and write it.
  package var description: String {
    switch self {
    case .integer(let value): "\(value)"
    case .real(let value): "\(value)"
    case .text(let value): value
    }
  }
}

extension RunValue: DatabaseValueConvertible {
  package var databaseValue: DatabaseValue {
    switch self {
    case .integer(let value): value.databaseValue
    case .real(let value): value.databaseValue
    case .text(let value): value.databaseValue
    }
  }

  package static func fromDatabaseValue(_ value: DatabaseValue) -> RunValue? {
    switch value.storage {
    case .int64(let value): .integer(value)
    case .double(let value): .real(value)
    case .string(let value): .text(value)
    case .null, .blob: nil
    }
  }
}

extension RunValue: Codable {
  package init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    if let value = try? container.decode(Int64.self) {
      self = .integer(value)
    } else if let value = try? container.decode(Double.self) {
      self = .real(value)
    } else {
      self = .text(try container.decode(String.self))
    }
  }

  package func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    switch self {
    case .integer(let value): try container.encode(value)
    case .real(let value): try container.encode(value)
    case .text(let value): try container.encode(value)
    }
  }
}
