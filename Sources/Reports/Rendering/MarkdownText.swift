/// Text as Markdown: CommonMark with GitHub's extensions.

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
    for byte in text.utf8 {
      run = byte == UInt8(ascii: "`") ? run + 1 : 0
      longest = max(longest, run)
    }
    let fence = String(repeating: "`", count: max(3, longest + 1))
    return "\(fence)text\n\(text)\n\(fence)"
  }

  /// `$` begins mathematics at GitHub's.
  private static let special = Set("\\`*_[]<>|~&#$".unicodeScalars)

  /// Lists (`- `, `+ `, `1. `, `1) `), rules and underlines of headings (`---`, `===`) at the beginning of the text.
  private static func startsBlock(at index: Int, of scalars: [Unicode.Scalar]) -> Bool {
    let next = index + 1 < scalars.count ? scalars[index + 1] : " "
    switch scalars[index] {
    case "-", "+": return index == 0 && (next == " " || next == "-")
    case "=": return index == 0
    // No list's number has more than nine digits.
    case ".", ")": return 1...9 ~= index && next == " " && scalars[..<index].allSatisfy { "0"..."9" ~= $0 }
    default: return false
    }
  }

  /// Addresses become links without any brackets: `https://`, `www.`.
  private static func startsLink(at index: Int, of scalars: [Unicode.Scalar]) -> Bool {
    switch scalars[index] {
    case ":": scalars[(index + 1)...].starts(with: "//".unicodeScalars)
    case ".": String(String.UnicodeScalarView(scalars[max(0, index - 3)..<index])).lowercased() == "www"
    default: false
    }
  }
}
