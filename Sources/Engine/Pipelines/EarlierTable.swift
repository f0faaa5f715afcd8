package import Foundation

/// The table of documents of an earlier run whose rows are made by a recipe that somebody has asked for. It is verified;
/// what lies beside it is not.
package struct EarlierTable: Sendable {
  /// What people call the run.
  package var name: String
  /// Where the table lies.
  package var directory: URL
  /// Whether the file of this name beside it is one of the run's products and has the bytes that it had; reads all of them.
  package var isIntact: @Sendable (_ file: String) throws -> Bool

  package init(name: String, directory: URL, isIntact: @escaping @Sendable (_ file: String) throws -> Bool) {
    self.name = name
    self.directory = directory
    self.isIntact = isIntact
  }
}
