/// What measures and methods of evaluations are called.

enum EvaluationWords {
  /// Methods that need no gradients.
  static let baselines: [(method: String, name: String)] = [
    ("bm25", "Text search (BM25)"), ("loss", "Loss of the document alone"), ("gradientNorm", "Gradient norm alone"),
    ("random", "Random order"), ("ceiling", "A second retraining"),
  ]

  static func isBaseline(_ method: String) -> Bool { baselines.contains { $0.method == method } }

  /// The metric of evaluations against a retraining bank.
  static let retraining = "lds"

  static func heading(metric: String, k: Int?) -> String {
    let words = words(metric: metric, k: k)
    return words.prefix(1).uppercased() + words.dropFirst()
  }

  /// Names are in camel case: `meanReciprocalRank` is read as `mean reciprocal rank`.
  static func words(metric: String, k: Int?) -> String {
    if metric == retraining { return "LDS" }
    let name = metric.map { $0.isUppercase ? " \($0.lowercased())" : String($0) }.joined()
    return k.map { "\(name) at \($0)" } ?? name
  }
}
