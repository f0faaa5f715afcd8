/// A Jinja template, rendered as the Python library jinja2 (3.1) renders it, within bounds.
package import Foundation

/// What differs between the environments that templates are written for.
package struct JinjaOptions: Sendable {
  package enum Dialect: Sendable {
    /// jinja2's own `Environment()`, in which format templates run.
    case standard
    /// The environment of transformers' chat templates: `break`, `continue` and `generation`, a `tojson` that escapes
    /// nothing, `raise_exception` and `strftime_now`.
    case chat
  }

  package var dialect: Dialect
  /// Takes the line break behind a block (`trim_blocks`).
  package var trimsAfterBlocks: Bool
  /// Takes the white space before a block that begins a line (`lstrip_blocks`).
  package var stripsBeforeBlocks: Bool
  /// Keeps one line break at the end of the template (`keep_trailing_newline`).
  package var keepsTrailingNewline = false
  /// What `strftime_now` tells.
  package var now: @Sendable () -> Date = { Date() }

  package static let standard = JinjaOptions(dialect: .standard, trimsAfterBlocks: false, stripsBeforeBlocks: false)
  package static let chat = JinjaOptions(dialect: .chat, trimsAfterBlocks: true, stripsBeforeBlocks: true)
}

/// A template, read once and rendered as often as wanted, by several threads if need be.
///
/// Any template ends: what it nests, makes and writes is bounded, and so are its steps. Lists and dictionaries cannot be
/// changed by it. Templates that use others (`include`, `extends`, `import`) and HTML escaping are refused.
package struct JinjaTemplate: Sendable {
  private let program: JinjaProgram
  private let options: JinjaOptions

  /// - Throws: `JinjaError`, with the line.
  package init(_ source: String, options: JinjaOptions = .standard) throws {
    program = try JinjaParser.program(of: source, options)
    self.options = options
  }

  /// The text that the template makes of `variables`.
  ///
  /// - Throws: `JinjaError`, with the line.
  package func render(_ variables: [String: JinjaValue]) throws -> String {
    let interpreter = JinjaInterpreter(program: program, options: options, variables: variables)
    defer { interpreter.releaseObjects() }
    return try interpreter.render()
  }

  /// The text that the template makes of a row, whose columns are the variables.
  ///
  /// - Throws: `JinjaError`, with the line.
  package func render(_ row: JSONObject) throws -> String {
    try render(Dictionary(row.map { ($0.key, JinjaValue($0.value)) }) { first, _ in first })
  }
}
