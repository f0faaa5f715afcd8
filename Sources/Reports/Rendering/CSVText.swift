/// Comma-separated values (RFC 4180): quotes only where they are needed, as Python's `csv` writes.
package enum CSVText {
  /// - Returns: Lines, of which the last is not ended.
  package static func of(_ rows: [[String]]) -> String {
    rows.map { $0.map(quoted).joined(separator: ",") }.joined(separator: "\r\n")
  }

  private static func quoted(_ field: String) -> String {
    guard field.unicodeScalars.contains(where: { ",\"\r\n".unicodeScalars.contains($0) }) else { return field }
    return "\"" + field.replacing("\"", with: "\"\"") + "\""
  }
}
