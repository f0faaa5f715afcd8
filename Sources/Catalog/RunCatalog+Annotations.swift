import Foundation
import GRDB

/// What people say about runs, during them and after.
extension RunCatalog {
  /// - Throws: `RunCatalogError.noSuchRun`, `.unusableTag`.
  package func tag(_ runID: String, with tags: [String]) throws {
    for tag in tags where tag.isEmpty || tag.contains(where: { $0.isWhitespace || $0 == "," }) {
      throw RunCatalogError.unusableTag(tag)
    }
    try write { db in
      try Self.checkExists(runID, db)
      for tag in tags { try RunTagRecord(runID: runID, tag: tag).insert(db, onConflict: .ignore) }
    }
  }

  /// - Throws: `RunCatalogError.noSuchRun`, `.noSuchTag` for one that the run does not have; then none is taken away.
  package func untag(_ runID: String, from tags: [String]) throws {
    try write { db in
      try Self.checkExists(runID, db)
      for tag in tags {
        try db.execute(sql: "DELETE FROM runTag WHERE runID = ? AND tag = ?", arguments: [runID, tag])
        if db.changesCount == 0 { throw RunCatalogError.noSuchTag(tag, runID: runID) }
      }
    }
  }

  /// Replaces the note of a run; an empty one takes it away.
  ///
  /// - Throws: `RunCatalogError.noSuchRun`.
  package func setNote(_ note: String, of runID: String) throws {
    try write { db in
      try Self.checkExists(runID, db)
      let stored = note.isEmpty ? nil : Excerpt.storable(note)
      try db.execute(sql: "UPDATE run SET note = ? WHERE id = ?", arguments: [stored, runID])
    }
  }

  /// Gives a run another name, or none.
  ///
  /// - Throws: `RunCatalogError.noSuchRun`, `.nameTaken`, `.unusableName`.
  package func rename(_ runID: String, to name: String?) throws {
    if let name { try Self.checkName(name) }
    try write { db in
      try Self.checkExists(runID, db)
      if let name, let owner = try RunRecord.all().named(name).fetchOne(db), owner.id != runID {
        throw RunCatalogError.nameTaken(name: name, runID: owner.id)
      }
      try db.execute(sql: "UPDATE run SET name = ? WHERE id = ?", arguments: [name, runID])
    }
  }

  static func checkName(_ name: String) throws {
    if name.isEmpty || name.contains("/") { throw RunCatalogError.unusableName(name) }
  }

  static func checkExists(_ runID: String, _ db: Database) throws {
    guard try RunRecord.exists(db, key: runID) else { throw RunCatalogError.noSuchRun(runID) }
  }
}
