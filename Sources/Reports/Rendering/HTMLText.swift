/// Text as HTML, in elements and in quoted attributes.

/// Scalar by scalar: a quotation mark that a combining mark follows is one `Character` that is not `"`, and would end
/// an attribute all the same. (The Mustache library's own escaping goes by characters and misses it.)
enum HTMLText {
  static func escaped(_ text: String) -> String {
    text.replacingScalars { scalar in
      switch scalar {
      case "&": "&amp;"
      case "<": "&lt;"
      case ">": "&gt;"
      case "\"": "&quot;"
      case "'": "&#39;"
      default: nil
      }
    }
  }
}
