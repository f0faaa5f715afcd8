/// Characters that cannot be seen, or that change how others are seen, made visible.

enum VisibleText {
  /// Line breaks and tabs become spaces.
  static func oneLine(_ text: String) -> String {
    lines(text).replacingScalars { $0 == "\n" || $0 == "\t" ? " " : nil }
  }

  /// Line breaks and tabs stay; `\r\n` is a line break.
  static func lines(_ text: String) -> String {
    // Swift takes \r\n for one character, which is what is replaced here.
    let text = text.utf8.contains(13) ? text.replacing("\r\n", with: "\n") : text
    return text.replacingScalars(picture)
  }

  /// U+2400 to U+241F picture U+0000 to U+001F.
  private static let controlPictures = "␀␁␂␃␄␅␆␇␈␉␊␋␌␍␎␏␐␑␒␓␔␕␖␗␘␙␚␛␜␝␞␟".map { String($0) }

  private static func picture(of scalar: Unicode.Scalar) -> String? {
    switch scalar.value {
    case 0x20...0x7E, 0x09, 0x0A: return nil
    case 0x00...0x1F: return controlPictures[Int(scalar.value)]
    case 0x7F: return "\u{2421}"
    default:
      guard isTreacherous(scalar) else { return nil }
      let digits = String(scalar.value, radix: 16, uppercase: true)
      return "⟨U+\(String(repeating: "0", count: max(0, 4 - digits.count)))\(digits)⟩"
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

extension String {
  /// Puts texts in the place of single scalars. What stays is copied in runs: most texts need little or nothing.
  func replacingScalars(_ replacement: (Unicode.Scalar) -> String?) -> String {
    var result = ""
    var copied = startIndex
    for index in unicodeScalars.indices {
      guard let text = replacement(unicodeScalars[index]) else { continue }
      result += self[copied..<index]
      result += text
      copied = unicodeScalars.index(after: index)
    }
    return copied == startIndex ? self : result + self[copied...]
  }
}
