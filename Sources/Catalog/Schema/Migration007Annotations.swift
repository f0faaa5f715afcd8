extension SchemaMigration {
  /// What people say about runs.
  static let annotations = SchemaMigration(
    name: "007-annotations",
    sql: """
      ALTER TABLE run ADD COLUMN note TEXT CHECK (note <> '');

      CREATE TABLE runTag (
        runID TEXT NOT NULL REFERENCES run (id) ON DELETE CASCADE,
        tag TEXT NOT NULL CHECK (tag <> '' AND tag NOT GLOB '*[ ,]*'),
        PRIMARY KEY (runID, tag)
      ) STRICT, WITHOUT ROWID;
      CREATE INDEX runTag_tag ON runTag (tag, runID);
      """)
}
