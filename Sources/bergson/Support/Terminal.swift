/// The terminal that results go to.
import Foundation

enum Terminal {
  /// Characters of a line on stdout; nil where that is no terminal.
  static var width: Int? {
    var size = winsize()
    guard isatty(STDOUT_FILENO) == 1, ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else {
      return nil
    }
    return Int(size.ws_col)
  }
}

extension URL {
  /// Where the program was started.
  static func currentDirectory() -> URL { URL(fileURLWithPath: FileManager.default.currentDirectoryPath) }
}
