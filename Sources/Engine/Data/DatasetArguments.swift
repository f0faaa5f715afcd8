import Foundation

/// `data_kwargs`, which the Python tool hands to `datasets.load_dataset`: `key=value,key=value`.
///
/// Of what that takes, a revision alone says which rows there are and is not said by another setting; the rest is
/// refused, since an argument that is ignored would select other rows than it was given for.
package struct DatasetArguments: Sendable, Equatable {
  /// Branch, tag or commit of a hub's data set; nil for its default.
  package var revision: String?

  package init(_ text: String) throws {
    if text.allSatisfy(\.isWhitespace) { return }
    for element in text.split(separator: ",", omittingEmptySubsequences: false) {
      let parts = element.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map {
        $0.trimmingCharacters(in: .whitespaces)
      }
      guard parts.count == 2, !parts[0].isEmpty, !parts[1].isEmpty else {
        throw DatasetArgumentsError.malformed(String(element))
      }
      guard parts[0] == "revision" else { throw DatasetArgumentsError.unknown(parts[0]) }
      revision = parts[1]
    }
  }
}

package enum DatasetArgumentsError: Error, Equatable, CustomStringConvertible {
  case malformed(String)
  case unknown(String)

  package var description: String {
    switch self {
    case .malformed(let element):
      "--data_kwargs: found '\(element)', expected revision=REVISION, as in revision=refs/convert/parquet"
    case .unknown(let key):
      "--data_kwargs: there is no argument '\(key)' here, only 'revision'; subset and split are settings of their own, "
        + "and one file of a data set is read by its path"
    }
  }
}
