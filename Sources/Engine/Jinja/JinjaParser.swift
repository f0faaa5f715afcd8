/// Reads the tokens of a template into statements, by the grammar of jinja2's parser and with its complaints.
struct JinjaParser {
  let options: JinjaOptions
  private let tokens: [JinjaToken]
  private var position = 0
  private(set) var names: [String] = []
  private var numbers: [String: Int] = [:]
  /// The tags that are open, and what may close the innermost.
  private var openTags: [String] = []
  private var endTags: [[String]] = []
  private var depth = 0
  /// Loops around the present place that `break` and `continue` can mean: none inside of a macro.
  var loopDepth = 0

  /// Nested expressions and blocks; the parser recurses, and worker threads have small stacks.
  private static let deepest = 100

  /// - Throws: `JinjaError`.
  static func program(of source: String, _ options: JinjaOptions) throws -> JinjaProgram {
    let (tokens, failure) = JinjaLexer.tokens(of: source, options)
    var parser = JinjaParser(options: options, tokens: tokens)
    let special = JinjaScopeBuilder.Special(
      loop: parser.number(of: "loop"), caller: parser.number(of: "caller"), keywords: parser.number(of: "kwargs"),
      positionals: parser.number(of: "varargs"))
    var body: [JinjaStatement]
    do {
      body = try parser.statements(until: nil)
    } catch {
      throw parser.current.kind == .end ? failure ?? error : error
    }
    if let failure { throw failure }
    let scope = try JinjaScopeBuilder.resolve(&body, special: special)
    return JinjaProgram(names: parser.names, body: body, scope: scope, special: special)
  }

  private init(options: JinjaOptions, tokens: [JinjaToken]) {
    self.options = options
    self.tokens = tokens
  }

  mutating func number(of name: String) -> Int {
    if let number = numbers[name] { return number }
    names.append(name)
    numbers[name] = names.count - 1
    return names.count - 1
  }

  // MARK: - Tokens

  var current: JinjaToken { tokens[position] }
  var line: Int { current.line }
  var next: JinjaToken { tokens[min(position + 1, tokens.count - 1)] }

  mutating func skip(_ count: Int = 1) {
    position = min(position + count, tokens.count - 1)
  }

  func isName(_ name: String) -> Bool { current.kind == .name(name) }
  func isSymbol(_ symbol: JinjaToken.Symbol) -> Bool { current.kind == .symbol(symbol) }

  mutating func skip(name: String) -> Bool {
    guard isName(name) else { return false }
    skip()
    return true
  }

  mutating func skip(_ symbol: JinjaToken.Symbol) -> Bool {
    guard isSymbol(symbol) else { return false }
    skip()
    return true
  }

  func error(_ message: String, line: Int? = nil) -> JinjaError {
    JinjaError(.syntax, message, line: line ?? self.line)
  }

  private func unexpected(_ expected: String) -> JinjaError {
    current.kind == .end
      ? error("unexpected end of template, expected '\(expected)'.")
      : error("expected token '\(expected)', got \(PythonText.representation(of: current.kind.description))")
  }

  mutating func expect(_ symbol: JinjaToken.Symbol) throws {
    guard skip(symbol) else { throw unexpected(symbol.rawValue) }
  }

  mutating func expect(_ kind: JinjaToken.Kind) throws {
    guard current.kind == kind else { throw unexpected(kind.description) }
    skip()
  }

  mutating func expectName() throws -> String {
    guard case .name(let name) = current.kind else { throw unexpected("name") }
    skip()
    return name
  }

  /// Runs `parse` one level deeper.
  mutating func nested<Result>(_ parse: (inout JinjaParser) throws -> Result) throws -> Result {
    depth += 1
    defer { depth -= 1 }
    guard depth <= Self.deepest else {
      throw JinjaError(.limit, "more than \(Self.deepest) expressions and blocks are nested", line: line)
    }
    return try parse(&self)
  }

  // MARK: - Bodies

  /// Statements up to the tag that ends them, which is returned and skipped.
  mutating func body(until ends: String...) throws -> (statements: [JinjaStatement], end: String) {
    _ = skip(.colon)
    try expect(.blockEnd)
    let body = try nested { try $0.statements(until: ends) }
    guard case .name(let end) = current.kind else {
      throw unexpectedEnd(of: nil, looking: endTags + [ends])
    }
    skip()
    return (body, end)
  }

  private mutating func statements(until ends: [String]?) throws -> [JinjaStatement] {
    var body: [JinjaStatement] = []
    if let ends { endTags.append(ends) }
    defer { if ends != nil { endTags.removeLast() } }
    while true {
      let line = line
      switch current.kind {
      case .data(let text):
        skip()
        body.append(JinjaStatement(line: line, kind: .text(text)))
      case .variableBegin:
        skip()
        body.append(JinjaStatement(line: self.line, kind: .print(try expressionOrTuple())))
        try expect(.variableEnd)
      case .blockBegin:
        skip()
        if case .name(let name) = current.kind, let ends, ends.contains(name) { return body }
        body += try statement()
        try expect(.blockEnd)
      default:
        return body
      }
    }
  }

  private mutating func statement() throws -> [JinjaStatement] {
    guard case .name(let tag) = current.kind else { throw error("tag name expected") }
    guard let statements = try tagged(tag) else { throw unexpectedEnd(of: tag, looking: endTags) }
    return statements
  }

  /// Runs `parse` with `tag` open.
  mutating func inside<Result>(_ tag: String, _ parse: (inout JinjaParser) throws -> Result) throws -> Result {
    openTags.append(tag)
    defer { openTags.removeLast() }
    return try parse(&self)
  }

  private func unexpectedEnd(of tag: String?, looking: [[String]]) -> JinjaError {
    var words = [tag.map { "Encountered unknown tag '\($0)'." } ?? "Unexpected end of template."]
    if let last = looking.last {
      let expected = last.map { "'\($0)'" }.joined(separator: " or ")
      if let tag, looking.contains(where: { $0.contains(tag) }) {
        words.append(
          "You probably made a nesting mistake. Jinja is expecting this tag, but currently looking for \(expected).")
      } else {
        words.append("Jinja was looking for the following tags: \(expected).")
      }
    }
    if let open = openTags.last {
      words.append("The innermost block that needs to be closed is '\(open)'.")
    }
    return error(words.joined(separator: " "))
  }
}
