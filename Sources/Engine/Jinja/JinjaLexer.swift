/// Cuts a template into tokens by the rules of jinja2's lexer: tags, and the white space around them that `-`, `+`,
/// `trim_blocks` and `lstrip_blocks` keep or take.
struct JinjaLexer {
  private typealias Scalars = [Unicode.Scalar]

  let options: JinjaOptions
  var source: [Unicode.Scalar]
  var position = 0
  var line = 1
  var tokens: [JinjaToken] = []
  /// Whether what was read last ended in a line break: only then may `lstrip_blocks` strip the start of a text.
  private var isAtLineStart = true

  /// The tokens of a template, and what stopped their reading early: jinja2 reads them as it needs them, so that a
  /// mistake of the grammar before that place is the one that is reported.
  static func tokens(of source: String, _ options: JinjaOptions) -> (tokens: [JinjaToken], failure: JinjaError?) {
    var lexer = JinjaLexer(source, options)
    var failure: JinjaError?
    do throws(JinjaError) {
      try lexer.readAll()
    } catch {
      failure = error
    }
    lexer.append(.end)
    return (lexer.tokens, failure)
  }

  private init(_ source: String, _ options: JinjaOptions) {
    self.options = options
    self.source = Self.withUnixLineBreaks(source)
    if !options.keepsTrailingNewline, self.source.last == "\n" { self.source.removeLast() }
  }

  /// Jinja reads all three line breaks, and writes `\n`.
  static func withUnixLineBreaks(_ text: some StringProtocol) -> [Unicode.Scalar] {
    var scalars: Scalars = []
    scalars.reserveCapacity(text.utf8.count)
    var isAfterReturn = false
    for scalar in text.unicodeScalars {
      if scalar == "\r" {
        scalars.append("\n")
      } else if !(scalar == "\n" && isAfterReturn) {
        scalars.append(scalar)
      }
      isAfterReturn = scalar == "\r"
    }
    return scalars
  }

  func error(_ message: String) -> JinjaError { JinjaError(.syntax, message, line: line) }

  func matches(_ text: StaticString, at index: Int) -> Bool {
    let count = text.utf8CodeUnitCount
    guard index >= 0, index + count <= source.count else { return false }
    return (0..<count).allSatisfy { source[index + $0].value == UInt32(text.utf8Start[$0]) }
  }

  /// Takes the source up to `end`, which counts its line breaks.
  mutating func advance(to end: Int) {
    for scalar in source[position..<end] where scalar == "\n" { line += 1 }
    if end > position { isAtLineStart = source[end - 1] == "\n" }
    position = end
  }

  mutating func append(_ kind: JinjaToken.Kind) {
    tokens.append(JinjaToken(kind: kind, line: line))
  }

  private func endOfSpace(from index: Int) -> Int {
    source[index...].firstIndex { !$0.isPythonSpace } ?? source.count
  }

  // MARK: - Text between tags

  private mutating func readAll() throws(JinjaError) {
    while position < source.count {
      guard let tag = nextTag() else {
        append(.data(String(source[position...])))
        advance(to: source.count)
        break
      }
      let sign = signAfterOpening(tag)
      let isVariable = source[tag + 1] == "{"
      readText(upTo: tag, sign: sign, strips: !isVariable)
      let content = tag + (sign == nil ? 2 : 3)
      switch source[tag + 1] {
      case "#": try readComment(from: content)
      case "{": try readTag(from: content, begin: .variableBegin)
      default:
        if let end = endOfRawOpening(content) {
          advance(to: end)
          try readRaw()
        } else {
          try readTag(from: content, begin: .blockBegin)
        }
      }
    }
  }

  private func nextTag() -> Int? {
    var index = position
    while index + 1 < source.count {
      if source[index] == "{", source[index + 1] == "{" || source[index + 1] == "%" || source[index + 1] == "#" {
        return index
      }
      index += 1
    }
    return nil
  }

  private func signAfterOpening(_ tag: Int) -> Unicode.Scalar? {
    tag + 2 < source.count && (source[tag + 2] == "-" || source[tag + 2] == "+") ? source[tag + 2] : nil
  }

