import Testing

@testable import Reports

struct SVGTests {
  @Test func attributesAndTextsAreEscaped() {
    let element = SVGElement("text", ["class": .string("a\"b")], text: "<c>")
    #expect(element.source == "<text class=\"a&quot;b\">&lt;c&gt;</text>")
  }

  @Test(arguments: [(1.0, "1"), (1.005_1, "1.01"), (-0.5, "-0.5"), (1.0 / 3, "0.33"), (-0.001, "0")])
  func numbersHaveTwoDecimalsAtMost(number: Double, text: String) {
    #expect(SVGElement.Value.number(number).text == text)
  }
}
