import Foundation

/// The files of a hub's data set that a split needs, brought here.
///
/// The repository's list of files and its card decide which belong to which split, as they do for a folder
/// (`DatasetLayout`); the other splits and subsets are not downloaded, and of a split in many files that is wanted only
/// to some row (`train[:1000]`), not those behind.
struct RepositoryDataset {
  let directory: URL
  let commit: String
  /// The splits that the expression names.
  let splits: [(name: String, files: [URL])]

  init(
    _ id: String, subset: String?, revision: String?, _ expression: SplitExpression, in repositories: any Repositories
  ) throws {
    var chosen: [DatasetLayout.Split] = []
    let resolved = try repositories.dataset(id, revision: revision) { files in
      let layout = try Self.layout(id, files, subset)
      chosen = try expression.names.map { name in
        guard let split = layout.splits.first(where: { $0.name.hasSameBytes(as: name) }) else {
          throw DataError.unknownSplit(dataset: id, split: name, known: layout.splits.map(\.name))
        }
        if !files.isComplete { try Self.checkShards(split, of: id) }
        return split
      }
      if chosen.count == 1, let rows = expression.neededRows {
        chosen = [try Self.front(of: chosen[0], rows: rows, files)]
      }
      return chosen.flatMap(\.files)
    }
    guard let commit = resolved.commit else { preconditionFailure("a repository that is no path here has commits") }
    directory = resolved.directory
    self.commit = commit
    splits = chosen.map { ($0.name, $0.files.map { resolved.directory.appending(path: $0) }) }
  }

  private static func layout(_ id: String, _ files: RepositoryFiles, _ subset: String?) throws -> DatasetLayout {
    let card =
      files.names.contains("README.md") ? try String(contentsOf: files.fetch("README.md"), encoding: .utf8) : nil
    do {
      return try DatasetLayout(files: files.names, card: card, subset: subset)
    } catch let error as DatasetLayoutError {
      throw DataError.layout(dataset: id, error)
    }
  }

  /// The files up to the one with the last row that is needed. Counting their rows costs little beside a download of the
  /// rest.
  private static func front(
    of split: DatasetLayout.Split, rows: Int, _ files: RepositoryFiles
  ) throws -> DatasetLayout.Split {
    var (front, count) = (split.files.prefix(1), 0)
    while front.count < split.files.count {
      let last = try files.fetch(front[front.endIndex - 1])
      var reader = try RecordFormat.reader(for: last, columns: ColumnSelection(required: []))
      count += try reader.skip(rows - count)
      if count >= rows { break }
      front = split.files.prefix(front.count + 1)
    }
    return DatasetLayout.Split(name: split.name, files: Array(front))
  }

  /// Files called `train-00000-of-00002` tell how many there ought to be: half of a data set must not pass for it.
  private static func checkShards(_ split: DatasetLayout.Split, of id: String) throws {
    let counts = split.files.compactMap { $0.firstMatch(of: /-\d{5}-of-(\d{5})/).flatMap { Int($0.1) } }
    guard let count = counts.max(), counts.count < count else { return }
    throw DataError.missingShards(dataset: id, split: split.name, found: counts.count)
  }
}
