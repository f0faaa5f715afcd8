/// `truncation` of a `tokenizer.json`: how many tokens a text may have, special tokens included, and which end goes.
///
/// The stride says how far the pieces that are cut off overlap; here they are dropped, but it has to be possible.
struct TokenizerTruncation: Sendable {
  private let limit: Int
  private let stride: Int
  private let cutsLeft: Bool
  private let cutsSecondText: Bool

  init(_ node: JSONNode) throws {
    limit = Int(try node.required("max_length").identifier())
    stride = Int(try node.required("stride").identifier())
    cutsLeft = try Self.choice(node.optional("direction"), ["Left": true, "Right": false]) ?? false
    let strategies = ["LongestFirst": false, "OnlyFirst": false, "OnlySecond": true]
    cutsSecondText = try Self.choice(node.required("strategy"), strategies) ?? false
  }

  private static func choice(_ node: JSONNode?, _ choices: [String: Bool]) throws -> Bool? {
    guard let node else { return nil }
    guard let choice = choices[try node.string()] else {
      throw node.unsupportedValue("'\(try node.string())'", expected: choices.keys.sorted().joined(separator: ", "))
    }
    return choice
  }

  /// Cuts `tokens` so that `special` more find room.
  ///
  /// - Throws: `TokenizerError.cannotTruncate` where the settings contradict each other or ask for a second text.
  func apply(to tokens: inout [EncodedToken], special: Int) throws {
    let room = limit - special
    guard room >= 0 else {
      throw TokenizerError.cannotTruncate(
        reason: "its max_length \(limit) leaves no room for \(special) special tokens")
    }
    if tokens.count <= room { return }
    guard !cutsSecondText || room == 0 else {
      throw TokenizerError.cannotTruncate(
        reason: "its strategy OnlySecond cuts the second of two texts, and there is one")
    }
    guard stride < room || room == 0 else {
      throw TokenizerError.cannotTruncate(
        reason: "its stride \(stride) has to be less than the \(room) tokens that max_length leaves")
    }
    if cutsLeft { tokens.removeFirst(tokens.count - room) } else { tokens.removeLast(tokens.count - room) }
  }
}
