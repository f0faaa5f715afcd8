/// Pairs of numbers as dots: one path for each class of them, so that thousands take a few bytes each.
import Foundation

struct ScatterChart {
  struct Dot: Equatable {
    var x: Double
    var y: Double
    /// Drawn over the others, in the colour that the eye finds.
    var isMarked = false
    /// Written beside it.
    var label: String?
    /// From, to, of what `y` may be.
    var whisker: ClosedRange<Double>?
  }

  /// Tells the elements of one drawing from those of others on the page.
  var id: String
  /// Not empty, all finite.
  var dots: [Dot]
  var title: String
  var description: String
  var xLabel: String
  var yLabel: String
  /// Whether both axes measure the same, so that equal pairs lie on a line.
  var hasDiagonal = false
  var radius = 1.6

  private static let width = 720.0
  private static let height = 420.0
  private static let left = 86.0
  private static let right = 24.0
  private static let top = 34.0
  private static let bottom = 64.0

  func draw() -> SVGElement {
    precondition(!dots.isEmpty && dots.allSatisfy { $0.x.isFinite && $0.y.isFinite }, "dots that are nowhere")
    let parts =
      [
        SVGElement("title", ["id": .string("\(id)-title")], text: title),
        SVGElement("desc", ["id": .string("\(id)-description")], text: description),
      ] + axes() + diagonal() + whiskers() + [path(isMarked: false), path(isMarked: true)].compactMap(\.self) + labels()
    return SVGElement(
      "svg",
      [
        "viewBox": .string("0 0 \(Int(Self.width)) \(Int(Self.height))"), "role": "img", "class": "chart",
        "aria-labelledby": .string("\(id)-title"), "aria-describedby": .string("\(id)-description"),
      ], parts)
  }

  // MARK: - Scales

  /// A hair wider than the values, and never of no width.
  private static func range(of values: [Double]) -> ClosedRange<Double> {
    let (low, high) = (values.min() ?? 0, values.max() ?? 1)
    let pad = high > low ? (high - low) * 0.04 : max(abs(low) * 0.1, 1e-6)
    return low - pad...high + pad
  }

  private var xRange: ClosedRange<Double> { Self.range(of: dots.map(\.x)) }
  private var yRange: ClosedRange<Double> {
    Self.range(of: dots.flatMap { [$0.y, $0.whisker?.lowerBound ?? $0.y, $0.whisker?.upperBound ?? $0.y] })
  }

  private func place(_ x: Double, in range: ClosedRange<Double>) -> Double {
    Self.left + (x - range.lowerBound) / (range.upperBound - range.lowerBound) * (Self.width - Self.left - Self.right)
  }

  private func height(_ y: Double, in range: ClosedRange<Double>) -> Double {
    Self.height - Self.bottom
      - (y - range.lowerBound) / (range.upperBound - range.lowerBound) * (Self.height - Self.top - Self.bottom)
  }

  // MARK: - Parts

  private func path(isMarked: Bool) -> SVGElement? {
    let (xs, ys) = (xRange, yRange)
    let some = dots.filter { $0.isMarked == isMarked }
    guard !some.isEmpty else { return nil }
    // A line of no length with round ends is a dot.
    let steps = some.map { dot in
      "M\(Self.short(place(dot.x, in: xs))) \(Self.short(height(dot.y, in: ys)))h0"
    }
    return SVGElement(
      "path",
      [
        "class": isMarked ? "dots marked" : "dots", "d": .string(steps.joined()),
        "stroke-width": .number(2 * radius * (isMarked ? 1.4 : 1)),
      ])
  }

  /// Tenths of a unit are finer than a screen.
  private static func short(_ number: Double) -> String {
    let tenths = Int((number * 10).rounded())
    return tenths % 10 == 0 ? String(tenths / 10) : String(format: "%.1f", Double(tenths) / 10)
  }

  private func whiskers() -> [SVGElement] {
    let (xs, ys) = (xRange, yRange)
    return dots.compactMap { dot in
      dot.whisker.map { whisker in
        SVGElement(
          "line",
          [
            "class": "whisker", "x1": .number(place(dot.x, in: xs)), "x2": .number(place(dot.x, in: xs)),
            "y1": .number(height(whisker.lowerBound, in: ys)), "y2": .number(height(whisker.upperBound, in: ys)),
          ])
      }
    }
  }

  private func labels() -> [SVGElement] {
    let (xs, ys) = (xRange, yRange)
    return dots.compactMap { dot in
      dot.label.map { label in
        let x = place(dot.x, in: xs)
        let isRight = x > Self.width * 0.8
        return SVGElement(
          "text",
          [
            "class": "label", "x": .number(isRight ? x - 9 : x + 9), "y": .number(height(dot.y, in: ys) - 7),
            "text-anchor": isRight ? "end" : "start",
          ], text: label)
      }
    }
  }

  private func diagonal() -> [SVGElement] {
    let (xs, ys) = (xRange, yRange)
    let (low, high) = (max(xs.lowerBound, ys.lowerBound), min(xs.upperBound, ys.upperBound))
    guard hasDiagonal, low < high else { return [] }
    return [
      SVGElement(
        "line",
        [
          "class": "zero", "x1": .number(place(low, in: xs)), "y1": .number(height(low, in: ys)),
          "x2": .number(place(high, in: xs)), "y2": .number(height(high, in: ys)),
        ])
    ]
  }

  private func axes() -> [SVGElement] {
    let (xs, ys) = (xRange, yRange)
    let base = Self.height - Self.bottom
    var parts = [
      SVGElement(
        "line",
        [
          "class": "axis", "x1": .number(Self.left), "x2": .number(Self.width - Self.right), "y1": .number(base),
          "y2": .number(base),
        ])
    ]
    for tick in HistogramChart.ticks(from: xs.lowerBound, to: xs.upperBound) {
      parts.append(
        SVGElement(
          "text",
          ["class": "tick", "x": .number(place(tick, in: xs)), "y": .number(base + 22), "text-anchor": "middle"],
          text: HistogramChart.label(tick)))
    }
    for tick in HistogramChart.ticks(from: ys.lowerBound, to: ys.upperBound) {
      let y = height(tick, in: ys)
      parts.append(
        SVGElement(
          "line",
          [
            "class": "grid", "x1": .number(Self.left), "x2": .number(Self.width - Self.right), "y1": .number(y),
            "y2": .number(y),
          ]))
      parts.append(
        SVGElement(
          "text", ["class": "tick", "x": .number(Self.left - 8), "y": .number(y + 4), "text-anchor": "end"],
          text: HistogramChart.label(tick)))
    }
    let middle = Self.left + (Self.width - Self.left - Self.right) / 2
    parts.append(
      SVGElement(
        "text", ["class": "label", "x": .number(middle), "y": .number(Self.height - 10), "text-anchor": "middle"],
        text: xLabel))
    parts.append(SVGElement("text", ["class": "label", "x": 4, "y": 16, "text-anchor": "start"], text: yLabel))
    return parts
  }
}
