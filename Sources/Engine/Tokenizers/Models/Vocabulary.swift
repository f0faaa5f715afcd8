/// The tokens of a model and their ids.
struct Vocabulary: Sendable {
  let ids: [ByteString: Int32]
  private let tokens: [Int32: ByteString]

  var count: Int { tokens.count }

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

  /// Numbers `tokens` in their order. A token that appears twice has both ids, and the last is its own.
  init(tokens list: [ByteString]) {
    var ids: [ByteString: Int32] = [:]
    ids.reserveCapacity(list.count)
    for (index, token) in list.enumerated() { ids[token] = Int32(index) }
    self.ids = ids
    tokens = Dictionary(uniqueKeysWithValues: list.enumerated().map { (Int32($0), $1) })
  }

  func id(of token: ByteString) -> Int32? { ids[token] }
  func token(of id: Int32) -> ByteString? { tokens[id] }

  /// The ids of `<0x00>`... `<0xFF>`; nil for bytes that have none.
  var byteTokens: [Int32?] {
    (0...255).map { byte in
      id(of: ByteString("<0x\(byte < 16 ? "0" : "")\(String(byte, radix: 16, uppercase: true))>"))
    }
  }

  /// The spaces at the ends of each token, by id; ids without a token have none.
  var margins: [EncodedToken.Margins] {
    var margins = [EncodedToken.Margins](repeating: .init(of: []), count: Int(tokens.keys.max() ?? -1) + 1)
    for (id, token) in tokens { margins[Int(id)] = .init(of: token.bytes) }
    return margins
  }
}
