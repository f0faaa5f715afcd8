package import Foundation

/// What a pipeline has to tell about a run: everything that the catalog keeps, in this target's own words.
package struct RunOutcome: Sendable {
  package struct Model: Sendable, Equatable {
    package var path: String
    /// Of the hub's repository; none for a directory.
    package var commit: String?
    package var architecture: String
    package var weightsDigest: Digest
    package var tokenizerDigest: Digest
    package var parameters: Int
    package var attributedParameters: Int
    package var precision: Precision
    /// Over the model of `path`.
    package var adapter: LoadedModel.Adapter?
  }

  package struct Dataset: Sendable, Equatable {
    package enum Role: String, Sendable { case data, query }

    package var role: Role
    package var path: String
    /// Of the hub's repository; none for what lay on this disk.
    package var commit: String?
    package var split: String
    package var digest: Digest
    package var rows: Int
    package var tokens: Int
  }

  package struct Metric: Sendable, Equatable {
    package var name: String
    package var value: Double
    package var unit: String

    package init(_ name: String, _ value: Double, _ unit: String) {
      self.name = name
      self.value = value
      self.unit = unit
    }
  }

  /// A product of the run: a file or folder below its directory.
  package struct Artifact: Sendable, Equatable {
    /// `index`, `preconditioner`, `scores`, `query` ...
    package var kind: String
    /// Relative to the run directory.
    package var path: String
    package var key: ArtifactKey

    package init(kind: String, path: String, key: ArtifactKey) {
      self.kind = kind
      self.path = path
      self.key = key
    }

    /// The same with a path that begins otherwise.
    func moved(below prefix: String) -> Artifact { Artifact(kind: kind, path: prefix + path, key: key) }

    /// The same as whoever looks from a folder of the run sees it.
    ///
    /// - Precondition: it lies there.
    func seen(from folder: String) -> Artifact {
      precondition(path.hasPrefix(folder + "/"), "'\(path)' is not in '\(folder)'")
      return Artifact(kind: kind, path: String(path.dropFirst(folder.count + 1)), key: key)
    }
  }

  package var model: Model?
  package var datasets: [Dataset] = []
  package var metrics: [Metric] = []
  package var artifacts: [Artifact] = []
  /// Files of other runs that numbers of this run come from.
  package var used: [URL] = []
  package var warnings: [String] = []
  package var summary: AttributionSummary?

  package init() {}
}

/// What a report shows of a score run, so that neither model nor data is needed again.
package struct AttributionSummary: Sendable {
  package struct Query: Sendable, Equatable {
    package var row: Int
    package var text: String
    package var loss: Double?

    package init(row: Int, text: String, loss: Double? = nil) {
      self.row = row
      self.text = text
      self.loss = loss
    }
  }

  package struct Hit: Sendable, Equatable {
    package var row: Int
    package var score: Float
  }

  package struct Document: Sendable, Equatable {
    package var row: Int
    package var text: String
  }

  package struct Histogram: Sendable, Equatable {
    package var lowest: Double
    package var highest: Double
    package var counts: [Int]
  }

  package struct Evaluation: Sendable, Equatable {
    package var method: String
    package var metric: String
    package var k: Int?
    package var value: Double
    package var interval: ClosedRange<Double>?
    package var queries: Int
  }

  package var queries: [Query] = []
  /// Strongest first, for each query.
  package var top: [[Hit]] = []
  /// Weakest first, for each query.
  package var bottom: [[Hit]] = []
  /// The documents that appear among the hits.
  package var documents: [Document] = []
  package var histogram: Histogram?
  package var evaluations: [Evaluation] = []

  package init() {}
}
