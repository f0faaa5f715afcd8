/// A pattern of file names as the Python libraries fsspec and `datasets` match them: `*` and `?` within a folder,
/// `[abc]`, `[a-z]`, `[!a]`, and `**` as a whole component for any folders.
struct GlobPattern {
  private enum Token {
    case character(Unicode.Scalar)
    case any
    case anyRun
    case oneOf([ClosedRange<Unicode.Scalar>], isNegated: Bool)
  }

  private enum Component {
    case folders
    case name([Token])
  }

  private let components: [Component]
  /// Components that begin with a dot, and folders that begin with two underscores: files in such places are matched
  /// only by patterns that name as many.
  private let hidden: Int
  private let special: Int
  let hasMagic: Bool

  /// nil for `**` beside other characters, which has no meaning.
  init?(_ text: String) {
    let parts = text.split(separator: "/", omittingEmptySubsequences: false)
    guard parts.allSatisfy({ $0 == "**" || !$0.contains("**") }) else { return nil }
    components = parts.map { $0 == "**" ? .folders : .name(Self.tokens(Array($0.unicodeScalars))) }
    hidden = Self.hidden(parts)
    special = Self.special(parts)
    hasMagic = text.contains { "*?[".contains($0) }
  }

  private static func hidden(_ parts: [Substring]) -> Int {
    parts.count { $0.hasPrefix(".") && !$0.allSatisfy { $0 == "." } }
  }

  private static func special(_ parts: [Substring]) -> Int { parts.dropLast().count { $0.hasPrefix("__") } }

  private static func tokens(_ text: [Unicode.Scalar]) -> [Token] {
    var tokens: [Token] = []
    var i = 0
    while i < text.count {
      defer { i += 1 }
      switch text[i] {
      case "*": tokens.append(.anyRun)
      case "?": tokens.append(.any)
      case "[":
        // A bracket directly behind the opening one, or its `!`, stands for itself.
        let isNegated = i + 1 < text.count && text[i + 1] == "!"
        let first = i + (isNegated ? 2 : 1)
        guard first < text.count, let close = text[(first + 1)...].firstIndex(of: "]") else {
          tokens.append(.character("["))
          continue
        }
        tokens.append(.oneOf(ranges(Array(text[first..<close])), isNegated: isNegated))
        i = close
      default: tokens.append(.character(text[i]))
      }
    }
    return tokens
  }

  /// `a-z` is a range, a dash at either end itself.
  private static func ranges(_ text: [Unicode.Scalar]) -> [ClosedRange<Unicode.Scalar>] {
    var ranges: [ClosedRange<Unicode.Scalar>] = []
    var i = 0
    while i < text.count {
      if i + 2 < text.count, text[i + 1] == "-" {
        if text[i] <= text[i + 2] { ranges.append(text[i]...text[i + 2]) }
        i += 3
      } else {
        ranges.append(text[i]...text[i])
        i += 1
      }
    }
    return ranges
  }

  /// - Complexity: O(components of both), so that no pattern takes long.
  func matches(_ path: String) -> Bool {
    let parts = path.split(separator: "/", omittingEmptySubsequences: false)
    guard Self.hidden(parts) == hidden, Self.special(parts) == special else { return false }
    // reached[i]: the components so far match the first i parts.
    var reached = [Bool](repeating: false, count: parts.count + 1)
    reached[0] = true
    for (index, component) in components.enumerated() {
      switch component {
      case .folders:
        guard let first = reached.firstIndex(of: true) else { return false }
        let isLast = index == components.count - 1
        // At the end it takes the file too.
        for i in reached.indices { reached[i] = i >= first && (!isLast || i > first) }
      case .name(let tokens):
        for i in parts.indices.reversed() {
          reached[i + 1] = reached[i] && Self.matches(tokens, Array(parts[i].unicodeScalars))
        }
        reached[0] = false
      }
    }
    return reached[parts.count]
  }

  private static func matches(_ tokens: [Token], _ text: [Unicode.Scalar]) -> Bool {
    var (token, position) = (0, 0)
    // Where to go on when the latest run has to take one character more.
    var retry: (token: Int, position: Int)?
    while position < text.count {
      if token < tokens.count, case .anyRun = tokens[token] {
        retry = (token + 1, position)
        token += 1
      } else if token < tokens.count, accepts(tokens[token], text[position]) {
        token += 1
        position += 1
      } else if let (next, from) = retry {
        retry = (next, from + 1)
        (token, position) = (next, from + 1)
      } else {
        return false
      }
    }
    return tokens[token...].allSatisfy { if case .anyRun = $0 { true } else { false } }
  }

  private static func accepts(_ token: Token, _ scalar: Unicode.Scalar) -> Bool {
    switch token {
    case .character(let expected): scalar == expected
    case .any: true
    case .anyRun: false
    case .oneOf(let ranges, let isNegated): ranges.contains { $0.contains(scalar) } != isNegated
    }
  }
}
