/// What the losses of documents are multiplied by (`--reward_column`, `--advantage_column`).
///
/// The advantage of a document is its reward less the mean reward of the documents with its prompt: the policy gradient
/// of Dr. GRPO (Liu et al. 2025, https://arxiv.org/abs/2503.20783), which does not divide by a standard deviation.
struct DocumentWeights {
  /// Places of the documents that have a weight.
  let positions: [Int]
  let weights: [Double]

  /// Nil where the configuration names neither column.
  ///
  /// - Parameter scan: hands the documents to its argument, in order.
  /// - Throws: `TokenizationError` for a document without a weight unless those are skipped, for an infinite one, and if
  ///   none is left; `DataError`.
  init?(
    _ reader: DocumentReader, _ scan: (_ body: (_ position: Int, _ record: Record) throws -> Void) throws -> Void
  ) throws {
    let configuration = reader.configuration
    let estimates = !configuration.rewardColumn.isEmpty
    let column = estimates ? configuration.rewardColumn : configuration.advantageColumn
    if column.isEmpty { return nil }
    let flag = estimates ? "--reward_column" : "--advantage_column"
    var positions: [Int] = []
    var values: [Double] = []
    var groups: [Int] = []
    var numbers: [[UInt8]: Int] = [:]
    try scan { position, record in
      guard let value = try record.number(column, flag: flag), !value.isNaN else {
        if configuration.skipNaNRewards { return }
        throw TokenizationError.noReward(file: record.file, line: record.line, column: column)
      }
      guard value.isFinite else {
        throw TokenizationError.infiniteReward(file: record.file, line: record.line, column: column)
      }
      positions.append(position)
      values.append(value)
      if estimates {
        let prompt = try reader.prompt(of: record)
        let next = numbers.count
        groups.append(numbers[prompt, default: next])
        numbers[prompt] = groups.last
      }
    }
    guard !positions.isEmpty else { throw TokenizationError.noRewards(column: column) }
    self.positions = positions
    weights = estimates ? Self.advantages(of: values, groups: groups, groupCount: numbers.count) : values
  }

  private static func advantages(of rewards: [Double], groups: [Int], groupCount: Int) -> [Double] {
    var sums = [Double](repeating: 0, count: groupCount)
    var counts = [Double](repeating: 0, count: groupCount)
    for (reward, group) in zip(rewards, groups) {
      sums[group] += reward
      counts[group] += 1
    }
    return zip(rewards, groups).map { $0 - sums[$1] / counts[$1] }
  }
}
