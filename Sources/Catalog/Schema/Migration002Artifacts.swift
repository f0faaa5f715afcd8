extension SchemaMigration {
  /// Artifacts, which outlive the run that made them, and which run made or used which.
  static let artifacts = SchemaMigration(
    name: "002-artifacts",
    sql: """
      CREATE TABLE artifact (
        id INTEGER PRIMARY KEY,
        kind TEXT NOT NULL CHECK (kind <> ''),
        path TEXT NOT NULL CHECK (path GLOB '/*'),
        bytes INTEGER NOT NULL CHECK (bytes >= 0),
        digest TEXT NOT NULL CHECK (digest <> '' AND digest NOT GLOB '*[^0-9a-f]*'),
        keyDigest TEXT CHECK (keyDigest <> '' AND keyDigest NOT GLOB '*[^0-9a-f]*'),
        keyIngredients TEXT
          CHECK (keyIngredients IS NULL OR (json_valid(keyIngredients) AND json_type(keyIngredients) = 'object')),
        formatVersion INTEGER NOT NULL CHECK (formatVersion >= 0),
        createdAt TEXT NOT NULL CHECK (datetime(createdAt) IS NOT NULL),
        replacedAt TEXT CHECK (datetime(replacedAt) IS NOT NULL OR replacedAt IS NULL),
        CHECK ((keyDigest IS NULL) = (keyIngredients IS NULL))
      ) STRICT;
      CREATE UNIQUE INDEX artifact_livePath ON artifact (path) WHERE replacedAt IS NULL;
      CREATE INDEX artifact_liveKey ON artifact (keyDigest, id) WHERE keyDigest IS NOT NULL AND replacedAt IS NULL;

      CREATE TABLE runArtifact (
        runID TEXT NOT NULL REFERENCES run (id) ON DELETE CASCADE,
        artifactID INTEGER NOT NULL REFERENCES artifact (id) ON DELETE CASCADE,
        role TEXT NOT NULL CHECK (role IN ('produced', 'used')),
        PRIMARY KEY (runID, artifactID, role)
      ) STRICT, WITHOUT ROWID;
      CREATE INDEX runArtifact_artifactID ON runArtifact (artifactID, role);
      """)
}
