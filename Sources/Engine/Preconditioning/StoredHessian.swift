package import Foundation

/// The Hessian that lies in a directory, whichever kind it is.
package enum StoredHessian: Sendable {
  case autocorrelation(URL)
  case kronecker(KroneckerFiles)

  /// A run of `build` or `preconditioners` has its Hessian in the run directory itself, one of `hessian` in a folder
  /// named by the method; a folder of the latter may be named, too.
  ///
  /// - Throws: `HessianError.severalMethods`.
  package init(directory: URL) throws {
    let folders = HessianMethod.allCases.map { directory.appendingPathComponent($0.rawValue) }
      .filter { FileManager.default.fileExists(atPath: $0.path) }
    if folders.count > 1 {
      throw HessianError.severalMethods(directory: directory.path, methods: folders.map(\.lastPathComponent))
    }
    let place = folders.first ?? directory
    self = KroneckerFiles.exist(in: place) ? .kronecker(KroneckerFiles(place)) : .autocorrelation(place)
  }

  /// Files whose bytes decide what the preconditioner does.
  package func files(corrected: Bool) -> [URL] {
    switch self {
    case .autocorrelation(let directory): [directory.appendingPathComponent(AutocorrelationHessian.matrixFile)]
    case .kronecker(let files):
      ([.activationVectors, .gradientVectors, .activationValues, .gradientValues]
        + [corrected ? .correction : .eigenvalues] as [KroneckerFiles.Store]).map { files.file($0) }
    }
  }
}
