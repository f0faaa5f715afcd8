/// A JSON value that knows where it stands, so that every complaint can name the file and the path.
struct JSONNode {
  let value: TokenizerJSON
  let file: String
  let path: String

  init(_ value: TokenizerJSON, file: String, path: String) {
    self.value = value
    self.file = file
    self.path = path
  }

  func wrongType(expected: String) -> TokenizerError {
    .wrongType(file: file, path: path, expected: expected, found: value.kind)
  }

  func unsupportedValue(_ value: String, expected: String) -> TokenizerError {
    .unsupportedValue(file: file, path: path, value: value, expected: expected)
  }

  func members() throws -> [TokenizerJSON.Member] {
    guard case .object(let members) = value else { throw wrongType(expected: "an object") }
    return members
  }

  func child(_ key: String, _ value: TokenizerJSON) -> JSONNode {
    JSONNode(value, file: file, path: path.isEmpty ? key : "\(path).\(key)")
  }

  /// The member named `key`, or nil where it is absent or null. Of repeated keys the last counts.
  func optional(_ key: String) throws -> JSONNode? {
    guard let member = try members().last(where: { $0.key.bytes.elementsEqual(key.utf8) }), member.value != .null
    else { return nil }
    return child(key, member.value)
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
    guard case .string(let string) = value else { throw wrongType(expected: "a string") }
    return string
  }

  func string() throws -> String {
    try bytes().string
  }

  func bool() throws -> Bool {
    guard case .bool(let bool) = value else { throw wrongType(expected: "a boolean") }
    return bool
  }

  func number() throws -> Double {
    guard case .number(let number) = value else { throw wrongType(expected: "a number") }
    return number
  }

  /// A whole number that fits a token id.
  func identifier() throws -> Int32 {
    guard let id = value.identifier else { throw wrongType(expected: "a token id (a whole number below 2^31)") }
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

extension TokenizerJSON {
  var identifier: Int32? {
    guard case .number(let number) = self, number >= 0 else { return nil }
    return Int32(exactly: number)
  }
}
