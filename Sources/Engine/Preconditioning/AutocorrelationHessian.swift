package import Foundation

/// The autocorrelation of gradients, GᵀG / N per block of a row: an estimate of the Fisher information and, near an
/// optimum, of the Hessian. N counts all rows, also those that are zero: documents, or tokens.
package struct AutocorrelationHessian: Sendable {
  package struct Block: Sendable {
    package let name: String
    package let matrix: SymmetricMatrix
    package let eigen: Eigendecomposition
  }

  package let blocks: [Block]
  /// N: documents, or tokens where these have rows.
  package let documentCount: Int

  package init(blocks: [Block], documentCount: Int) {
    self.blocks = blocks
    self.documentCount = documentCount
  }

  static let matrixFile = "hessians.safetensors"
  static let eigenFile = "hessians_eigen.safetensors"
  private static let countKey = "documents"

  /// Writes `hessians.safetensors` and `hessians_eigen.safetensors`, float64, into a run directory.
  package func write(to directory: URL) throws {
    let metadata = ["format": "bergson-autocorrelation-1", Self.countKey: String(documentCount)]
    var matrices = SafetensorsWriter(metadata: metadata)
    var eigen = SafetensorsWriter(metadata: metadata)
    for block in blocks {
      let n = block.matrix.order
      matrices.add(block.name, shape: [n, n], block.matrix.values)
      eigen.add("\(block.name)/eigenvalues", shape: [n], block.eigen.values)
      eigen.add("\(block.name)/eigenvectors", shape: [n, n], block.eigen.vectors)
    }
    try matrices.write(to: directory.appendingPathComponent(Self.matrixFile))
    try eigen.write(to: directory.appendingPathComponent(Self.eigenFile))
  }

  /// Reads what `write` wrote, or matrices alone, which are then decomposed.
  package init(directory: URL) throws {
    let url = directory.appendingPathComponent(Self.matrixFile)
    guard FileManager.default.fileExists(atPath: url.path) else {
      throw PreconditionerError.missing(directory: directory.path, file: Self.matrixFile)
    }
    let matrices = try SafetensorsFile(url)
    let eigenURL = directory.appendingPathComponent(Self.eigenFile)
    let eigen = FileManager.default.fileExists(atPath: eigenURL.path) ? try SafetensorsFile(eigenURL) : nil
    documentCount = matrices.metadata[Self.countKey].flatMap(Int.init) ?? 0
    blocks = try matrices.names.map { name in
      let shape = try matrices.shape(of: name)
      guard shape.count == 2, shape[0] == shape[1] else {
        throw PreconditionerError.notSquare(file: url.path, block: name, shape: shape)
      }
      let matrix = SymmetricMatrix(order: shape[0], values: try matrices.doubles(name))
      let vectors = "\(name)/eigenvectors"
      if let eigen, eigen.names.contains(vectors) {
        let shapes = [try eigen.shape(of: "\(name)/eigenvalues"), try eigen.shape(of: vectors)]
        guard shapes == [[matrix.order], shape] else {
          throw PreconditionerError.otherSpectrum(
            file: eigenURL.path, block: name, shapes: shapes, expected: [[matrix.order], shape])
        }
        return Block(
          name: name, matrix: matrix,
          eigen: Eigendecomposition(
            values: try eigen.doubles("\(name)/eigenvalues"), vectors: try eigen.doubles(vectors)))
      }
      return Block(name: name, matrix: matrix, eigen: try matrix.eigendecomposition())
    }
  }
}

package enum PreconditionerError: Error, Equatable, CustomStringConvertible {
  case missing(directory: String, file: String)
  case notSquare(file: String, block: String, shape: [Int])
  case otherSpectrum(file: String, block: String, shapes: [[Int]], expected: [[Int]])
  case blockMissing(directory: String, block: String)
  case orderMismatch(directory: String, block: String, order: Int, expected: Int)
  case tooLarge(block: String, size: Int, bytes: Int)

  package var description: String {
    switch self {
    case .missing(let directory, let file):
      "'\(directory)' holds no preconditioner: \(file) is missing; make one with "
        + "'bergson preconditioners RUN_PATH', or build without --skip_preconditioners"
    case .notSquare(let file, let block, let shape):
      "the Hessian of '\(block)' in \(file) has shape \(shape), expected a square matrix"
    case .otherSpectrum(let file, let block, let shapes, let expected):
      "eigenvalues and eigenvectors of '\(block)' in \(file) have shapes \(shapes[0]) and \(shapes[1]), "
        + "expected \(expected[0]) and \(expected[1]); remove the file, and the matrices are decomposed again"
    case .blockMissing(let directory, let block):
      "the preconditioner in '\(directory)' has no Hessian for '\(block)'; it was fitted on other modules"
    case .orderMismatch(let directory, let block, let order, let expected):
      "the preconditioner in '\(directory)' has order \(order) for '\(block)', the gradients have \(expected) columns; "
        + "it was fitted with another projection"
    case .tooLarge(let block, let size, let bytes):
      "an autocorrelation preconditioner of '\(block)' would be a \(size) x \(size) matrix "
        + "(\(bytes / (1 << 30)) GiB); project the gradients (--projection_dim 16) or pass --skip_preconditioners"
    }
  }
}
