/// Whether a template names only what there is. Mustache is silent: a misspelt name renders as nothing.

struct TemplateCheck {
  /// A template's tags and the file they came from.
  struct Source {
    var file: String
    var tags: [TemplateTag]
  }

  let format: ReportFormat
  let sources: [String: Source]
  let directories: [String]

  /// Checks a template and all that it includes.
  ///
  /// - Throws: `ReportError`.
  func check(_ name: String, neededBy: String, schema: TemplateSchema) throws {
    try check(source(name, neededBy: neededBy), stack: [schema], including: [name])
  }

  private func source(_ name: String, neededBy: String) throws -> Source {
    guard let source = sources[name] else {
      throw ReportError.missingTemplate(
        name: "\(format.rawValue)/\(name)", neededBy: neededBy, directories: directories)
    }
    return source
  }

  private func check(_ source: Source, stack: [TemplateSchema], including: [String]) throws {
    try check(source.tags, of: source, stack: stack, including: including)
  }

  private func check(
    _ tags: [TemplateTag], of source: Source, stack: [TemplateSchema], including: [String]
  ) throws {
    for tag in tags {
      switch tag.kind {
      case .variable:
        try checkText(resolve(tag, of: source, in: stack), tag, of: source)
      case .inverted(let inside):
        _ = try resolve(tag, of: source, in: stack)
        try check(inside, of: source, stack: stack, including: including)
      case .section(let inside):
        let inner: [TemplateSchema] =
          switch try resolve(tag, of: source, in: stack) {
          case .flag: stack
          case .list(let element): stack + [element]
          case let value: stack + [value]
          }
        try check(inside, of: source, stack: inner, including: including)
      case .partial:
        let names = including + [tag.name]
        if including.contains(tag.name) {
          throw ReportError.partialCycle(file: source.file, line: tag.line, names: names)
        }
        let partial = try self.source(tag.name, neededBy: "\(source.file):\(tag.line)")
        try check(partial, stack: stack, including: names)
      }
    }
  }

  private func checkText(_ schema: TemplateSchema, _ tag: TemplateTag, of source: Source) throws {
    let reason: String? =
      switch schema {
      case .text: nil
      case .markup: format == .html ? nil : "is a picture, which only HTML can show"
      case .flag: "is true or false, expected a text; open it with {{#\(tag.name)}}"
      case .list: "is a list, expected a text; open it with {{#\(tag.name)}}"
      case .object: "has fields, expected a text; open it with {{#\(tag.name)}}"
      }
    if let reason {
      throw ReportError.wrongUse(file: source.file, line: tag.line, name: tag.name, reason: reason)
    }
  }

  /// As the library resolves names: the first part from the innermost object that has it, the others from there.
  private func resolve(
    _ tag: TemplateTag, of source: Source, in stack: [TemplateSchema]
  ) throws -> TemplateSchema {
    if tag.name == ".", let innermost = stack.last { return innermost }
    let parts = tag.name.split(separator: ".").map(String.init)
    var found = stack.reversed().lazy.compactMap { $0[parts[0]] }.first
    for part in parts.dropFirst() { found = found?[part] }
    guard let found else {
      let known = Set(stack.flatMap(\.names)).sorted()
      throw ReportError.unknownField(file: source.file, line: tag.line, name: tag.name, known: known)
    }
    return found
  }
}

extension TemplateSchema {
  fileprivate subscript(name: String) -> TemplateSchema? {
    if case .object(let fields) = self { fields[name] } else { nil }
  }

  fileprivate var names: [String] {
    if case .object(let fields) = self { Array(fields.keys) } else { [] }
  }
}
