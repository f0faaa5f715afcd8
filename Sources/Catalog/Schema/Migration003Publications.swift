extension SchemaMigration {
  /// What runs publish for reports: queries, the documents that answer them, score distributions, evaluations.
  static let publications = SchemaMigration(
    name: "003-publications",
    sql: """
      CREATE TABLE attributionQuery (
        runID TEXT NOT NULL REFERENCES run (id) ON DELETE CASCADE,
        position INTEGER NOT NULL CHECK (position >= 0),
        text TEXT NOT NULL,
        row INTEGER NOT NULL CHECK (row >= 0),
        loss REAL,
        PRIMARY KEY (runID, position)
      ) STRICT, WITHOUT ROWID;

      CREATE TABLE attributionHit (
        runID TEXT NOT NULL,
        queryPosition INTEGER NOT NULL,
        direction TEXT NOT NULL CHECK (direction IN ('top', 'bottom')),
        rank INTEGER NOT NULL CHECK (rank >= 1),
        row INTEGER NOT NULL CHECK (row >= 0),
        score REAL NOT NULL,
        PRIMARY KEY (runID, queryPosition, direction, rank),
        FOREIGN KEY (runID, queryPosition) REFERENCES attributionQuery (runID, position) ON DELETE CASCADE
      ) STRICT, WITHOUT ROWID;

      CREATE TABLE document (
        runID TEXT NOT NULL REFERENCES run (id) ON DELETE CASCADE,
        row INTEGER NOT NULL CHECK (row >= 0),
        text TEXT NOT NULL,
        digest TEXT NOT NULL CHECK (length(digest) = 64 AND digest NOT GLOB '*[^0-9a-f]*'),
        characterCount INTEGER NOT NULL CHECK (characterCount >= length(text)),
        PRIMARY KEY (runID, row)
      ) STRICT, WITHOUT ROWID;
      CREATE INDEX document_digest ON document (digest);

      CREATE TABLE scoreHistogram (
        runID TEXT NOT NULL REFERENCES run (id) ON DELETE CASCADE,
        queryPosition INTEGER,
        bin INTEGER NOT NULL CHECK (bin >= 0),
        lowerBound REAL NOT NULL,
        upperBound REAL NOT NULL CHECK (upperBound >= lowerBound),
        count INTEGER NOT NULL CHECK (count >= 0),
        FOREIGN KEY (runID, queryPosition) REFERENCES attributionQuery (runID, position) ON DELETE CASCADE
      ) STRICT;
      CREATE UNIQUE INDEX scoreHistogram_bin ON scoreHistogram (runID, queryPosition, bin)
        WHERE queryPosition IS NOT NULL;
      CREATE UNIQUE INDEX scoreHistogram_overallBin ON scoreHistogram (runID, bin) WHERE queryPosition IS NULL;

      CREATE TABLE evaluation (
        runID TEXT NOT NULL REFERENCES run (id) ON DELETE CASCADE,
        method TEXT NOT NULL CHECK (method <> ''),
        metric TEXT NOT NULL CHECK (metric <> ''),
        k INTEGER CHECK (k >= 1),
        value REAL NOT NULL,
        lowerBound REAL,
        upperBound REAL,
        queryCount INTEGER NOT NULL CHECK (queryCount >= 0),
        CHECK ((lowerBound IS NULL) = (upperBound IS NULL)),
        CHECK (upperBound >= lowerBound)
      ) STRICT;
      CREATE UNIQUE INDEX evaluation_cutoff ON evaluation (runID, method, metric, k) WHERE k IS NOT NULL;
      CREATE UNIQUE INDEX evaluation_overall ON evaluation (runID, method, metric) WHERE k IS NULL;
      """)
}
