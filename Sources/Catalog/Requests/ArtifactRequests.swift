import GRDB

/// The questions about artifacts that verbs are made of.
extension DerivableRequest<ArtifactRecord> {
  /// Those whose bytes, as far as the catalog knows, are still at their path.
  func live() -> Self {
    filter(Column("replacedAt") == nil)
  }

  func path(_ path: String) -> Self {
    filter(Column("path") == path)
  }

  func key(_ digest: String) -> Self {
    filter(Column("keyDigest") == digest)
  }

  func newestFirst() -> Self {
    order(Column("id").desc)
  }
}