  /// The text before a tag, less the white space that the tag takes.
  private mutating func readText(upTo tag: Int, sign: Unicode.Scalar?, strips: Bool) {
    var end = tag
    if sign == "-" {
      while end > position, source[end - 1].isPythonSpace { end -= 1 }
    } else if sign == nil, strips, options.stripsBeforeBlocks {
      let lineStart = source[position..<tag].lastIndex(of: "\n").map { $0 + 1 }
      if let start = lineStart ?? (isAtLineStart ? position : nil),
        source[start..<tag].allSatisfy(\.isPythonSpace)
      {
        end = start
      }
    }
    if end > position { append(.data(String(source[position..<end]))) }
    advance(to: tag)
  }

  /// The place behind a `%}` or `#}` with what it takes, given the place of those two characters.
  private func endOfClosing(_ closing: Int, from start: Int) -> Int {
    let sign = closing > start ? source[closing - 1] : nil
    if sign == "-" { return endOfSpace(from: closing + 2) }
    return sign != "+" && options.trimsAfterBlocks && matches("\n", at: closing + 2) ? closing + 3 : closing + 2
  }

  private mutating func readComment(from start: Int) throws(JinjaError) {
    guard let closing = (start..<source.count).first(where: { matches("#}", at: $0) }) else {
      throw error("Missing end of comment tag")
    }
    advance(to: endOfClosing(closing, from: start))
  }

  // MARK: - Raw blocks

  /// The place behind `raw %}`, or nil where the tag is another.
  private func endOfRawOpening(_ content: Int) -> Int? {
    let word = endOfSpace(from: content)
    guard matches("raw", at: word) else { return nil }
    let closing = endOfSpace(from: word + 3)
    if matches("-%}", at: closing) { return endOfSpace(from: closing + 3) }
    return matches("%}", at: closing) ? closing + 2 : nil
  }

  private mutating func readRaw() throws(JinjaError) {
    for tag in position..<max(position, source.count) where matches("{%", at: tag) {
      let sign = signAfterOpening(tag)
      let content = tag + (sign == nil ? 2 : 3)
      let word = endOfSpace(from: content)
      guard matches("endraw", at: word) else { continue }
      let space = endOfSpace(from: word + 6)
      let closing = matches("-%}", at: space) || matches("+%}", at: space) ? space + 1 : space
      guard matches("%}", at: closing) else { continue }
      readText(upTo: tag, sign: sign, strips: true)
      advance(to: endOfClosing(closing, from: space))
      return
    }
    throw error("Missing end of raw directive")
  }

  // MARK: - Tags

  private mutating func readTag(from content: Int, begin: JinjaToken.Kind) throws(JinjaError) {
    append(begin)
    advance(to: content)
    let isVariable = begin == .variableBegin
    var open: [JinjaToken.Symbol] = []
    while true {
      if open.isEmpty, let end = endOfTag(isVariable: isVariable) {
        append(isVariable ? .variableEnd : .blockEnd)
        advance(to: end)
        return
      }
      // The parser finds the words for a tag without an end: it knows what it was looking for.
      guard position < source.count else { return }
      if source[position].isPythonSpace {
        advance(to: endOfSpace(from: position))
        continue
      }
      try readWord(&open)
    }
  }

  private func endOfTag(isVariable: Bool) -> Int? {
    if isVariable {
      if matches("-}}", at: position) { return endOfSpace(from: position + 3) }
      return matches("}}", at: position) ? position + 2 : nil
    }
    if matches("%}", at: position) { return endOfClosing(position, from: position) }
    let isSigned = matches("-%}", at: position) || matches("+%}", at: position)
    return isSigned ? endOfClosing(position + 1, from: position) : nil
  }
}

extension String {
  init(_ scalars: some Sequence<Unicode.Scalar>) {
    self.init(String.UnicodeScalarView(scalars))
  }
}

extension String.UnicodeScalarView {
  fileprivate init(_ scalars: some Sequence<Unicode.Scalar>) {
    self.init()
    append(contentsOf: scalars)
  }
}
