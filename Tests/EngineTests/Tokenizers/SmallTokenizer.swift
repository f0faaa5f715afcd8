import Foundation

@testable import Engine

/// A `tokenizer.json` in code: every part can be set, as JSON.
struct SmallTokenizer {
  var addedTokens = "[]"
  var normalizer = "null"
  var preTokenizer = "null"
  var postProcessor = "null"
  var decoder = "null"
  var model = """
    {"type": "BPE", "vocab": {"a": 0, "b": 1, "c": 2, "ab": 3, "abc": 4, " ": 5, "<unk>": 6},
     "merges": ["a b", "ab c"], "unk_token": "<unk>"}
    """

  var json: String {
    """
    {"version": "1.0", "added_tokens": \(addedTokens), "normalizer": \(normalizer), "pre_tokenizer": \(preTokenizer),
     "post_processor": \(postProcessor), "decoder": \(decoder), "model": \(model)}
    """
  }

  func tokenizer(configuration: String? = nil) throws -> Tokenizer {
    try Tokenizer(json: Data(json.utf8), configuration: configuration.map { Data($0.utf8) })
  }

  static func addedToken(
    _ content: String, id: Int, singleWord: Bool = false, left: Bool = false, right: Bool = false,
    normalized: Bool = false, special: Bool = true
  ) -> String {
    """
    {"id": \(id), "content": "\(content)", "single_word": \(singleWord), "lstrip": \(left), "rstrip": \(right),
     "normalized": \(normalized), "special": \(special)}
    """
  }
}

/// Parts of tokenizers applied to text, without a model.
enum TokenizerParts {
  static func node(_ json: String) throws -> JSONNode {
    try JSONNode(parsing: Data(json.utf8), file: "test.json")
  }

  /// The scalars that come out of a normalizer, and the ranges of scalars they stand for.
  static func normalize(_ text: String, _ json: String) throws -> (text: String, offsets: [Range<Int>]) {
    var scalars = AlignedScalars(origin: 0)
    for (index, scalar) in text.unicodeScalars.enumerated() {
      scalars.append(scalar.value, start: Int32(index), end: Int32(index) + 1)
    }
    try TextNormalizers.make(node(json)).normalize(&scalars)
    return (
      String(decoding: UTF8Decoding.bytes(of: scalars.scalars), as: UTF8.self),
      (0..<scalars.count).map { Int(scalars.starts[$0])..<Int(scalars.ends[$0]) }
    )
  }

  /// The pieces that a pre-tokenizer makes.
  static func preTokenize(_ text: String, _ json: String) throws -> [String] {
    var pieces = PreTokenizedText(text)
    try PreTokenizers.make(node(json)).preTokenize(&pieces)
    return pieces.pieces.map { String(decoding: pieces.bytes[$0.start..<$0.end], as: UTF8.self) }
  }

  static func decode(_ tokens: [String], _ json: String) throws -> [String] {
    try TokenDecoders.make(node(json)).decode(tokens.map { ByteString($0) }).map(\.string)
  }
}

/// A generator of the same "random" text every time (SplitMix64, Steele et al. 2014).
struct SplitMix64: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ z >> 30) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ z >> 27) &* 0x94D0_49BB_1331_11EB
    return z ^ z >> 31
  }

  /// Text of scalars drawn from `pool`, or from all of Unicode one time in `wild`.
  mutating func text(of pool: [Unicode.Scalar], length: Int, wild: Int) -> String {
    var text = String.UnicodeScalarView()
    for _ in 0..<length {
      if Int.random(in: 0..<wild, using: &self) > 0, let scalar = pool.randomElement(using: &self) {
        text.append(scalar)
      } else {
        text.append(Unicode.Scalar(UInt32.random(in: 0..<0x11_0000, using: &self)) ?? "\u{FFFD}")
      }
    }
    return String(text)
  }
}
