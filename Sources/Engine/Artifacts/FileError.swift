package import Foundation

/// What the system refused: the action, the file and the reason in the system's words.
package struct FileError: Error, Equatable, CustomStringConvertible {
  package let action: String
  package let path: String
  /// `errno`.
  package let code: Int32

  package init(action: String, path: String, code: Int32) {
    self.action = action
    self.path = path
    self.code = code
  }

  /// Takes the reason from `errno`: call directly after what failed.
  package init(_ action: String, _ url: URL) {
    self.init(action: action, path: url.path, code: errno)
  }

  package var description: String {
    "cannot \(action) '\(path)': \(String(cString: strerror(code)))"
  }
}
