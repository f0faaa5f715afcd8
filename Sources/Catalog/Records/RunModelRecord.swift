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

  package init(
    runID: String, role: Role = .model, path: String, hubRevision: String?, weightsDigest: String,
    tokenizerDigest: String, architecture: String, parameterCount: Int, attributedParameterCount: Int,
    precision: String
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
  }
}
