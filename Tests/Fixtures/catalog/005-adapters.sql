-- A catalog as migrations 001-runs to 005-adapters left it. Frozen: see SchemaMigratorTests.
-- `.dump` leaves out the application id, so it is set here.
PRAGMA application_id=1650946926;
PRAGMA foreign_keys=OFF;
BEGIN TRANSACTION;
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
INSERT INTO artifact VALUES(1,'scores','/data/out/scores.bin',40,'ee05','ff06','{"data":"d1","projection_dim":"16"}',1,'2026-11-24 05:00:59.000',NULL);
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
INSERT INTO attributionHit VALUES('0123456789ab',0,'bottom',1,9,-0.25);
INSERT INTO attributionHit VALUES('0123456789ab',0,'top',1,7,0.5);
CREATE TABLE attributionQuery (
  runID TEXT NOT NULL REFERENCES run (id) ON DELETE CASCADE,
  position INTEGER NOT NULL CHECK (position >= 0),
  text TEXT NOT NULL,
  row INTEGER NOT NULL CHECK (row >= 0),
  loss REAL,
  PRIMARY KEY (runID, position)
) STRICT, WITHOUT ROWID;
INSERT INTO attributionQuery VALUES('0123456789ab',0,'Who wrote it?',0,2.25);
CREATE TABLE document (
  runID TEXT NOT NULL REFERENCES run (id) ON DELETE CASCADE,
  row INTEGER NOT NULL CHECK (row >= 0),
  text TEXT NOT NULL,
  digest TEXT NOT NULL CHECK (length(digest) = 64 AND digest NOT GLOB '*[^0-9a-f]*'),
  characterCount INTEGER NOT NULL CHECK (characterCount >= length(text)),
  PRIMARY KEY (runID, row)
) STRICT, WITHOUT ROWID;
INSERT INTO document VALUES('0123456789ab',7,'She did.','0707070707070707070707070707070707070707070707070707070707070707',8);
INSERT INTO document VALUES('0123456789ab',9,'It was wri','0909090909090909090909090909090909090909090909090909090909090909',40);
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
INSERT INTO evaluation VALUES('0123456789ab','gradients','recall',5,0.75,0.5,1.0,4);
CREATE TABLE metric (
  runID TEXT NOT NULL REFERENCES run (id) ON DELETE CASCADE,
  name TEXT NOT NULL CHECK (name <> ''),
  value REAL NOT NULL,
  unit TEXT NOT NULL,
  PRIMARY KEY (runID, name)
) STRICT, WITHOUT ROWID;
INSERT INTO metric VALUES('0123456789ab','documents',10.0,'');
CREATE TABLE migration (
  name TEXT NOT NULL PRIMARY KEY,
  appliedAt TEXT NOT NULL CHECK (datetime(appliedAt) IS NOT NULL)
) STRICT, WITHOUT ROWID;
INSERT INTO migration VALUES('001-runs','2026-11-24 05:00:00.000');
INSERT INTO migration VALUES('002-artifacts','2026-11-24 05:00:00.000');
INSERT INTO migration VALUES('003-publications','2026-11-24 05:00:00.000');
INSERT INTO migration VALUES('004-dataset-revision','2026-11-24 06:00:00.000');
INSERT INTO migration VALUES('005-adapters','2026-11-24 06:00:00.000');
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
INSERT INTO run VALUES('0123456789ab','first','score','finished','/data/out','run_path: out','["bergson","score","out"]','/data','somewhere','someone',4711,'pid:[4026531836]','3f0e1b52-8f7c-4e0e-9a39-0d6b8a1d7a55',123456,'1.0','Haswell','Some CPU',2,'2026-11-24 05:00:00.000','2026-11-24 05:00:00.000','2026-11-24 05:01:00.500',0,NULL);
CREATE TABLE runArtifact (
  runID TEXT NOT NULL REFERENCES run (id) ON DELETE CASCADE,
  artifactID INTEGER NOT NULL REFERENCES artifact (id) ON DELETE CASCADE,
  role TEXT NOT NULL CHECK (role IN ('produced', 'used')),
  PRIMARY KEY (runID, artifactID, role)
) STRICT, WITHOUT ROWID;
INSERT INTO runArtifact VALUES('0123456789ab',1,'produced');
CREATE TABLE runDataset (
  runID TEXT NOT NULL REFERENCES run (id) ON DELETE CASCADE,
  role TEXT NOT NULL CHECK (role IN ('data', 'query')),
  path TEXT NOT NULL CHECK (path <> ''),
  split TEXT NOT NULL,
  digest TEXT NOT NULL CHECK (digest <> '' AND digest NOT GLOB '*[^0-9a-f]*'),
  rowCount INTEGER NOT NULL CHECK (rowCount >= 0),
  tokenCount INTEGER NOT NULL CHECK (tokenCount >= 0), hubRevision TEXT,
  PRIMARY KEY (runID, role)
) STRICT, WITHOUT ROWID;
INSERT INTO runDataset VALUES('0123456789ab','data','/data/train.jsonl','train','cc03',10,500,NULL);
INSERT INTO runDataset VALUES('0123456789ab','query','/data/query.jsonl','train','dd04',1,5,NULL);
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
  precision TEXT NOT NULL, adapterPath TEXT, adapterHubRevision TEXT, adapterRank TEXT,
  PRIMARY KEY (runID, role)
) STRICT, WITHOUT ROWID;
INSERT INTO runModel VALUES('0123456789ab','model','/models/pythia','e93a','aa01','bb02','gpt_neox',1000,600,'fp32',NULL,NULL,'4');
CREATE TABLE scoreHistogram (
  runID TEXT NOT NULL REFERENCES run (id) ON DELETE CASCADE,
  queryPosition INTEGER,
  bin INTEGER NOT NULL CHECK (bin >= 0),
  lowerBound REAL NOT NULL,
  upperBound REAL NOT NULL CHECK (upperBound >= lowerBound),
  count INTEGER NOT NULL CHECK (count >= 0),
  FOREIGN KEY (runID, queryPosition) REFERENCES attributionQuery (runID, position) ON DELETE CASCADE
) STRICT;
INSERT INTO scoreHistogram VALUES('0123456789ab',NULL,0,-0.25,0.5,2);
CREATE TABLE warning (
  runID TEXT NOT NULL REFERENCES run (id) ON DELETE CASCADE,
  position INTEGER NOT NULL CHECK (position >= 0),
  message TEXT NOT NULL CHECK (message <> ''),
  PRIMARY KEY (runID, position)
) STRICT, WITHOUT ROWID;
INSERT INTO warning VALUES('0123456789ab',0,'3 rows were skipped');
CREATE UNIQUE INDEX run_name ON run (name) WHERE name IS NOT NULL;
CREATE INDEX run_createdAt ON run (createdAt);
CREATE INDEX run_path ON run (path, createdAt) WHERE path IS NOT NULL;
CREATE INDEX run_command ON run (command, createdAt);
CREATE INDEX run_running ON run (createdAt) WHERE status = 'running';
CREATE INDEX runModel_weightsDigest ON runModel (weightsDigest);
CREATE INDEX runDataset_digest ON runDataset (digest);
CREATE UNIQUE INDEX artifact_livePath ON artifact (path) WHERE replacedAt IS NULL;
CREATE INDEX artifact_liveKey ON artifact (keyDigest, id) WHERE keyDigest IS NOT NULL AND replacedAt IS NULL;
CREATE INDEX runArtifact_artifactID ON runArtifact (artifactID, role);
CREATE INDEX document_digest ON document (digest);
CREATE UNIQUE INDEX scoreHistogram_bin ON scoreHistogram (runID, queryPosition, bin)
  WHERE queryPosition IS NOT NULL;
CREATE UNIQUE INDEX scoreHistogram_overallBin ON scoreHistogram (runID, bin) WHERE queryPosition IS NULL;
CREATE UNIQUE INDEX evaluation_cutoff ON evaluation (runID, method, metric, k) WHERE k IS NOT NULL;
CREATE UNIQUE INDEX evaluation_overall ON evaluation (runID, method, metric) WHERE k IS NULL;
COMMIT;
