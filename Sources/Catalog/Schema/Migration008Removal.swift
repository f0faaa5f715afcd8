extension SchemaMigration {
  /// Crashes that somebody has noticed, runs on their way out, and directories that wait for their deletion.
  ///
  /// `run_listing` has what listings look at: rows of `run` are wide, and walking a hundred thousand of them for two
  /// columns would read all of the file.
  static let removal = SchemaMigration(
    name: "008-removal",
    sql: """
      ALTER TABLE run ADD COLUMN crashedAt TEXT
        CHECK (crashedAt IS NULL OR (datetime(crashedAt) IS NOT NULL AND status = 'running'));
      ALTER TABLE run ADD COLUMN removedAt TEXT CHECK (datetime(removedAt) IS NOT NULL OR removedAt IS NULL);
      CREATE INDEX run_unjudged ON run (id) WHERE status = 'running' AND crashedAt IS NULL;
      CREATE INDEX run_removed ON run (removedAt) WHERE removedAt IS NOT NULL;
      CREATE INDEX run_listing ON run (
        createdAt, id, command, name, status, crashedAt, removedAt, startedAt, finishedAt, exitCode, version, path);

      CREATE TABLE deletion (
        id INTEGER PRIMARY KEY,
        runID TEXT NOT NULL,
        path TEXT NOT NULL CHECK (path GLOB '/*'),
        bytes INTEGER NOT NULL CHECK (bytes >= 0),
        decidedAt TEXT NOT NULL CHECK (datetime(decidedAt) IS NOT NULL)
      ) STRICT;
      """)
}
