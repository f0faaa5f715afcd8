/// Runs as a listing shows them.
package struct RunList: Sendable, Equatable {
  package struct Entry: Sendable, Equatable {
    package var run: RunRecord
    package var state: RunState
    /// Of the artifacts that the run made and that have not been replaced.
    package var bytes: Int64
    /// In alphabetical order.
    package var tags: [String]
  }

  /// A field that was asked for, or a setting in which the runs differ.
  package struct Column: Sendable, Equatable {
    /// As it may be written in a condition.
    package var title: String
    /// Value by run id; runs without one have none.
    package var values: [String: RunValue]
  }

  package var entries: [Entry]
  package var columns: [Column]
}
