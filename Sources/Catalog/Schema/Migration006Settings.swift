extension SchemaMigration {
  /// Settings of runs by name, so that runs are found by them; each pair of name and value is kept once, since most runs
  /// share most of theirs. `settingsOfYAML` gives them as a JSON object (`RunSettings`).
  static let settings = SchemaMigration(
    name: "006-settings",
    sql: """
      CREATE TABLE setting (
        id INTEGER PRIMARY KEY,
        name TEXT NOT NULL CHECK (name <> ''),
        value ANY NOT NULL CHECK (typeof(value) IN ('integer', 'real', 'text')),
        UNIQUE (name, value)
      ) STRICT;

      CREATE TABLE runSetting (
        runID TEXT NOT NULL REFERENCES run (id) ON DELETE CASCADE,
        settingID INTEGER NOT NULL REFERENCES setting (id),
        PRIMARY KEY (runID, settingID)
      ) STRICT, WITHOUT ROWID;
      CREATE INDEX runSetting_settingID ON runSetting (settingID, runID);

      CREATE INDEX metric_value ON metric (name, value);

      INSERT INTO setting (name, value)
        SELECT each.key, each.value FROM run, json_each(settingsOfYAML(run.configYAML)) AS each WHERE true
        ON CONFLICT DO NOTHING;
      INSERT INTO runSetting (runID, settingID)
        SELECT run.id, setting.id FROM run, json_each(settingsOfYAML(run.configYAML)) AS each
        JOIN setting ON setting.name = each.key AND setting.value = each.value;
      """)
}
