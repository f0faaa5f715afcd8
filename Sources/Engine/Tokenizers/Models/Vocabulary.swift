/// The tokens of a model and their ids.
struct Vocabulary: Sendable {
  let ids: [ByteString: Int32]
  private let tokens: [Int32: ByteString]

  var count: Int { ids.count }

  /// Reads an object from token to id.
  init(_ node: JSONNode) throws {
    let members = try node.members()
    var ids: [ByteString: Int32] = [:]
    var tokens: [Int32: ByteString] = [:]
    ids.reserveCapacity(members.count)
    tokens.reserveCapacity(members.count)
    for (key, value) in members {
      let id = try value.identifier ?? node.child(key, value).identifier()
      let token = ByteString(key)
      ids[token] = id
      if let first = tokens.updateValue(token, forKey: id) {
        throw TokenizerError.duplicateIdentifier(file: node.file, id: Int(id), first: first.string, second: key)
      }
    }
    self.ids = ids
    self.tokens = tokens
  }

  func id(of token: ByteString) -> Int32? { ids[token] }
  func token(of id: Int32) -> ByteString? { tokens[id] }

  /// The spaces at the ends of each token, by id; ids without a token have none.
  var margins: [EncodedToken.Margins] {
    var margins = [EncodedToken.Margins](repeating: .init(of: []), count: Int(tokens.keys.max() ?? -1) + 1)
    for (id, token) in tokens { margins[Int(id)] = .init(of: token.bytes) }
    return margins
  }
}
