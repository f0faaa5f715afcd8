/// Flags of documents (`data.*`, `query.*`); the prefix may be left out where a command has one of the two.
import ArgumentParser
import Engine

/// Documents that a command reads.
protocol DocumentRole: Sendable {
  /// Of the flags' names, with its dot.
  static var prefix: String { get }
  static var defaults: DataConfig { get }
}

/// Those that are attributed to.
enum DataDocuments: DocumentRole {
  static let prefix = "data."
  static let defaults = DataConfig()
}

/// Those whose losses are asked about.
enum QueryDocuments: DocumentRole {
  static let prefix = "query."
  static let defaults = DataConfig.unknown
}

/// Those that an earlier run has read, whose configuration knows them.
enum ScoredDocuments: DocumentRole {
  static let prefix = "data."
  static let defaults = DataConfig.unknown
}

/// Which documents there are, and what they say.
struct RecordOptions<Role: DocumentRole>: ParsableArguments {
  private static var defaults: DataConfig { Role.defaults }

  @Option(
    name: .customLong(Role.prefix + "dataset"),
    help: .setting(
      "A .jsonl, .json, .csv, .txt, .parquet or .arrow file, text also as .gz or .zst; a folder of such files, a saved "
        + "data set, or the id of a repository of the hub.",
      default: defaults.dataset, value: "path|id"))
  var dataset: String?

  @Option(
    name: .customLong(Role.prefix + "split"),
    help: .setting(
      "Split, with slices as in train[:100] or train[10%:20%].", default: defaults.split, value: "split"))
  var split: String?

  @Option(
    name: .customLong(Role.prefix + "subset"),
    help: .setting(
      "Subset, where the data set's README.md lists several; `none` for its default.", default: defaults.subset,
      value: "subset"))
  var subset: Nullable<String>?

  @Option(
    name: .customLong(Role.prefix + "data_kwargs"),
    help: .setting(
      "revision=REVISION: branch, tag or commit of the hub's repository.", default: defaults.dataKwargs,
      value: "revision=REVISION"))
  var dataKwargs: String?

  @Option(
    name: .customLong(Role.prefix + "prompt_column"),
    help: .setting("Column with the text.", default: defaults.promptColumn, value: "column"))
  var promptColumn: String?

  @Option(
    name: .customLong(Role.prefix + "completion_column"),
    help: .setting(
      "Column with a completion: it follows the prompt, in the chat template if there is one, and only it carries loss.",
      default: defaults.completionColumn,
      value: "column"))
  var completionColumn: String?

  @Option(
    name: .customLong(Role.prefix + "conversation_column"),
    help: .setting(
      "Column with conversations, lists of messages with role and content: only the assistant's carry loss.",
      default: defaults.conversationColumn, value: "column"))
  var conversationColumn: String?

  @Option(
    name: .customLong(Role.prefix + "format_template"),
    help: .setting(
      "YAML file with doc_to_text and perhaps doc_to_target and doc_to_choice, which make prompts and completions of rows.",
      default: defaults.formatTemplate, value: "path"))
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

/// And how gradients are made of them.
struct DataOptions<Role: DocumentRole>: ParsableArguments {
  private static var defaults: DataConfig { Role.defaults }

  @OptionGroup var records: RecordOptions<Role>

  @Option(
    name: .customLong(Role.prefix + "reward_column"),
    help: .setting(
      "Column with rewards: a document's loss is multiplied by its reward less the mean of those with its prompt.",
      default: defaults.rewardColumn, value: "column"))
  var rewardColumn: String?

  @Option(
    name: .customLong(Role.prefix + "advantage_column"),
    help: .setting(
      "Column with the factors that losses are multiplied by.", default: defaults.advantageColumn, value: "column"))
  var advantageColumn: String?

  @Flag(
    name: .customLong(Role.prefix + "skip_nan_rewards"), inversion: .prefixedNo,
    help: .setting(
      "Leave documents out whose reward or advantage is missing or NaN, instead of refusing them.",
      default: defaults.skipNaNRewards))
  var skipNaNRewards: Bool?

  @Flag(
    name: .customLong(Role.prefix + "truncation"), inversion: .prefixedNo,
    help: .setting(
      "Cut documents that are longer than the model or a batch allows, instead of refusing them.",
      default: defaults.truncation))
  var truncation: Bool?

  @Option(
    name: .customLong(Role.prefix + "chunk_length"),
    help: .setting(
      "Join the documents, each followed by the end token, and cut them into pieces of so many tokens; 0 keeps them apart.",
      default: defaults.chunkLength, value: "tokens"))
  var chunkLength: Int?

  func override(_ config: inout DataConfig) {
    records.override(&config)
    rewardColumn.override(&config.rewardColumn)
    advantageColumn.override(&config.advantageColumn)
    skipNaNRewards.override(&config.skipNaNRewards)
    truncation.override(&config.truncation)
    chunkLength.override(&config.chunkLength)
  }
}
