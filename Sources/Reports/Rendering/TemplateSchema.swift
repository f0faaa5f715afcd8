/// Which names a template may use, taken from the type it is rendered with.

/// The shape of a view model, as a template sees it.
indirect enum TemplateSchema: Equatable {
  case text
  /// Trusted markup, of use to HTML only.
  case markup
  case flag
  case list(TemplateSchema)
  case object([String: TemplateSchema])

  /// The shape of a type, learnt from how it decodes: a decoder that has every key and one element in every list is
  /// asked for a value, and what is asked of it is written down. So the schema cannot drift from the type.
  init(of type: any Decodable.Type) {
    let recorder = SchemaDecoder()
    do {
      _ = try recorder.value(type)
    } catch {
      preconditionFailure("\(type) cannot be a view model: \(error)")
    }
    guard let schema = recorder.schema else { preconditionFailure("\(type) decodes nothing") }
    self = schema
  }
}

/// Says yes to everything, and remembers what it was asked for.
private final class SchemaDecoder: Decoder {
  var schema: TemplateSchema?
  let codingPath: [any CodingKey] = []
  let userInfo: [CodingUserInfoKey: Any] = [:]

  func value<T: Decodable>(_ type: T.Type) throws -> T {
    let value = try T(from: self)
    // Leaves that are structs in Swift.
    if type == Markup.self { schema = .markup }
    if type == Passage.self || type == Figure.self { schema = .text }
    return value
  }

  func container<Key: CodingKey>(keyedBy type: Key.Type) throws -> KeyedDecodingContainer<Key> {
    schema = .object([:])
    return KeyedDecodingContainer(Keyed(decoder: self))
  }

  func unkeyedContainer() throws -> any UnkeyedDecodingContainer { List(decoder: self) }

  func singleValueContainer() throws -> any SingleValueDecodingContainer { Single(decoder: self) }

  fileprivate func record(_ field: TemplateSchema?, for key: any CodingKey) {
    guard case .object(var fields) = schema else { preconditionFailure("'\(key.stringValue)' outside of a container") }
    fields[key.stringValue] = field
    schema = .object(fields)
  }

  fileprivate static func unsupported(_ what: Any) -> DecodingError {
    DecodingError.typeMismatch(
      Any.self, .init(codingPath: [], debugDescription: "\(what): values of view models are texts and flags"))
  }
}

private struct Keyed<Key: CodingKey>: KeyedDecodingContainerProtocol {
  let decoder: SchemaDecoder
  var codingPath: [any CodingKey] { [] }
  var allKeys: [Key] { [] }

  func contains(_ key: Key) -> Bool { true }
  func decodeNil(forKey key: Key) throws -> Bool { false }

  func decode<T: Decodable>(_ type: T.Type, forKey key: Key) throws -> T {
    let field = SchemaDecoder()
    let value = try field.value(type)
    decoder.record(field.schema, for: key)
    return value
  }

  func nestedContainer<Nested: CodingKey>(
    keyedBy type: Nested.Type, forKey key: Key
  ) throws -> KeyedDecodingContainer<Nested> { throw SchemaDecoder.unsupported(key) }
  func nestedUnkeyedContainer(forKey key: Key) throws -> any UnkeyedDecodingContainer {
    throw SchemaDecoder.unsupported(key)
  }
  func superDecoder() throws -> any Decoder { throw SchemaDecoder.unsupported("super") }
  func superDecoder(forKey key: Key) throws -> any Decoder { throw SchemaDecoder.unsupported(key) }
}

private struct List: UnkeyedDecodingContainer {
  let decoder: SchemaDecoder
  var codingPath: [any CodingKey] { [] }
  var count: Int? { 1 }
  var currentIndex = 0
  var isAtEnd: Bool { currentIndex == 1 }

  mutating func decodeNil() throws -> Bool { false }

  mutating func decode<T: Decodable>(_ type: T.Type) throws -> T {
    let element = SchemaDecoder()
    let value = try element.value(type)
    guard let schema = element.schema else { throw SchemaDecoder.unsupported(type) }
    decoder.schema = .list(schema)
    currentIndex += 1
    return value
  }

  mutating func nestedContainer<Nested: CodingKey>(
    keyedBy type: Nested.Type
  ) throws -> KeyedDecodingContainer<Nested> { throw SchemaDecoder.unsupported(type) }
  mutating func nestedUnkeyedContainer() throws -> any UnkeyedDecodingContainer {
    throw SchemaDecoder.unsupported("nested list")
  }
  mutating func superDecoder() throws -> any Decoder { throw SchemaDecoder.unsupported("super") }
}

private struct Single: SingleValueDecodingContainer {
  let decoder: SchemaDecoder
  var codingPath: [any CodingKey] { [] }

  func decodeNil() -> Bool { false }

  func decode<T: Decodable>(_ type: T.Type) throws -> T {
    if let text = "" as? T {
      decoder.schema = .text
      return text
    }
    if let flag = false as? T {
      decoder.schema = .flag
      return flag
    }
    // Numbers stand behind the words of a figure, and are not for templates by themselves.
    if let number = 0.0 as? T {
      decoder.schema = .text
      return number
    }
    throw SchemaDecoder.unsupported(type)
  }
}
