/// How a tensor of a GGUF file lies compared with the same tensor of a checkpoint of Hugging Face's.
enum GGUFLayout: Sendable, Equatable {
  case same
  /// [O, I], where Hugging Face's Conv1D has [I, O].
  case transposed
  /// Rows of a head as pairs that a rotation turns, (0, half), (1, half + 1) ..., where Hugging Face has first halves, then
  /// second halves.
  case pairs(heads: Int)
  /// Rows of all heads' queries, then of their keys, then of their values, where Hugging Face has those of a head together.
  case headsTogether(heads: Int)
  /// Values with one added, where Hugging Face's Gemma adds it when it multiplies.
  case plusOne

  /// The same before the number of heads is known.
  enum Kind: Sendable {
    case transposed, queryPairs, keyPairs, headsTogether, plusOne
  }

  /// The row of Hugging Face's tensor that row `row` of `rows` is.
  func target(of row: Int, rows: Int) -> Int {
    switch self {
    case .same, .transposed, .plusOne: return row
    case .pairs(let heads):
      let size = rows / heads
      let (head, within) = (row / size, row % size)
      return head * size + within % 2 * (size / 2) + within / 2
    case .headsTogether(let heads):
      let size = rows / heads / 3
      let (part, within) = (row / (rows / 3), row % (rows / 3))
      return (within / size * 3 + part) * size + within % size
    }
  }

  /// Whether `rows` rows can lie so.
  func fits(rows: Int) -> Bool {
    switch self {
    case .same, .transposed, .plusOne: true
    case .pairs(let heads): rows % (2 * heads) == 0
    case .headsTogether(let heads): rows % (3 * heads) == 0
    }
  }

  var heads: Int {
    switch self {
    case .same, .transposed, .plusOne: 1
    case .pairs(let heads), .headsTogether(let heads): heads
    }
  }
}
