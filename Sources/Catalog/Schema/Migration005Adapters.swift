extension SchemaMigration {
  /// Over a run's model there may be an adapter, saved or fresh.
  static let adapters = SchemaMigration(
    name: "005-adapters",
    sql: """
      ALTER TABLE runModel ADD COLUMN adapterPath TEXT;
      ALTER TABLE runModel ADD COLUMN adapterHubRevision TEXT;
      ALTER TABLE runModel ADD COLUMN adapterRank TEXT;
      """)
}
