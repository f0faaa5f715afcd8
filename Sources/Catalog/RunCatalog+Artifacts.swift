import Foundation
import GRDB

/// Bytes that a run has put in place, to be recorded.
package struct NewArtifact: Sendable, Equatable {
  /// As in `index`, `preconditioner`, `scores`.
  package var kind: String
  /// Absolute.
  package var path: String
  package var bytes: Int64
  /// Hexadecimal digest of the bytes.
  package var digest: String
  /// What would make the same bytes; none for what is not to be reused.
  package var key: Key?
  package var formatVersion: Int

  /// A digest and the named ingredients it was made from.
  package struct Key: Sendable, Equatable {
    package var digest: String
    package var ingredients: [String: String]

    package init(digest: String, ingredients: [String: String]) {
      self.digest = digest
      self.ingredients = ingredients
    }
  }

  /// One spelling of the path is kept: without `.`, `..` and trailing slash.
  package init(kind: String, path: String, bytes: Int64, digest: String, key: Key?, formatVersion: Int) {
    self.kind = kind
    precondition(path.hasPrefix("/"), "the path '\(path)' of an artifact is not absolute")
    self.path = RunCatalog.absolutePath(path, from: "/")
    self.bytes = bytes
    self.digest = digest
    self.key = key
    self.formatVersion = formatVersion
  }
}

/// What runs made, where it is, and whether a later run can have it.
///
/// An artifact is bytes, not a path: other bytes at the same path are another artifact, and the one that was there is
/// marked as replaced, with everything that other runs had put beneath the path. The same bytes again are the same
/// artifact.
extension RunCatalog {
  /// Records bytes at a path as made by a run that is still at work.
  ///
  /// - Throws: `RunCatalogError.noSuchRun`, `.runNotRunning`.
  @discardableResult
  package func record(_ artifact: NewArtifact, producedBy runID: String) throws -> ArtifactRecord {
    try write { db in
      _ = try Self.runningRun(runID, db)
      return try Self.insert(artifact, producedBy: runID, db)
    }
  }

  /// Records that a run read an artifact.
  ///
  /// - Throws: `RunCatalogError.noSuchRun`, `.runNotRunning`, `.noSuchArtifact`.
  package func recordUse(of artifactID: Int64, by runID: String) throws {
    try write { db in
      _ = try Self.runningRun(runID, db)
      try Self.insertUse(of: artifactID, by: runID, db)
    }
  }

  /// The newest artifact that was made from the same ingredients and has not been replaced; none when it has to be made.
  ///
  /// Candidates are put to `isUsable` newest first, until one will do. The catalog does not look at files: whoever deletes
  /// one does not tell it, so the caller should look.
  package func artifact(
    forKey keyDigest: String, where isUsable: (ArtifactRecord) throws -> Bool = { _ in true }
  ) throws -> ArtifactRecord? {
    let candidates = try read { db in
      try ArtifactRecord.all().key(keyDigest).live().newestFirst().fetchAll(db)
    }
    return try candidates.first(where: isUsable)
  }

  /// Tables of the documents of indexes whose rows have a recipe, the newest first; see `recipe` among their ingredients.
  package func rowTables(ofRecipe recipe: String, limit: Int) throws -> [ArtifactRecord] {
    try read { db in
      // The condition as the index `artifact_recipe` has it.
      try ArtifactRecord.fetchAll(
        db,
        sql: """
          SELECT * FROM artifact WHERE kind = 'rows' AND replacedAt IS NULL
          AND json_extract(keyIngredients, '$.recipe') = ? ORDER BY id DESC LIMIT ?
          """,
        arguments: [recipe, limit])
    }
  }

  /// The newest run that made an artifact, with everything that belongs to it; none where all such runs were removed.
  package func details(producing artifactID: Int64) throws -> RunDetails? {
    try read { db in
      let runID = try String.fetchOne(
        db,
        sql: """
          SELECT run.id FROM run JOIN runArtifact ON runArtifact.runID = run.id
          WHERE runArtifact.artifactID = ? AND runArtifact.role = 'produced' AND run.removedAt IS NULL
          ORDER BY run.createdAt DESC LIMIT 1
          """,
        arguments: [artifactID])
      return try runID.map { try Self.details(of: $0, db) }
    }
  }

