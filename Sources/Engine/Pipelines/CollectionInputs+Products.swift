import Foundation

extension CollectionInputs {
  /// What an index of these inputs, or the aggregate of its rows, is made of.
  ///
  /// - Parameter storage: of its rows; nil for the model's width, which needs no mention.
  func indexKey(_ preprocess: PreprocessConfig, storage: StorageType? = nil) throws -> ArtifactKey {
    var ingredients = gradientIngredients.merging(try preprocess.ingredients()) { $1 }
    if let storage, storage != self.storage { ingredients["storage"] = storage.rawValue }
    return ArtifactKey(kind: "index", ingredients)
  }

  /// An index or an aggregate, and the table of the documents that it is of, as products of a run.
  ///
  /// - Parameter prefix: of their paths below the run directory.
  func indexArtifacts(
    _ preprocess: PreprocessConfig, storage: StorageType? = nil, below prefix: String = ""
  ) throws -> [RunOutcome.Artifact] {
    let key = try indexKey(preprocess, storage: storage)
    return [
      RunOutcome.Artifact(
        kind: preprocess.aggregation == .none ? "index" : "aggregate", path: prefix + "gradients.bin", key: key),
      tableArtifact(of: key, below: prefix),
    ]
  }

  /// Files beside an index that belong to it.
  ///
  /// - Parameter hasDataset: whether the documents' lengths and losses are stored with it.
  func indexCompanions(hasDataset: Bool) -> [String] {
    ["info.json"] + (hasDataset ? [ArrowDataset.folderName] : []) + (tokenOffsets == nil ? [] : [TokenOffsets.fileName])
  }

  /// The table of documents beside what was made of `key`. Its own key has, besides, what all rows of one recipe share,
  /// whichever documents they are of: `recipe`.
  func tableArtifact(of key: ArtifactKey, below prefix: String = "") -> RunOutcome.Artifact {
    var ingredients = key.ingredients
    ingredients["rows_of"] = ingredients["artifact"]
    ingredients["documents"] = nil
    ingredients["recipe"] = Self.recipe(key).hex
    return RunOutcome.Artifact(
      kind: "rows", path: prefix + RowTable.fileName, key: ArtifactKey(kind: "rows", ingredients))
  }

  /// The digest of all that rows are made of but their documents.
  static func recipe(_ key: ArtifactKey) -> Digest {
    var ingredients = key.ingredients
    for ofDocuments in ["token_rows", "documents"] { ingredients[ofDocuments] = nil }
    return ArtifactKey(ingredients: ingredients).digest
  }
}

extension BatchPass.Summary {
  /// What a pass that makes no rows finds out of documents of these lengths, but for their losses.
  init(lengths: [Int32]) {
    self.init(rows: lengths.count)
    for (row, length) in lengths.enumerated() {
      guard length >= BatchPlan.minimumLength else {
        skipped.append(row)
        continue
      }
      documents += 1
      tokens += Int(length)
    }
  }

  /// What a pass over documents of these lengths found out, as its table says.
  init(_ table: RowTable, lengths: [Int32]) {
    self.init(lengths: lengths)
    losses = table.losses
    for (row, length) in lengths.enumerated() where length >= BatchPlan.minimumLength {
      add(norm: Double(table.norms[row]), of: row)
    }
  }
}
