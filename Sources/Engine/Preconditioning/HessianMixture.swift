import Foundation

/// A mixture of the autocorrelations of queries and values that takes away the weight of directions that all queries
/// share, such as those of their template (Chang et al. 2024, "Scalable Influence and Fact Tracing for Large Language
/// Model Pretraining", A.1.3): H = c H_query + (1 - c) H_value.
package struct HessianMixture: Sendable {
  /// c, from 0 to 1.
  package let coefficient: Double
  private let pairs: [Pair]
  private let documentCount: Int

  private struct Pair: Sendable {
    let query: AutocorrelationHessian.Block
    let value: AutocorrelationHessian.Block
  }

  /// - Parameters:
  ///   - target: how many components are to be downweighted.
  ///   - source: where the values' comes from, for errors.
  /// - Throws: `PreconditionerError` where the two have not the same blocks.
  package init(query: AutocorrelationHessian, value: AutocorrelationHessian, target: Int, source: String) throws {
    let values = Dictionary(uniqueKeysWithValues: value.blocks.map { ($0.name, $0) })
    pairs = try query.blocks.map { block in
      guard let other = values[block.name] else {
        throw PreconditionerError.blockMissing(directory: source, block: block.name)
      }
      guard other.matrix.order == block.matrix.order else {
        throw PreconditionerError.orderMismatch(
          directory: source, block: block.name, order: other.matrix.order, expected: block.matrix.order)
      }
      return Pair(query: block, value: other)
    }
    coefficient = Self.coefficient(
      query: pairs.flatMap(\.query.eigen.values), value: pairs.flatMap(\.value.eigen.values), target: target)
    documentCount = query.documentCount + value.documentCount
  }

  /// The mixture, decomposed.
  ///
  /// - Parameter workers: threads that the decompositions are spread over.
  package func hessian(workers: Int) throws -> AutocorrelationHessian {
    let c = coefficient
    let blocks = try Parallel.map(pairs, workers: workers) { pair in
      let entries = zip(pair.query.matrix.values, pair.value.matrix.values).map { c * $0 + (1 - c) * $1 }
      let matrix = SymmetricMatrix(order: pair.query.matrix.order, values: entries)
      return AutocorrelationHessian.Block(
        name: pair.query.name, matrix: matrix, eigen: try matrix.eigendecomposition())
    }
    return AutocorrelationHessian(blocks: blocks, documentCount: documentCount)
  }

  /// The c at which the descending spectra of c H_query and (1 - c) H_value meet at component `target`.
  ///
  /// - Parameters:
  ///   - query: eigenvalues of all blocks, in any order.
  /// - Returns: 1 for a target of 0; 0.99 where both spectra are 0 there.
  package static func coefficient(query: [Double], value: [Double], target: Int) -> Double {
    guard target > 0, !query.isEmpty else { return target > 0 ? 0.99 : 1 }
    func component(_ spectrum: [Double]) -> Double {
      max(spectrum.sorted(by: >)[min(target, spectrum.count) - 1], 0)
    }
    let (ofQuery, ofValue) = (component(query), component(value))
    return ofQuery + ofValue > 0 ? ofValue / (ofQuery + ofValue) : 0.99
  }

  /// The file that says how the mixture was made.
  package static let fileName = "mix_config.yaml"
}
