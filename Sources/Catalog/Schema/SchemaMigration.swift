/// One step of the catalog's schema: a name and the plain SQL that takes a database there.
///
/// A migration that has shipped is never edited, because databases that have already run it would differ from those that
/// have not; a change of the schema is a new migration at the end of `all`. The SQL mentions no Swift type, so that
/// renaming a record cannot change what an old migration does.
struct SchemaMigration: Sendable {
  /// Number and subject, as in `001-runs`; recorded in the table `migration`.
  let name: String
  let sql: String

  /// Every migration, in the order in which they run.
  static let all: [SchemaMigration] = [
    .runs, .artifacts, .publications, .datasetRevision, .adapters, .settings, .annotations, .removal, .recipes,
  ]
}
