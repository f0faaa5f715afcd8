import Testing

@testable import Reports

struct TemplateSchemaTests {
  private struct Model: Decodable {
    struct Item: Decodable {
      var name: String
      var isOld: Bool
    }
    var title: String
    var subtitle: String?
    var items: [Item]
    var names: [String]
    var first: Item?
    var passage: Passage
    var chart: Markup
  }

  @Test func aSchemaHasEveryFieldOfTheType() {
    let item = TemplateSchema.object(["name": .text, "isOld": .flag])
    #expect(
      TemplateSchema(of: Model.self)
        == .object([
          "title": .text, "subtitle": .text, "items": .list(item), "names": .list(.text), "first": item,
          "passage": .text, "chart": .markup,
        ]))
  }

  @Test func numbersHaveNoPlaceInAViewModel() async {
    await #expect(processExitsWith: .failure) {
      struct Counted: Decodable { var count: Int }
      _ = TemplateSchema(of: Counted.self)
    }
  }
}
