/// Flags of the queries' documents (`query.*`), where a command reads both documents and queries.
import ArgumentParser
import Engine

struct QueryDataOptions: ParsableArguments {
  private static let defaults = DataConfig.unknown

  @Option(
    name: .customLong("query.dataset"),
    help: .setting("The queries, as --data.dataset.", default: defaults.dataset, value: "path|id"))
  var dataset: String?

  @Option(
    name: .customLong("query.split"),
    help: .setting("Their split, as --data.split.", default: defaults.split, value: "split"))
  var split: String?

  @Option(
    name: .customLong("query.subset"),
    help: .setting("Their subset, as --data.subset.", default: defaults.subset, value: "subset"))
  var subset: Nullable<String>?

  @Option(
    name: .customLong("query.data_kwargs"),
    help: .setting(
      "revision=REVISION of their repository.", default: defaults.dataKwargs, value: "revision=REVISION"))
  var dataKwargs: String?

  @Option(
    name: .customLong("query.prompt_column"),
    help: .setting("Column with their text.", default: defaults.promptColumn, value: "column"))
  var promptColumn: String?

  @Option(
    name: .customLong("query.completion_column"),
    help: .setting(
      "Column with their completion, as --data.completion_column.", default: defaults.completionColumn,
      value: "column"))
  var completionColumn: String?

  @Option(
    name: .customLong("query.conversation_column"),
    help: .setting(
      "Column with their conversations, as --data.conversation_column.", default: defaults.conversationColumn,
      value: "column"))
  var conversationColumn: String?

  @Option(
    name: .customLong("query.format_template"),
    help: .setting(
      "YAML file with their templates, as --data.format_template.", default: defaults.formatTemplate, value: "path"))
  var formatTemplate: String?

  func override(_ config: inout DataConfig) {
    dataset.override(&config.dataset)
    split.override(&config.split)
    subset.override(&config.subset)
    dataKwargs.override(&config.dataKwargs)
    promptColumn.override(&config.promptColumn)
    completionColumn.override(&config.completionColumn)
    conversationColumn.override(&config.conversationColumn)
    formatTemplate.override(&config.formatTemplate)
  }
}
