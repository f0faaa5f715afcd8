/// The forms a report takes, and how text that comes from data is kept from being anything but text in each.
package enum ReportFormat: String, CaseIterable, Sendable {
  case html, markdown

  /// Text within a line.
  func inline(_ text: String) -> String {
    let visible = VisibleText.oneLine(text)
    return switch self {
    case .html: HTMLText.escaped(visible)
    case .markdown: MarkdownText.escaped(visible)
    }
  }

  /// Text that keeps its lines. In Markdown it comes with the fences around it and has to stand on lines of its own.
  func passage(_ text: String) -> String {
    let visible = VisibleText.lines(text)
    return switch self {
    case .html: HTMLText.escaped(visible)
    case .markdown: MarkdownText.fenced(visible)
    }
  }
}

/// Characters that cannot be seen, or that change how others are seen, made visible.
enum VisibleText {
  /// Line breaks become spaces.
  static func oneLine(_ text: String) -> String {
    String(String.UnicodeScalarView(lines(text).unicodeScalars.map { $0 == "\n" || $0 == "\t" ? " " : $0 }))
  }

  /// Line breaks and tabs stay; `\r\n` is a line break.
  static func lines(_ text: String) -> String {
    var visible = String.UnicodeScalarView()
    var scalars = text.unicodeScalars.makeIterator()
    var pending = scalars.next()
    while let scalar = pending {
      pending = scalars.next()
      if scalar == "\r", pending == "\n" { continue }
      append(scalar, to: &visible)
    }
    return String(visible)
  }

  /// U+2400 to U+241F picture U+0000 to U+001F.
  private static let controlPictures = Array("␀␁␂␃␄␅␆␇␈␉␊␋␌␍␎␏␐␑␒␓␔␕␖␗␘␙␚␛␜␝␞␟".unicodeScalars)

  private static func append(_ scalar: Unicode.Scalar, to visible: inout String.UnicodeScalarView) {
    switch scalar.value {
    case 0x09, 0x0A: visible.append(scalar)
    case 0x00...0x1F: visible.append(controlPictures[Int(scalar.value)])
    case 0x7F: visible.append("\u{2421}")
    case _ where isTreacherous(scalar):
      let digits = String(scalar.value, radix: 16, uppercase: true)
      let padding = String(repeating: "0", count: max(0, 4 - digits.count))
      visible.append(contentsOf: "⟨U+\(padding)\(digits)⟩".unicodeScalars)
    default: visible.append(scalar)
    }
  }

  /// C1 controls, line separators, bidirectional embeddings, overrides and isolates (which make text read as what it is
  /// not), interlinear annotations, and what is no character. Marks of direction stay: Arabic and Hebrew use them.
  private static func isTreacherous(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case 0x80...0x9F, 0x2028...0x202E, 0x2066...0x2069, 0xFFF9...0xFFFB, 0xFDD0...0xFDEF: true
    default: scalar.value & 0xFFFE == 0xFFFE
    }
  }
}

/// Scalar by scalar: a quotation mark that a combining mark follows is one `Character` that is not `"`, and would end
/// an attribute all the same. (The Mustache library's own escaping misses it.)
enum HTMLText {
  static func escaped(_ text: String) -> String {
    var escaped = String.UnicodeScalarView()
    for scalar in text.unicodeScalars {
      switch scalar {
      case "&": escaped.append(contentsOf: "&amp;".unicodeScalars)
      case "<": escaped.append(contentsOf: "&lt;".unicodeScalars)
      case ">": escaped.append(contentsOf: "&gt;".unicodeScalars)
      case "\"": escaped.append(contentsOf: "&quot;".unicodeScalars)
      case "'": escaped.append(contentsOf: "&#39;".unicodeScalars)
      default: escaped.append(scalar)
      }
    }
    return String(escaped)
  }
}

/// CommonMark with GitHub's extensions.
enum MarkdownText {
  /// Text that is nothing but text wherever in a line it stands, cells of tables included.
  static func escaped(_ text: String) -> String {
    var escaped = String.UnicodeScalarView()
    let scalars = Array(text.unicodeScalars)
    for (index, scalar) in scalars.enumerated() {
      if special.contains(scalar) || startsBlock(at: index, of: scalars) || startsLink(at: index, of: scalars) {
        escaped.append("\\")
      }
      escaped.append(scalar)
    }
    return String(escaped)
  }

  /// A code block whose fence is longer than any in the text.
  static func fenced(_ text: String) -> String {
    var longest = 0
    var run = 0
    for scalar in text.unicodeScalars {
      run = scalar == "`" ? run + 1 : 0
      longest = max(longest, run)
    }
    let fence = String(repeating: "`", count: max(3, longest + 1))
    return "\(fence)text\n\(text)\n\(fence)"
  }

  /// `$` begins mathematics at GitHub's.
  private static let special = Set<Unicode.Scalar>("\\`*_[]<>|~&#$".unicodeScalars)

  /// Lists (`- `, `+ `, `1. `, `1) `), rules and underlines of headings (`---`, `===`) at the beginning of the text.
  private static func startsBlock(at index: Int, of scalars: [Unicode.Scalar]) -> Bool {
    let next = index + 1 < scalars.count ? scalars[index + 1] : " "
    switch scalars[index] {
    case "-", "+": return index == 0 && (next == " " || next == "-")
    case "=": return index == 0
    case ".", ")": return index > 0 && next == " " && scalars[..<index].allSatisfy { "0"..."9" ~= $0 }
    default: return false
    }
  }

  /// Addresses become links without any brackets: `https://`, `www.`.
  private static func startsLink(at index: Int, of scalars: [Unicode.Scalar]) -> Bool {
    switch scalars[index] {
    case ":": scalars[(index + 1)...].starts(with: "//".unicodeScalars)
    case ".":
      String(String.UnicodeScalarView(scalars[max(0, index - 3)..<index])).lowercased() == "www"
    default: false
    }
  }
}
