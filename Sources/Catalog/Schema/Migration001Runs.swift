extension SchemaMigration {
  /// Runs and what belongs to exactly one of them: models, data sets, metrics, warnings.
  static let runs = SchemaMigration(
    name: "001-runs",
    sql: """
      CREATE TABLE run (
        id TEXT NOT NULL PRIMARY KEY CHECK (length(id) = 12 AND id NOT GLOB '*[^0-9a-f]*'),
        name TEXT CHECK (name <> '' AND instr(name, '/') = 0),
        command TEXT NOT NULL CHECK (command <> ''),
        status TEXT NOT NULL CHECK (status IN ('running', 'finished', 'failed', 'cancelled')),
        path TEXT CHECK (path GLOB '/*'),
        configYAML TEXT NOT NULL,
        commandLine TEXT NOT NULL CHECK (json_valid(commandLine) AND json_type(commandLine) = 'array'),
        workingDirectory TEXT NOT NULL CHECK (workingDirectory GLOB '/*'),
        host TEXT NOT NULL,
        userName TEXT NOT NULL,
        pid INTEGER NOT NULL CHECK (pid > 0),
        pidNamespace TEXT NOT NULL,
        bootID TEXT NOT NULL,
        processStart INTEGER NOT NULL CHECK (processStart >= 0),
        version TEXT NOT NULL,
        kernels TEXT NOT NULL,
        processorModel TEXT NOT NULL,
        coreCount INTEGER NOT NULL CHECK (coreCount > 0),
        createdAt TEXT NOT NULL CHECK (datetime(createdAt) IS NOT NULL),
        startedAt TEXT NOT NULL CHECK (datetime(startedAt) IS NOT NULL),
        finishedAt TEXT CHECK (datetime(finishedAt) IS NOT NULL OR finishedAt IS NULL),
        exitCode INTEGER,
        error TEXT,
        CHECK ((status = 'running') = (finishedAt IS NULL)),
        CHECK (status <> 'running' OR exitCode IS NULL),
        CHECK (status <> 'finished' OR (exitCode IS 0 AND error IS NULL)),
        CHECK (status <> 'failed' OR (exitCode IS NOT NULL AND exitCode <> 0 AND error IS NOT NULL))
      ) STRICT;
      CREATE UNIQUE INDEX run_name ON run (name) WHERE name IS NOT NULL;
      CREATE INDEX run_createdAt ON run (createdAt);
      CREATE INDEX run_path ON run (path, createdAt) WHERE path IS NOT NULL;
      CREATE INDEX run_command ON run (command, createdAt);
      CREATE INDEX run_running ON run (createdAt) WHERE status = 'running';

      CREATE TABLE runModel (
        runID TEXT NOT NULL REFERENCES run (id) ON DELETE CASCADE,
        role TEXT NOT NULL CHECK (role IN ('model')),
        path TEXT NOT NULL CHECK (path <> ''),
        hubRevision TEXT,
        weightsDigest TEXT NOT NULL CHECK (weightsDigest <> '' AND weightsDigest NOT GLOB '*[^0-9a-f]*'),
        tokenizerDigest TEXT NOT NULL CHECK (tokenizerDigest <> '' AND tokenizerDigest NOT GLOB '*[^0-9a-f]*'),
        architecture TEXT NOT NULL,
        parameterCount INTEGER NOT NULL CHECK (parameterCount >= 0),
        attributedParameterCount INTEGER NOT NULL
          CHECK (attributedParameterCount BETWEEN 0 AND parameterCount),
        precision TEXT NOT NULL,
        PRIMARY KEY (runID, role)
      ) STRICT, WITHOUT ROWID;
      CREATE INDEX runModel_weightsDigest ON runModel (weightsDigest);

      CREATE TABLE runDataset (
        runID TEXT NOT NULL REFERENCES run (id) ON DELETE CASCADE,
        role TEXT NOT NULL CHECK (role IN ('data', 'query')),
        path TEXT NOT NULL CHECK (path <> ''),
        split TEXT NOT NULL,
        digest TEXT NOT NULL CHECK (digest <> '' AND digest NOT GLOB '*[^0-9a-f]*'),
        rowCount INTEGER NOT NULL CHECK (rowCount >= 0),
        tokenCount INTEGER NOT NULL CHECK (tokenCount >= 0),
        PRIMARY KEY (runID, role)
      ) STRICT, WITHOUT ROWID;
      CREATE INDEX runDataset_digest ON runDataset (digest);

      CREATE TABLE metric (
        runID TEXT NOT NULL REFERENCES run (id) ON DELETE CASCADE,
        name TEXT NOT NULL CHECK (name <> ''),
        value REAL NOT NULL,
        unit TEXT NOT NULL,
        PRIMARY KEY (runID, name)
      ) STRICT, WITHOUT ROWID;

      CREATE TABLE warning (
        runID TEXT NOT NULL REFERENCES run (id) ON DELETE CASCADE,
        position INTEGER NOT NULL CHECK (position >= 0),
        message TEXT NOT NULL CHECK (message <> ''),
        PRIMARY KEY (runID, position)
      ) STRICT, WITHOUT ROWID;
      """)
}
