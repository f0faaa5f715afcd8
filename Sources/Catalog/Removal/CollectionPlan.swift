/// What collecting garbage would delete and what it would keep, before anything is.
package struct CollectionPlan: Codable, Sendable, Equatable {
  package struct Item: Codable, Sendable, Equatable {
    package var run: RunRecord
    /// What is deleted with it: its directory, and artifacts elsewhere that nobody needs. Some may be gone already.
    package var paths: [Path]
    /// Runs that used what it made and are not removed: while there are any, it is kept.
    package var dependants: [String]
    /// Why its directory is not deleted although the run goes.
    package var spared: String?
  }

  package struct Path: Codable, Sendable, Equatable {
    package var path: String
    package var bytes: Int64
  }

  /// Removed runs, oldest first.
  package var items: [Item]
  /// What an earlier collection has begun to delete.
  package var unfinished: [Path]

  package var deleted: [Item] { items.filter { $0.dependants.isEmpty } }
  package var kept: [Item] { items.filter { !$0.dependants.isEmpty } }
  package var bytes: Int64 { (deleted.flatMap(\.paths) + unfinished).reduce(0) { $0 + $1.bytes } }
}

/// A step of a collection that has been taken; a process may be killed after any of them, and the next collection goes on.
package enum CollectionStep: Sendable, Equatable {
  /// The rows of the removed runs are gone, and what is to be deleted is written down.
  case decided
  /// A directory has been given a name under which nobody looks for a run.
  case renamed(path: String)
  case deleted(path: String, bytes: Int64)
  /// A later run has the path: what was to be deleted there has been replaced.
  case passedOver(path: String)
  /// The system refused; the next collection tries again.
  case refused(path: String, reason: String)
}
