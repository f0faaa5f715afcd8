/// The first lines: which model, which data, by which method, and what the sign of a score means.
import Catalog
import Foundation

extension ReportBuilder {
  func verdict() -> ReportDocument.Verdict {
    var sentences = [subjectSentence()]
    if hasScores {
      sentences += methodSentences()
    }
    if let sentence = shareSentence() { sentences.append(sentence) }
    return ReportDocument.Verdict(
      sentences: sentences, orientation: hasScores ? Self.orientation : nil, facts: verdictFacts())
  }

  static let orientation =
    "Positive: training on this document lowers the query's loss. Negative: it raises it. "
    + "Both are first-order estimates; how large a score is depends on the settings, so compare scores only within a run."

  private func subjectSentence() -> String {
    if details.run.command == "evaluate" {
      return "This run evaluated the scores in \(settings["scores"] ?? "a directory that it did not record")."
    }
    let documents = data.map { "\(NumberText.counted($0.rowCount, "document", "documents")) of \(Self.name($0))" }
    let by = model.map { "a \($0.architecture) model" } ?? "a model that the run did not record"
    guard hasScores else {
      return "This run of \(details.run.command) worked on \(documents ?? "data it did not record") with \(by)."
    }
    let count = publication.queries.count
    let queries = queryData.map { " of \(Self.name($0))" } ?? ""
    return "This run scored \(documents ?? "documents it did not record") for "
      + "\(NumberText.counted(count, "query", "queries"))\(queries), by the gradients of \(by)."
  }

  /// Only what the configuration says beyond doubt.
  private func methodSentences() -> [String] {
    var steps: [String] = []
    switch settings["loss_fn"] {
    case "log_odds"?: steps.append("of the negative log odds of the labels")
    case "kl"?: steps.append("of the adapted model's divergence from its base model")
    default: break
    }
    switch settings["projection_dim"].flatMap(Int.init) {
    case 0?: steps.append("whole gradients, not projected")
    case let p?:
      steps.append(
        "gradients projected at random to \(p) × \(p) numbers"
          + (settings["projection_target"] == "global" ? "" : " per module"))
    case nil: break
    }
    if settings["hessian_path"] != nil {
      let inversion = settings["inversion"].map { " (\($0.replacing("_", with: " ")))" } ?? ""
      steps.append("preconditioned\(inversion)")
    }
    let sumsTokens = settings["attribute_tokens"] == "true" && details.run.command == "score"
    // `query` has its own name for it.
    switch settings["unit_normalize"] ?? settings["unit_norm"] {
    case "true" where sumsTokens: steps.append("scaled to unit length, token by token")
    case "true": steps.append("scaled to unit length" + (scoresAreCosines ? ", so that a score is a cosine" : ""))
    case "false": steps.append("not scaled to unit length, so that long documents and outliers weigh more")
    default: break
    }
    if sumsTokens { steps.append("scored token by token, and a document's score is the sum of its tokens'") }
    let product = "A score is the inner product of a document's gradient and the query's"
    guard !steps.isEmpty else { return ["\(product). The configuration, under Provenance, has the details."] }
    return ["\(product): \(steps.joined(separator: "; "))."]
  }

  /// Whether the published scores bear it out; single precision may overshoot by a little.
  private var scoresAreCosines: Bool {
    publication.hits.allSatisfy { abs($0.score) <= 1.0001 }
  }

  private func shareSentence() -> String? {
    guard let model, model.parameterCount > 0 else { return nil }
    let share = Double(model.attributedParameterCount) / Double(model.parameterCount)
    guard share < 1 else { return nil }
    let percent = NumberText.percent(share)
    let caution =
      share < 0.5 ? " That is the smaller part of the model: what the rest learnt is not in any score." : ""
    return "Gradients of \(percent) of the model's parameters took part; the others had no part in any score.\(caution)"
  }

  private func verdictFacts() -> [ReportDocument.Fact] {
    var facts: [ReportDocument.Fact] = []
    if let model {
      facts.append(.init(label: "Model", value: "\(model.architecture), \(model.precision)"))
      facts.append(.init(label: "Weights", value: NumberText.short(digest: model.weightsDigest)))
    }
    if let data { facts.append(.init(label: "Documents", value: .count(data.rowCount))) }
    if !publication.queries.isEmpty {
      facts.append(.init(label: "Queries", value: .count(publication.queries.count)))
    }
    return facts
  }

  static func name(_ dataset: RunDatasetRecord) -> String {
    let file = lastComponent(dataset.path)
    return dataset.split.isEmpty ? file : "\(file) (\(dataset.split))"
  }

  static func lastComponent(_ path: String) -> String {
    let parts = path.split(separator: "/")
    return parts.last.map(String.init) ?? path
  }
}
