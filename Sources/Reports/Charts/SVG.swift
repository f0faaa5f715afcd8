/// SVG as values: names and numbers are typed, texts are escaped, and nothing else can be drawn.

/// An element of a drawing.
struct SVGElement {
  enum Content {
    case element(SVGElement)
    case text(String)
  }

  var name: String
  var attributes: [(name: String, value: String)]
  var content: [Content] = []

  init(_ name: StaticString, _ attributes: KeyValuePairs<StaticString, Value>, _ content: [SVGElement] = []) {
    self.name = name.description
    self.attributes = attributes.map { ($0.description, $1.text) }
    self.content = content.map { .element($0) }
  }

  /// An element that holds words.
  init(_ name: StaticString, _ attributes: KeyValuePairs<StaticString, Value> = [:], text: String) {
    self.init(name, attributes)
    content = [.text(text)]
  }

  /// An attribute's value, written as a literal or as a number with at most two decimals.
  enum Value: ExpressibleByStringLiteral, ExpressibleByFloatLiteral, ExpressibleByIntegerLiteral {
    case string(String)
    case number(Double)

    init(stringLiteral value: String) { self = .string(value) }
    init(floatLiteral value: Double) { self = .number(value) }
    init(integerLiteral value: Int) { self = .number(Double(value)) }

    var text: String {
      switch self {
      case .string(let text): return text
      case .number(let number):
        let rounded = (number * 100).rounded() / 100
        return rounded == rounded.rounded() ? String(Int(rounded)) : String(rounded)
      }
    }
  }

  var source: String {
    var source = "<\(name)"
    for attribute in attributes {
      source += " \(attribute.name)=\"\(ReportFormat.html.inline(attribute.value))\""
    }
    source += ">"
    for item in content {
      switch item {
      case .element(let element): source += element.source
      case .text(let text): source += ReportFormat.html.inline(text)
      }
    }
    return source + "</\(name)>"
  }
}

/// Markup that goes into a page as it is. Only drawings can be.
package struct Markup: Codable, Equatable, Sendable {
  let source: String
  /// In words, for those who do not see it; the JSON form has only these.
  let description: String

  init(_ drawing: SVGElement, description: String) {
    source = drawing.source
    self.description = description
  }

  package func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(description)
  }
}
