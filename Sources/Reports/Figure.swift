/// A number of a report: the words that readers see, and what stands behind them.
///
/// Every form of a report says both: HTML as `<data value="0.4123431">0.4123</data>`, JSON as an object, CSV the number, so
/// that what is read in one form can be looked up in another.
package struct Figure: Codable, Equatable, Sendable {
  package var shown: String
  /// As it was computed; none for words without a number, and for what is not finite.
  package var value: Double?

  package init(_ value: Double, _ shown: String) {
    self.shown = shown
    self.value = value.isFinite ? value : nil
  }

  /// Words alone.
  package init(words: String) {
    shown = words
  }

  /// Four significant digits.
  package static func value(_ value: Double) -> Figure { Figure(value, NumberText.value(value)) }
  package static func count(_ count: Int) -> Figure { Figure(Double(count), NumberText.count(count)) }
  /// A mean of numbers between 0 and 1, or a correlation.
  package static func share(_ value: Double) -> Figure { Figure(value, NumberText.share(value)) }
  package static func percent(_ share: Double) -> Figure { Figure(share, NumberText.percent(share)) }
  package static func duration(_ seconds: Double) -> Figure { Figure(seconds, NumberText.duration(seconds: seconds)) }
  package static func size(_ bytes: Double) -> Figure { Figure(bytes, NumberText.size(bytes: bytes)) }

  /// The number as HTML and CSV write it: the shortest digits that give it back.
  var digits: String? {
    value.map { $0 == $0.rounded() && abs($0) < 1e15 ? String(Int($0)) : "\($0)" }
  }
}
