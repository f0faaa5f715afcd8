/// How the text of a byte-level tokenizer is cut into words before the merges, by llama.cpp's name for it
/// (`tokenizer.ggml.pre`). A new one is a row of `known`.
///
/// Patterns and names: llama.cpp's src/llama-vocab.cpp, which takes them from the models' own tokenizer.json. Their
/// normalizers, which neither llama.cpp nor transformers applies to a GGUF file, are applied here: on composed text, which
/// nearly all is, they change nothing.
struct GGUFWordCut: Sendable {
  private enum Pattern: Sendable {
    case gpt2
    /// Every digit a word of its own, then GPT-2's.
    case digitsAndGPT2
    case regex(String)
  }

  private let pattern: Pattern
  /// Whether text is composed first (NFC).
  var composes = false
  /// Whether a word of the vocabulary is taken whole, whatever the merges make of it.
  var ignoresMerges = false
  /// Whether the beginning token comes first where the file does not say.
  var addsBeginning = false

  static let known: [String: GGUFWordCut] = [
    // What a file says that knows no better: GPT-2's, as in transformers.
    "default": .init(pattern: .gpt2),
    "gpt-2": .init(pattern: .gpt2),
    // The tokenizer of GPT-NeoX: Pythia, OLMo, MPT.
    "olmo": .init(pattern: .gpt2, composes: true),
    "mpt": .init(pattern: .gpt2, composes: true),
    "smollm": .init(pattern: .digitsAndGPT2),
    "starcoder": .init(pattern: .digitsAndGPT2),
    "llama-bpe": .llama3, "llama3": .llama3, "llama-v3": .llama3,
    "dbrx": .init(pattern: .regex(cl100k)),
    "qwen2": .init(pattern: .regex(qwen2), composes: true),
    "deepseek-r1-qwen": .init(pattern: .regex(qwen2), composes: true),
    "tekken": .init(pattern: .regex(tekken), ignoresMerges: true, addsBeginning: true),
    "gpt-4o": .init(pattern: .regex(o200k)),
  ]

  private static let llama3 = GGUFWordCut(pattern: .regex(cl100k), ignoresMerges: true, addsBeginning: true)

  private static let contractions = "(?i:'s|'t|'re|'ve|'m|'ll|'d)"
  private static let spaces = #"\s*[\r\n]+|\s+(?!\S)|\s+"#
  private static let upper = #"[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]"#
  private static let lower = #"[\p{Ll}\p{Lm}\p{Lo}\p{M}]"#
  private static let cl100k =
    contractions + #"|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|"# + spaces
  private static let qwen2 =
    contractions + #"|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|"# + spaces
  private static let tekken =
    #"[^\r\n\p{L}\p{N}]?\#(upper)*\#(lower)+|[^\r\n\p{L}\p{N}]?\#(upper)+\#(lower)*|"#
    + #"\p{N}| ?[^\s\p{L}\p{N}]+[\r\n/]*|"# + spaces
  private static let o200k =
    #"[^\r\n\p{L}\p{N}]?\#(upper)*\#(lower)+\#(contractions)?|"#
    + #"[^\r\n\p{L}\p{N}]?\#(upper)+\#(lower)*\#(contractions)?|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n/]*|"# + spaces

  /// As tokenizer.json has it.
  var preTokenizer: JSONValue {
    func bytes(usingPattern: Bool) -> JSONValue {
      .object(GGUFTokenizer.byteLevelPart(["trim_offsets": .bool(true), "use_regex": .bool(usingPattern)]))
    }
    func sequence(_ parts: JSONValue...) -> JSONValue {
      .object(["type": .string("Sequence"), "pretokenizers": .array(parts)])
    }
    switch pattern {
    case .gpt2: return bytes(usingPattern: true)
    case .digitsAndGPT2:
      return sequence(
        .object(["type": .string("Digits"), "individual_digits": .bool(true)]), bytes(usingPattern: true))
    case .regex(let regex):
      let split: JSONValue = .object([
        "type": .string("Split"), "pattern": .object(["Regex": .string(regex)]), "behavior": .string("Isolated"),
        "invert": .bool(false),
      ])
      return sequence(split, bytes(usingPattern: false))
    }
  }
}
