/// What can go wrong with the catalog, as facts; `description` has the words and the cure.
package enum RunCatalogError: Error, Equatable, CustomStringConvertible {
  /// Nothing at the path, and the command does not create one.
  case noCatalog(path: String)
  case isDirectory(path: String)
  /// The file or its directory cannot be written, or cannot be made.
  case notWritable(path: String, reason: String)
  /// The disk, or a quota on it, has no room for what should be recorded.
  case diskFull(path: String)
  /// The file is there and cannot be opened or read.
  case unreadable(path: String, reason: String)
  /// The bytes are not SQLite's.
  case notADatabase(path: String)
  /// An SQLite database of another program.
  case notACatalog(path: String)
  /// A newer version of this program has migrated the catalog.
  case newerSchema(path: String, migration: String)
  /// The catalog needs migrations, and may only be read.
  case outdatedReadOnly(path: String, migrations: [String])
  /// Another process held the write lock for longer than the busy timeout.
  case locked(path: String, seconds: Double)
  case damaged(path: String, detail: String)

  case noSuchRun(String)
  case ambiguousRun(String, candidates: [String])
  /// A name of a run that is empty or could be taken for a path.
  case unusableName(String)
  case nameTaken(name: String, runID: String)
  /// A tag that is empty or would not be one word.
  case unusableTag(String)
  case noSuchTag(String, runID: String)
  /// The run has already ended, or never was this one's to end.
  case runNotRunning(runID: String, status: String)
  /// The run's process lives: what it makes cannot be removed yet.
  case runAtWork(runID: String, host: String, pid: Int32)
  case runNotRemoved(runID: String)
  /// A run that is to be entered is there.
  case runExists(runID: String)
  /// The system would not do something to a file of a run.
  case fileRefused(action: String, path: String, reason: String)
  /// SQL that is not one statement, does not read, or is wrong.
  case queryRefused(reason: String)
  case noSuchArtifact(id: Int64)
  /// A number that is not finite: SQLite has no NaN.
  case notFinite(column: String, of: String)
  /// A constraint of the schema refused the row.
  case rowRefused(detail: String)
  /// `/proc` did not say who this process is.
  case processUnknown(detail: String)

  package var description: String {
    switch self {
    case .noCatalog(let path):
      "there is no run catalog at '\(path)'; the first run makes one, or name another with --catalog or BERGSON_CATALOG"
    case .isDirectory(let path):
      "'\(path)' is a directory, expected the file of a run catalog; did you mean '\(path)/catalog.sqlite'?"
    case .notWritable(let path, let reason):
      "the run catalog '\(path)' cannot be written: \(reason); change the permissions of the file and its directory, or "
        + "name a catalog elsewhere with --catalog or BERGSON_CATALOG"
    case .diskFull(let path):
      "the run catalog '\(path)' cannot grow: its disk is full; free some space, or name a catalog elsewhere with "
        + "--catalog or BERGSON_CATALOG"
    case .unreadable(let path, let reason):
      "the run catalog '\(path)' cannot be opened: \(reason); SQLite needs a file that can be read, in a directory "
        + "where it may create '-wal' and '-shm' beside it: copy the catalog to one"
    case .notADatabase(let path):
      "'\(path)' is not an SQLite database; name a catalog with --catalog or BERGSON_CATALOG, or move the file away"
    case .notACatalog(let path):
      "'\(path)' is an SQLite database but not a run catalog; name another with --catalog or BERGSON_CATALOG"
    case .newerSchema(let path, let migration):
      "the run catalog '\(path)' was made by a newer bergson: it has migration '\(migration)', which this version does "
        + "not know; update bergson"
    case .outdatedReadOnly(let path, let migrations):
      "the run catalog '\(path)' needs the migrations \(migrations.joined(separator: ", ")) but may only be read; make "
        + "it writable, or copy it to a directory where you can write"
    case .locked(let path, let seconds):
      "the run catalog '\(path)' is locked: another process has been writing to it for more than \(seconds) s; see who "
        + "with 'fuser \(path)', wait, and try again"
    case .damaged(let path, let detail):
      "the run catalog '\(path)' is damaged: \(detail); save what is left with 'sqlite3 \(path) .recover'"
    case .noSuchRun(let text):
      "no run has the id, name or directory '\(text)'; 'bergson runs list' shows those there are"
    case .ambiguousRun(let text, let candidates):
      "'\(text)' could be any of the runs \(candidates.prefix(10).joined(separator: ", "))"
        + (candidates.count > 10 ? " and \(candidates.count - 10) more" : "") + "; write more of the id"
    case .unusableName(let name):
      "'\(name)' cannot name a run: a name has at least one character and no '/', which would make it a path"
    case .nameTaken(let name, let runID):
      "the name '\(name)' belongs to run \(runID); choose another name, names of runs are unique"
    case .unusableTag(let tag):
      "'\(tag)' cannot be a tag: a tag is one word, without blanks and commas"
    case .noSuchTag(let tag, let runID):
      "run \(runID) has no tag '\(tag)'; 'bergson runs show \(runID)' shows those it has"
    case .runNotRunning(let runID, let status):
      "run \(runID) has already ended (status '\(status)'); only a running run can be changed"
    case .runAtWork(let runID, let host, let pid):
      "run \(runID) is at work (process \(pid) on \(host)); stop it first, or wait for it to end"
    case .runNotRemoved(let runID):
      "run \(runID) is not removed; 'bergson runs list --all --where \"removed is not null\"' shows those that are"
    case .runExists(let runID):
      "run \(runID) is in the catalog already; 'bergson runs show \(runID)' shows it"
    case .fileRefused(let action, let path, let reason):
      "cannot \(action) '\(path)': \(reason)"
    case .queryRefused(let reason):
      "the query cannot be answered: \(reason); it has to be one statement that reads, docs/catalog.md has the tables"
    case .noSuchArtifact(let id):
      "there is no artifact \(id) in the catalog"
    case .notFinite(let column, let thing):
      "\(column) of \(thing) is not a finite number and cannot be recorded"
    case .rowRefused(let detail):
      "the catalog refused a row: \(detail)"
    case .processUnknown(let detail):
      "this process cannot be identified: \(detail); the catalog needs a readable /proc"
    }
  }
}
