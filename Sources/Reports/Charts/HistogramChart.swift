/// Counts of scores as bars, on a logarithmic scale: of the scores of a run most lie near zero and the few that matter
/// far out, where a linear scale shows nothing.
import Foundation

struct HistogramChart {
  struct Bin: Equatable {
    var lower: Double
    var upper: Double
    var count: Int
  }

  /// In order, not empty.
  var bins: [Bin]
  var title: String
  var description: String
  var horizontalLabel: String
  var verticalLabel: String

  // User units; the page scales them to its width.
  private static let width = 720.0
  private static let height = 320.0
  private static let left = 78.0
  private static let right = 20.0
  private static let top = 30.0
  private static let bottom = 66.0
  /// Where bars begin on the logarithmic scale: below 1, so that a single score has a bar.
  private static let leastCount = 0.5

  func draw() -> SVGElement {
    precondition(!bins.isEmpty, "a histogram without bins")
    var parts = [
      SVGElement("title", ["id": "distribution-title"], text: title),
      SVGElement("desc", ["id": "distribution-description"], text: description),
    ]
    parts += verticalAxis() + bars() + horizontalAxis() + zeroLine()
    return SVGElement(
      "svg",
      [
        "viewBox": .string("0 0 \(Int(Self.width)) \(Int(Self.height))"), "role": "img", "class": "chart",
        "aria-labelledby": "distribution-title", "aria-describedby": "distribution-description",
      ], parts)
  }

  // MARK: - Scales

  private var lower: Double { bins[0].lower }
  private var upper: Double { bins[bins.count - 1].upper }

  private func x(_ score: Double) -> Double {
    let inner = Self.width - Self.left - Self.right
    guard upper > lower else { return Self.left + inner / 2 }
    return Self.left + (score - lower) / (upper - lower) * inner
  }

  private func y(_ count: Double) -> Double {
    let most = max(Double(bins.map(\.count).max() ?? 1), 1)
    let share = log(max(count, Self.leastCount) / Self.leastCount) / log(most / Self.leastCount)
    return Self.height - Self.bottom - share * (Self.height - Self.top - Self.bottom)
  }

  /// Round numbers, five or so, that span the scores.
  static func ticks(from lower: Double, to upper: Double) -> [Double] {
    guard upper > lower else { return [lower] }
    let rough = (upper - lower) / 5
    let magnitude = pow(10, floor(log10(rough)))
    let step = magnitude * ([1, 2, 5].first { $0 * magnitude >= rough } ?? 10)
    let first = Int((lower / step).rounded(.up))
    let last = Int((upper / step).rounded(.down))
    return first > last ? [lower, upper] : (first...last).map { Double($0) * step }
  }

  /// 1, 10, 100, ... up to the largest count.
  private var powersOfTen: [Int] {
    let most = bins.map(\.count).max() ?? 1
    return Array(sequence(first: 1) { $0 > most / 10 ? nil : $0 * 10 })
  }

  // MARK: - Parts

  private func bars() -> [SVGElement] {
    let base = y(0)
    return bins.filter { $0.count > 0 }.map { bin in
      // A hair of space between bars, except where there is no room for it.
      let full = upper > lower ? x(bin.upper) - x(bin.lower) : 40
      let gap = full > 4 ? 1.0 : 0
      let start = upper > lower ? x(bin.lower) : x(lower) - full / 2
      let side = bin.lower >= 0 ? "positive" : bin.upper <= 0 ? "negative" : "around-zero"
      let top = y(Double(bin.count))
      return SVGElement(
        "rect",
        [
          "class": .string("bar \(side)"), "x": .number(start + gap / 2), "y": .number(top),
          "width": .number(full - gap), "height": .number(base - top),
        ],
        [
          SVGElement(
            "title",
            text: "\(NumberText.value(bin.lower)) to \(NumberText.value(bin.upper)): \(NumberText.count(bin.count))")
        ])
    }
  }

  private func horizontalAxis() -> [SVGElement] {
    let base = y(0)
    var parts = [
      SVGElement(
        "line",
        [
          "class": "axis", "x1": .number(Self.left), "x2": .number(Self.width - Self.right), "y1": .number(base),
          "y2": .number(base),
        ])
    ]
    for tick in Self.ticks(from: lower, to: upper) {
      parts.append(
        SVGElement(
          "line",
          [
            "class": "axis", "x1": .number(x(tick)), "x2": .number(x(tick)), "y1": .number(base),
            "y2": .number(base + 5),
          ]))
      parts.append(
        SVGElement(
          "text", ["class": "tick", "x": .number(x(tick)), "y": .number(base + 22), "text-anchor": "middle"],
          text: Self.label(tick)))
    }
    let middle = Self.left + (Self.width - Self.left - Self.right) / 2
    parts.append(
      SVGElement(
        "text",
        ["class": "label", "x": .number(middle), "y": .number(Self.height - 8), "text-anchor": "middle"],
        text: horizontalLabel))
    return parts
  }

  private func verticalAxis() -> [SVGElement] {
    var parts: [SVGElement] = []
    for power in powersOfTen {
      let height = y(Double(power))
      parts.append(
        SVGElement(
          "line",
          [
            "class": "grid", "x1": .number(Self.left), "x2": .number(Self.width - Self.right),
            "y1": .number(height), "y2": .number(height),
          ]))
      parts.append(
        SVGElement(
          "text", ["class": "tick", "x": .number(Self.left - 8), "y": .number(height + 4), "text-anchor": "end"],
          text: NumberText.count(power)))
    }
    parts.append(
      SVGElement("text", ["class": "label", "x": 4, "y": 16, "text-anchor": "start"], text: verticalLabel))
    return parts
  }

  private func zeroLine() -> [SVGElement] {
    guard lower <= 0, upper >= 0, upper > lower else { return [] }
    return [
      SVGElement(
        "line",
        [
          "class": "zero", "x1": .number(x(0)), "x2": .number(x(0)), "y1": .number(Self.top - 8),
          "y2": .number(y(0)),
        ]),
      SVGElement(
        "text", ["class": "zero-label", "x": .number(x(0)), "y": .number(Self.top - 13), "text-anchor": "middle"],
        text: "zero"),
    ]
  }

  /// Ticks are round, so their zeros say nothing.
  static func label(_ tick: Double) -> String {
    String(format: "%.4g", tick == 0 ? 0 : tick)
  }
}