  /// The artifact that is at an absolute path now, as far as the catalog knows.
  package func artifact(atPath path: String) throws -> ArtifactRecord? {
    try read { db in
      try ArtifactRecord.all().path(Self.absolutePath(path, from: "/")).live().fetchOne(db)
    }
  }

  // MARK: - In a transaction

  @discardableResult
  static func insert(_ artifact: NewArtifact, producedBy runID: String, _ db: Database) throws -> ArtifactRecord {
    let present = try ArtifactRecord.all().path(artifact.path).live().fetchOne(db)
    let record: ArtifactRecord
    if let present, present.isSame(as: artifact) {
      record = present
    } else {
      if var present {
        present.replacedAt = Date.now
        try present.update(db)
      }
      try replaceArtifacts(in: artifact.path, notProducedBy: runID, db)
      record = try ArtifactRecord.insertAndFetch(artifact, createdAt: Date.now, db)
    }
    try RunArtifactRecord(runID: runID, artifactID: record.id, role: .produced).insert(db, onConflict: .ignore)
    return record
  }

  static func insertUse(of artifactID: Int64, by runID: String, _ db: Database) throws {
    guard try ArtifactRecord.exists(db, key: artifactID) else {
      throw RunCatalogError.noSuchArtifact(id: artifactID)
    }
    try RunArtifactRecord(runID: runID, artifactID: artifactID, role: .used).insert(db, onConflict: .ignore)
  }

  /// Marks live artifacts beneath a path as replaced, but for those that the run made: it may enter a directory after what
  /// it put there.
  static func replaceArtifacts(in directory: String, notProducedBy runID: String, _ db: Database) throws {
    precondition(directory.hasPrefix("/"), "the directory '\(directory)' is not absolute")
    let path = absolutePath(directory, from: "/")
    // Between 'path/' and 'path0' lies whatever begins with 'path/': '0' follows '/' in ASCII.
    let beneath = path + "/"
    let end = path + "0"
    try db.execute(
      sql: """
        UPDATE artifact SET replacedAt = ? WHERE replacedAt IS NULL AND path >= ? AND path < ?
        AND id NOT IN (SELECT artifactID FROM runArtifact WHERE runID = ? AND role = 'produced')
        """,
      arguments: [Date.now, beneath, end, runID])
  }

  static func artifacts(_ role: RunArtifactRecord.Role, by runID: String, _ db: Database) throws -> [ArtifactRecord] {
    try ArtifactRecord.fetchAll(
      db,
      sql: """
        SELECT artifact.* FROM artifact JOIN runArtifact ON runArtifact.artifactID = artifact.id
        WHERE runArtifact.runID = ? AND runArtifact.role = ? ORDER BY artifact.id
        """,
      arguments: [runID, role])
  }
}

extension ArtifactRecord {
  fileprivate func isSame(as artifact: NewArtifact) -> Bool {
    path == artifact.path && kind == artifact.kind && digest == artifact.digest && bytes == artifact.bytes
      && keyDigest == artifact.key?.digest && formatVersion == artifact.formatVersion
  }

  /// SQLite chooses the id, so there is no record before the row.
  fileprivate static func insertAndFetch(
    _ artifact: NewArtifact, createdAt: Date, _ db: Database
  ) throws -> ArtifactRecord {
    let row = InsertedArtifact(
      kind: artifact.kind, path: artifact.path, bytes: artifact.bytes, digest: artifact.digest,
      keyDigest: artifact.key?.digest, keyIngredients: artifact.key?.ingredients,
      formatVersion: artifact.formatVersion, createdAt: createdAt)
    return try row.insertAndFetch(db, as: ArtifactRecord.self)
  }
}

/// `ArtifactRecord` without the id, which only SQLite can know.
struct InsertedArtifact: Encodable, PersistableRecord {
  static let databaseTableName = "artifact"

  var kind: String
  var path: String
  var bytes: Int64
  var digest: String
  var keyDigest: String?
  var keyIngredients: [String: String]?
  var formatVersion: Int
  var createdAt: Date
  var replacedAt: Date?
}

extension InsertedArtifact {
  init(_ artifact: ArtifactRecord) {
    self.init(
      kind: artifact.kind, path: artifact.path, bytes: artifact.bytes, digest: artifact.digest,
      keyDigest: artifact.keyDigest, keyIngredients: artifact.keyIngredients, formatVersion: artifact.formatVersion,
      createdAt: artifact.createdAt, replacedAt: artifact.replacedAt)
  }
}
