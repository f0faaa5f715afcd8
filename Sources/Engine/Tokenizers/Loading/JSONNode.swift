import Foundation

/// A JSON value that knows where it stands, so that every complaint can name the file and the path.
struct JSONNode {
  let value: JSONValue
  let file: String
  let path: String

  init(_ value: JSONValue, file: String, path: String) {
    self.value = value
    self.file = file
    self.path = path
  }

  /// The whole of a file; `file` is its name for errors.
  ///
  /// - Throws: `TokenizerError.malformedJSON`.
  init(parsing json: Data, file: String) throws {
    var limits = JSONParser.Limits()
    limits.allowsByteOrderMark = true
    do {
      self.init(try json.withUnsafeBytes { try JSONParser.parse($0, limits: limits) }, file: file, path: "")
    } catch let error as JSONError {
      throw TokenizerError.malformedJSON(file: file, error)
    }
  }

  func wrongType(expected: String) -> TokenizerError {
    .wrongType(file: file, path: path, expected: expected, found: value.kind)
  }

  func unsupportedValue(_ value: String, expected: String) -> TokenizerError {
    .unsupportedValue(file: file, path: path, value: value, expected: expected)
  }

  func members() throws -> JSONObject {
    guard case .object(let members) = value else { throw wrongType(expected: "an object") }
    return members
  }

  func child(_ key: String, _ value: JSONValue) -> JSONNode {
    JSONNode(value, file: file, path: path.isEmpty ? key : "\(path).\(key)")
  }

  /// The member named `key`, or nil where it is absent or null.
  func optional(_ key: String) throws -> JSONNode? {
    guard let value = try members()[key], value != .null else { return nil }
    return child(key, value)
  }

  func required(_ key: String) throws -> JSONNode {
    guard let node = try optional(key) else {
      throw TokenizerError.missingField(file: file, path: child(key, .null).path)
    }
    return node
  }

  func elements() throws -> [JSONNode] {
    guard case .array(let elements) = value else { throw wrongType(expected: "an array") }
    return elements.enumerated().map { JSONNode($1, file: file, path: "\(path)[\($0)]") }
  }

  func bytes() throws -> ByteString {
    ByteString(try string())
  }

  func string() throws -> String {
    guard case .string(let string) = value else { throw wrongType(expected: "a string") }
    return string
  }

  func bool() throws -> Bool {
    guard case .bool(let bool) = value else { throw wrongType(expected: "a boolean") }
    return bool
  }

  func number() throws -> Double {
    switch value {
    case .integer(let integer): return Double(integer)
    case .number(let number): return number
    default: throw wrongType(expected: "a number")
    }
  }

  /// A whole number that fits a token id.
  func identifier() throws -> Int32 {
    guard let id = value.identifier else {
      // Of a number the type is not what is wrong.
      let found =
        switch value {
        case .integer(let integer): "\(integer)"
        case .number(let number): "\(number)"
        default: value.kind
        }
      throw TokenizerError.wrongType(
        file: file, path: path, expected: "a token id (a whole number below 2^31)", found: found)
    }
    return id
  }

  /// A string of one Unicode scalar.
  func scalar() throws -> Unicode.Scalar {
    let scalars = try string().unicodeScalars
    guard let scalar = scalars.first, scalars.count == 1 else { throw wrongType(expected: "one character") }
    return scalar
  }

  func bool(_ key: String, default standard: Bool) throws -> Bool {
    try optional(key)?.bool() ?? standard
  }

  /// The value of `type`, which says what kind of part this is.
  func kind() throws -> String {
    try required("type").string()
  }
}

extension JSONValue {
  /// The value as a token id; nil where it is none.
  var identifier: Int32? {
    let id: Int32? =
      switch self {
      case .integer(let integer): Int32(exactly: integer)
      case .number(let number): Int32(exactly: number)
      default: nil
      }
    return id.flatMap { $0 >= 0 ? $0 : nil }
  }
}
