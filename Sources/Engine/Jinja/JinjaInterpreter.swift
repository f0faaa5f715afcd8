/// Runs the syntax tree of a template once.
package final class JinjaInterpreter {
  /// The names of one block that is being run, and what they are worth; nil where they are not set.
  final class Frame {
    let scope: JinjaScope
    let parent: Frame?
    fileprivate(set) var values: [JinjaValue?]

    fileprivate init(_ scope: JinjaScope, parent: Frame?) {
      self.scope = scope
      self.parent = parent
      values = Array(repeating: nil, count: scope.names.count)
    }

    subscript(name: Int) -> JinjaValue? {
      get { scope.names.firstIndex(of: name).flatMap { values[$0] } }
      set {
        guard let place = scope.names.firstIndex(of: name) else { preconditionFailure("no scope has the name \(name)") }
        values[place] = newValue
      }
    }
  }

  let program: JinjaProgram
  let options: JinjaOptions
  /// The variables and globals, by the number of their name.
  private let context: [JinjaValue?]
  private var output = ""
  private var steps = 0
  private var depth = 0
  /// What can hold itself, and would never be released.
  private var frames: [Frame] = []
  private var namespaces: [JinjaNamespace] = []

  /// A second or two; a conversation of a thousand messages takes some hundred thousand.
  private static let mostSteps = 5_000_000
  /// Bytes of one text.
  private static let longestText = 1 << 25
  /// Nested evaluations, for threads with half a megabyte of stack. A macro that calls itself takes about six a turn.
  private static let deepest = 200

  init(program: JinjaProgram, options: JinjaOptions, variables: [String: JinjaValue]) {
    self.program = program
    self.options = options
    let globals = JinjaGlobals.all(options)
    context = program.names.map { variables[$0] ?? globals[$0] }
  }

  func render() throws -> String {
    let frame = enter(program.scope, in: nil)
    _ = try execute(program.body, frame)
    return output
  }

  /// Breaks the cycles among what the template made.
  func releaseObjects() {
    for namespace in namespaces { namespace.attributes = JinjaDictionary() }
    for frame in frames { frame.values = [] }
  }

  // MARK: - Bounds

  func charge(_ cost: Int) throws {
    steps += cost
    guard steps <= Self.mostSteps else {
      throw JinjaError.limit("the template takes more than \(Self.mostSteps) steps")
    }
  }

  func check(length: Int) throws {
    guard length <= Self.longestText else {
      throw JinjaError.limit("the template makes a text of more than \(Self.longestText) bytes")
    }
  }

  /// Runs `body` one level deeper. Errors that have no line yet get this one.
  func nested<Result>(line: Int, _ body: () throws -> Result) throws -> Result {
    depth += 1
    defer { depth -= 1 }
    do {
      guard depth <= Self.deepest else {
        throw JinjaError.limit(
          "more than \(Self.deepest) expressions and statements are nested, macro calls among them")
      }
      try charge(1)
      return try body()
    } catch var error as JinjaError where error.line == nil {
      error.line = line
      throw error
    }
  }

  func joined(_ left: String, _ right: String) throws -> String {
    let length = left.utf8.count + right.utf8.count
    try check(length: length)
    try charge(length >> 6)
    return left + right
  }

  func repeated(_ text: String, _ count: Int) throws -> String {
    let (length, isTooLarge) = text.utf8.count.multipliedReportingOverflow(by: count)
    try check(length: isTooLarge ? .max : length)
    try charge(length >> 6)
    guard length > 0 else { return "" }
    // Several times as fast as `String(repeating:count:)`.
    return String(unsafeUninitializedCapacity: length) { buffer in
      var text = text
      return text.withUTF8 { bytes in
        for turn in 0..<count {
          _ = UnsafeMutableBufferPointer(rebasing: buffer[(turn * bytes.count)...]).update(fromContentsOf: bytes)
        }
        return length
      }
    }
  }

  // MARK: - Output

  func write(_ text: String) throws {
    try check(length: output.utf8.count + text.utf8.count)
    try charge(text.utf8.count >> 6)
    output += text
  }

  /// What `body` writes, which goes nowhere else.
  func captured(_ body: () throws -> Void) throws -> String {
    let outer = output
    output = ""
    defer { output = outer }
    try body()
    return output
  }

  // MARK: - Names

  func enter(_ scope: JinjaScope, in parent: Frame?) -> Frame {
    let frame = Frame(scope, parent: parent)
    for (place, name) in scope.names.enumerated() {
      switch scope.sources[place] {
      case .variable: frame.values[place] = context[name]
      case .outer: frame.values[place] = parent.flatMap { find(name, from: $0) }
      case .parameter, .missing: break
      }
    }
    return frame
  }

  private func find(_ name: Int, from frame: Frame) -> JinjaValue? {
    var frame: Frame? = frame
    while let current = frame {
      if let place = current.scope.names.firstIndex(of: name) { return current.values[place] }
      frame = current.parent
    }
    preconditionFailure("no scope has the name '\(program.names[name])'")
  }

  func value(of name: Int, in frame: Frame) -> JinjaValue {
    find(name, from: frame) ?? .undefined(.name(program.names[name]))
  }

  func keep(_ frame: Frame) { frames.append(frame) }
  func keep(_ namespace: JinjaNamespace) { namespaces.append(namespace) }
}
