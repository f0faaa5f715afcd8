/// The tags of a Mustache template, read for checking. Rendering is the library's.

/// A tag, with the tags inside it if it is a section.
struct TemplateTag: Equatable {
  enum Kind: Equatable {
    case variable
    case section([TemplateTag])
    case inverted([TemplateTag])
    case partial
  }

  var kind: Kind
  var name: String
  var line: Int

  /// Reads the tags of a template. Of Mustache, reports take variables, sections, inverted sections, partials and
  /// comments: templates hold no logic beyond loops and presence, and every text escapes itself.
  ///
  /// - Throws: `ReportError.templateSyntax`.
  static func read(_ text: String, file: String) throws -> [TemplateTag] {
    var open: [(tag: TemplateTag, isInverted: Bool)] = []
    var levels: [[TemplateTag]] = [[]]
    var line = 1
    var rest = text[...]
    func failure(_ reason: String) -> ReportError { .templateSyntax(file: file, line: line, reason: reason) }

    while let start = rest.firstRange(of: "{{") {
      line += rest[..<start.lowerBound].count(where: \.isNewline)
      rest = rest[start.upperBound...]
      guard let end = rest.firstRange(of: "}}") else { throw failure("'{{' without '}}'") }
      let content = rest[..<end.lowerBound]
      rest = rest[end.upperBound...]
      defer { line += content.count(where: \.isNewline) }

      let sigil = content.first ?? " "
      if sigil == "!" { continue }
      if sigil == "{" || sigil == "&" { throw failure("texts cannot be left unescaped; write {{name}}") }
      if "=<$%".contains(sigil) {
        throw failure("'{{\(sigil)' is not for reports, expected a name, '#', '^', '/', '>' or '!'")
      }
      let hasSigil = "#^/>".contains(sigil)
      let name = (hasSigil ? content.dropFirst() : content).trimmed
      guard isName(name, isPartial: sigil == ">") else {
        throw failure("'\(content)' is no name, expected letters, with dots between names of fields")
      }

      switch sigil {
      case "#", "^":
        open.append((TemplateTag(kind: .variable, name: name, line: line), sigil == "^"))
        levels.append([])
      case "/":
        guard let section = open.popLast(), section.tag.name == name else {
          throw failure("'{{/\(name)}}' closes nothing that is open here")
        }
        let inside = levels.removeLast()
        var tag = section.tag
        tag.kind = section.isInverted ? .inverted(inside) : .section(inside)
        levels[levels.count - 1].append(tag)
      case ">":
        levels[levels.count - 1].append(TemplateTag(kind: .partial, name: name, line: line))
      default:
        levels[levels.count - 1].append(TemplateTag(kind: .variable, name: name, line: line))
      }
    }
    if let section = open.last {
      throw ReportError.templateSyntax(
        file: file, line: section.tag.line, reason: "'\(section.tag.name)' is opened here and never closed")
    }
    return levels[0]
  }

  private static func isName(_ name: String, isPartial: Bool) -> Bool {
    if name == ".", !isPartial { return true }
    let parts = name.split(separator: isPartial ? "/" : ".", omittingEmptySubsequences: false)
    return parts.allSatisfy { part in
      !part.isEmpty
        && part.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || (isPartial && "-_".contains($0))) }
    }
  }
}

extension Substring {
  fileprivate var trimmed: String {
    let start = drop(while: \.isWhitespace)
    return String(start.prefix(upTo: start.lastIndex { !$0.isWhitespace }.map(start.index(after:)) ?? start.startIndex))
  }
}
