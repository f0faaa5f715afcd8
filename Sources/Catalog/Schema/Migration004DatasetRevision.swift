extension SchemaMigration {
  /// Data sets may come from a hub too.
  static let datasetRevision = SchemaMigration(
    name: "004-dataset-revision", sql: "ALTER TABLE runDataset ADD COLUMN hubRevision TEXT;")
}
