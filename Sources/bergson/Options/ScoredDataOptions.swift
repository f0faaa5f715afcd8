/// Flags of documents that an earlier run has read (`data.*`), for a command that reads them again.
import ArgumentParser
import Engine

struct ScoredDataOptions: ParsableArguments {
  private static let defaults = DataConfig.unknown

  @Option(
    name: .customLong("data.dataset"),
    help: .setting("The documents that were scored.", default: defaults.dataset, value: "path|id"))
  var dataset: String?

  @Option(
    name: .customLong("data.split"),
    help: .setting("Their split.", default: defaults.split, value: "split"))
  var split: String?

  @Option(
    name: .customLong("data.subset"),
    help: .setting("Their subset.", default: defaults.subset, value: "subset"))
  var subset: Nullable<String>?

  @Option(
    name: .customLong("data.data_kwargs"),
    help: .setting(
      "revision=REVISION of their repository.", default: defaults.dataKwargs, value: "revision=REVISION"))
  var dataKwargs: String?

  @Option(
    name: .customLong("data.prompt_column"),
    help: .setting("Column with their text.", default: defaults.promptColumn, value: "column"))
  var promptColumn: String?

  @Option(
    name: .customLong("data.completion_column"),
    help: .setting(
      "Column with their completion.", default: defaults.completionColumn,
      value: "column"))
  var completionColumn: String?

  @Option(
    name: .customLong("data.conversation_column"),
    help: .setting(
      "Column with their conversations.", default: defaults.conversationColumn,
      value: "column"))
  var conversationColumn: String?

  @Option(
    name: .customLong("data.format_template"),
    help: .setting(
      "YAML file with their templates.", default: defaults.formatTemplate, value: "path"))
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
