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
    for member in members {
      guard let id = member.value.identifier else {
        throw node.child(member.key.string, member.value).wrongType(expected: "a token id (a whole number below 2^31)")
      }
      guard ids.updateValue(id, forKey: member.key) == nil else {
        throw TokenizerError.duplicateToken(file: node.file, path: node.path, token: member.key.string)
      }
      if let first = tokens.updateValue(member.key, forKey: id) {
        throw TokenizerError.duplicateIdentifier(
          file: node.file, id: Int(id), first: first.string, second: member.key.string)
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
