/// Puts special tokens around the text as a template says.
struct TemplateProcessor: PostProcessor {
  private enum Piece {
    case text
    case special([EncodedToken])
  }

  /// The template for one text; that for pairs has no use here.
  private let pieces: [Piece]

  init(_ node: JSONNode) throws {
    let definitions = try node.required("special_tokens")
    pieces = try node.required("single").elements().map { piece in
      if let sequence = try piece.optional("Sequence") {
        let id = try sequence.required("id")
        guard try id.string() == "A" else { throw id.unsupportedValue("'\(try id.string())'", expected: "'A'") }
        return .text
      }
      let id = try piece.required("SpecialToken").required("id")
      guard let definition = try definitions.optional(try id.string()) else {
        throw TokenizerError.unknownToken(file: id.file, path: id.path, token: try id.string())
      }
      let ids = try definition.required("ids").elements().map { try $0.identifier() }
      let tokens = try definition.required("tokens").elements().map { try $0.bytes() }
      guard ids.count == tokens.count else {
        throw definition.unsupportedValue("\(ids.count) ids and \(tokens.count) tokens", expected: "as many of each")
      }
      return .special(zip(ids, tokens).map(EncodedToken.special))
    }
  }

  func process(_ tokens: inout [EncodedToken], addSpecialTokens: Bool) {
    tokens = pieces.flatMap { piece in
      switch piece {
      case .text: tokens
      case .special(let special): addSpecialTokens ? special : []
      }
    }
  }
}
