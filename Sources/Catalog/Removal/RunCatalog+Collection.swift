import Foundation
import GRDB

/// Deleting removed runs for good, with their files.
///
/// First, in one transaction, the rows of the runs go and `deletion` says which paths have to follow: from then on nothing
/// of them is found or reused. Then each path is renamed, under the write lock, so that no run can begin there meanwhile,
/// and the renamed tree is deleted. A process that is killed at any point leaves `deletion` rows, with which the next
/// collection goes on. Several processes may collect at once.
extension RunCatalog {
  /// What `collect` would do now.
  package func collectionPlan() throws -> CollectionPlan {
    try read { db in
      try CollectionPlan(
        items: collectionItems(db),
        unfinished: DeletionRecord.fetchAll(db).map { CollectionPlan.Path(path: $0.path, bytes: $0.bytes) })
    }
  }

  /// Deletes removed runs that no other run needs, and what earlier collections have left.
  ///
  /// - Parameter progress: Told of every step.
  package func collect(progress: (CollectionStep) throws -> Void = { _ in }) throws {
    try write { db in
      for item in try collectionItems(db) where item.dependants.isEmpty { try Self.decide(item, db) }
      try db.execute(sql: "DELETE FROM artifact WHERE id NOT IN (SELECT artifactID FROM runArtifact)")
      try db.execute(sql: "DELETE FROM setting WHERE id NOT IN (SELECT settingID FROM runSetting)")
    }
    try progress(.decided)
    try completeDeletions(progress: progress)
  }

  /// Deletes what an earlier collection decided to and could not.
  package func completeDeletions(progress: (CollectionStep) throws -> Void = { _ in }) throws {
    for deletion in try read({ try DeletionRecord.fetchAll($0) }) {
      let renamed = deletion.path + ".deleted-\(deletion.id)"
      do {
        switch try write({ db in try Self.rename(deletion, to: renamed, db) }) {
        case .claimed: try progress(.passedOver(path: deletion.path))
        case .busy: continue
        case .renamed: try progress(.renamed(path: deletion.path))
        case .gone: break
        }
        try FileTree.remove(renamed)
        let isMine = try write { db in try DeletionRecord.deleteOne(db, key: deletion.id) }
        if isMine { try progress(.deleted(path: deletion.path, bytes: deletion.bytes)) }
      } catch RunCatalogError.fileRefused(_, _, let reason) {
        try progress(.refused(path: deletion.path, reason: reason))
      }
    }
  }

  // MARK: - In a transaction

  private func collectionItems(_ db: Database) throws -> [CollectionPlan.Item] {
    let removed = try RunRecord.filter(sql: "removedAt IS NOT NULL").order(RunRecord.Columns.createdAt).fetchAll(db)
    let dependants = try removed.map { try Self.dependants(of: $0.id, db).map(\.id) }
    let leaving = Set(zip(removed, dependants).filter(\.1.isEmpty).map(\.0.id))
    return try zip(removed, dependants).map { run, dependants in
      guard dependants.isEmpty else {
        return CollectionPlan.Item(run: run, paths: [], dependants: dependants, spared: nil)
      }
      var (paths, spared) = try Self.paths(of: run, leavingWith: leaving, db)
      let log = log(of: run.id).path
      if access(log, F_OK) == 0 { paths.append(log) }
      return CollectionPlan.Item(
        run: run, paths: try paths.map { CollectionPlan.Path(path: $0, bytes: try FileTree.bytes(at: $0)) },
        dependants: [], spared: spared)
    }
  }

  /// What may be deleted with a run: only what the catalog knows that it made, and nobody who stays has.
  private static func paths(
    of run: RunRecord, leavingWith leaving: Set<String>, _ db: Database
  ) throws -> (paths: [String], spared: String?) {
    let produced = try artifacts(.produced, by: run.id, db).filter { $0.replacedAt == nil }
    func others(_ sql: String, _ arguments: StatementArguments) throws -> String? {
      try String.fetchAll(db, sql: sql, arguments: arguments).first { !leaving.contains($0) }
    }
    let free = try produced.map(\.path).filter { path in
      try others(
        """
        SELECT runID FROM runArtifact JOIN artifact ON artifact.id = artifactID
        WHERE artifact.path = ? AND replacedAt IS NULL AND runID <> ?
        """, [path, run.id]) == nil
    }
    guard let directory = run.path else { return (free, nil) }
    let inside = free.filter { $0.hasPrefix(directory + "/") }
    let outside = free.filter { !$0.hasPrefix(directory + "/") }
    // A run that failed because something was in its place has nothing there.
    guard run.status == .finished, !inside.isEmpty else { return (outside, nil) }
    // Between 'path/' and 'path0' lies whatever begins with 'path/': '0' follows '/' in ASCII.
    let beneath: StatementArguments = [directory + "/", directory + "0"]
    let owner =
      try others("SELECT id FROM run WHERE path = ? AND id <> ?", [directory, run.id])
      ?? others("SELECT id FROM run WHERE path >= ? AND path < ?", beneath)
      ?? others(
        """
        SELECT runID FROM artifact JOIN runArtifact ON artifactID = artifact.id
        WHERE replacedAt IS NULL AND path >= ? AND path < ?
        """, beneath)
    if let owner { return (outside, "run \(owner) has files there") }
    return ([directory] + outside, nil)
  }

  private static func decide(_ item: CollectionPlan.Item, _ db: Database) throws {
    for path in item.paths where path.bytes > 0 || access(path.path, F_OK) == 0 {
      try db.execute(
        sql: "INSERT INTO deletion (runID, path, bytes, decidedAt) VALUES (?, ?, ?, ?)",
        arguments: [item.run.id, path.path, path.bytes, Date.now])
      try db.execute(
        sql: "UPDATE artifact SET replacedAt = ? WHERE replacedAt IS NULL AND (path = ? OR (path >= ? AND path < ?))",
        arguments: [Date.now, path.path, path.path + "/", path.path + "0"])
    }
    try RunRecord.deleteOne(db, key: item.run.id)
  }

  private enum Renaming { case renamed, gone, claimed, busy }

  /// Under the write lock nobody enters a run, so none can begin at the path between the question and the renaming.
  private static func rename(_ deletion: DeletionRecord, to target: String, _ db: Database) throws -> Renaming {
    let later = try RunRecord.all().directory(deletion.path).filter(RunRecord.Columns.createdAt >= deletion.decidedAt)
      .fetchAll(db).map { try $0.state() }
    if later.contains(.running) { return .busy }
    if later.contains(.finished) {
      // Its directory has taken the place of the one that was to go; what an earlier renaming left still goes.
      return .claimed
    }
    return try FileTree.rename(deletion.path, to: target) ? .renamed : .gone
  }
}
