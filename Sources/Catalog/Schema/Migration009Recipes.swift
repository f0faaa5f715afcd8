extension SchemaMigration {
  /// Tables of the documents of indexes by the recipe of their rows: rows of the same recipe are the same, whichever
  /// index they are in.
  static let recipes = SchemaMigration(
    name: "009-recipes",
    sql: """
      CREATE INDEX artifact_recipe ON artifact (json_extract(keyIngredients, '$.recipe'), id)
        WHERE kind = 'rows' AND replacedAt IS NULL;
      """)
}
