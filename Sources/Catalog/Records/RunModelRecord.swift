import GRDB

/// A row of `runModel`: the model whose gradients a run took.
package struct RunModelRecord: Codable, Sendable, Equatable, FetchableRecord, PersistableRecord {
  package static let databaseTableName = "runModel"

  package enum Role: String, Codable, Sendable, DatabaseValueConvertible {
    case model
  }

  package var runID: String
  package var role: Role
  package var path: String
  /// The commit of a hub repository, where the files came from one.
  package var hubRevision: String?
  /// Hexadecimal.
  package var weightsDigest: String
  /// Hexadecimal.
  package var tokenizerDigest: String
  package var architecture: String
  package var parameterCount: Int
  /// Parameters whose gradients were taken; the rest had no part in any score.
  package var attributedParameterCount: Int
  package var precision: String
  /// Directory of the adapter over the model; nil where there is none, and for a fresh one.
  package var adapterPath: String?
  /// The commit of a hub repository, where the adapter came from one.
  package var adapterHubRevision: String?
  /// Of an adapter, fresh ones too: `4`, or `2 to 8` where modules differ.
  package var adapterRank: String?

  package init(
    runID: String, role: Role = .model, path: String, hubRevision: String?, weightsDigest: String,
    tokenizerDigest: String, architecture: String, parameterCount: Int, attributedParameterCount: Int,
    precision: String, adapterPath: String? = nil, adapterHubRevision: String? = nil, adapterRank: String? = nil
  ) {
    self.runID = runID
    self.role = role
    self.path = path
    self.hubRevision = hubRevision
    self.weightsDigest = weightsDigest
    self.tokenizerDigest = tokenizerDigest
    self.architecture = architecture
    self.parameterCount = parameterCount
    self.attributedParameterCount = attributedParameterCount
    self.precision = precision
    self.adapterPath = adapterPath
    self.adapterHubRevision = adapterHubRevision
    self.adapterRank = adapterRank
  }
}
