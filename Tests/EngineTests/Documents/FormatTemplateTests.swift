import Foundation
import Testing

@testable import Engine

@Suite struct FormatTemplateTests {
  private func record(_ columns: JSONObject) -> Record { Record(row: 2, file: "d.jsonl", line: 3, columns: columns) }

  private func render(_ yaml: String, _ columns: JSONObject) throws -> [String?] {
    let (text, target) = try FormatTemplate(yaml, path: "t.yaml").render(record(columns))
    return [text, target]
  }

  @Test func aPromptAloneHasNoCompletion() throws {
    #expect(try render("doc_to_text: 'Q: {{ q | trim }}'", ["q": .string(" why ")]) == ["Q: why", nil])
    // As in jinja2, the line break at the end of a template is not part of it, and what is undefined is empty.
    #expect(try render("task: x\ndoc_to_text: |\n  {{ q }}-{{ nothing }}\n", ["q": .string("a")]) == ["a-", nil])
  }

  @Test(arguments: [
    (JSONValue.string("a b"), "a b"), (.integer(7), "7"), (.number(0.5), "0.5"), (.number(2), "2.0"),
    (.bool(true), "True"),
    (.null, "None"), (.array([.integer(1), .string("x")]), "[1, 'x']"),
  ])
  func aTargetColumnIsWrittenAsPythonWritesIt(value: JSONValue, text: String) throws {
    #expect(try render("{doc_to_text: p, doc_to_target: answer}", ["answer": value]) == ["p", text])
  }

  @Test(arguments: [
    (JSONValue.integer(1), "no"), (.string(" 0\n"), "yes"), (.number(1.9), "no"), (.bool(true), "no"),
  ])
  func aTargetChoosesByNumber(value: JSONValue, text: String) throws {
    let yaml = "{doc_to_text: p, doc_to_target: answer, doc_to_choice: ['yes', 'no']}"
    #expect(try render(yaml, ["answer": value]) == ["p", text])
  }

  @Test func aTargetMayBeATemplate() throws {
    let row: JSONObject = ["answer": .integer(1), "choices": .array([.string("a"), .string("b")])]
    #expect(try render("{doc_to_text: p, doc_to_target: '{{ choices[answer] | upper }}'}", row) == ["p", "B"])
    let yaml = "{doc_to_text: p, doc_to_target: '{{ answer }}', doc_to_choice: [1, 22]}"
    #expect(try render(yaml, row) == ["p", "22"])
  }

  @Test(arguments: [
    (JSONValue.integer(2), "2"), (.integer(-1), "-1"), (.string("A"), "'A'"), (.null, "null"),
    (.number(.nan), "a number"),
    (.number(1e300), "a number"), (.array([]), "an array"),
  ])
  func aNumberOfNoChoiceIsAnError(value: JSONValue, found: String) {
    let yaml = "{doc_to_text: p, doc_to_target: answer, doc_to_choice: ['yes', 'no']}"
    #expect(
      throws: FormatTemplateError.noChoice(path: "t.yaml", file: "d.jsonl", line: 3, found: found, count: 2)
    ) { try render(yaml, ["answer": value]) }
  }

  @Test func whatCannotBeRenderedIsNamedWithItsRow() throws {
    let error = #expect(throws: FormatTemplateError.self) {
      try render("doc_to_text: '{{ q.a.b }}'", ["q": .string("x")])
    }
    #expect("\(try #require(error))".hasPrefix("d.jsonl, line 3: 'doc_to_text' of 't.yaml' cannot be rendered: "))
    let missing = #expect(throws: DataError.self) { try render("{doc_to_text: p, doc_to_target: gold}", [:]) }
    #expect("\(try #require(missing))".contains("no column 'gold'"))
  }

  @Test(arguments: [
    ("", "is no mapping"), ("- a", "is no mapping"), ("text", "is no mapping"), ("a: [1", "is not YAML"),
    ("doc_to_target: x", "has no 'doc_to_text'"), ("doc_to_text: null", "has no 'doc_to_text'"),
    ("doc_to_text: 3", "has 'doc_to_text' that is no text"),
    ("doc_to_text: '{{ a'", "has 'doc_to_text' that is no template: line 1"),
    ("{doc_to_text: p, doc_to_target: [a]}", "has 'doc_to_target' that is no text"),
    ("{doc_to_text: p, doc_to_target: '{% if %}'}", "has 'doc_to_target' that is no template: line 1"),
    ("{doc_to_text: p, doc_to_choice: [a]}", "has 'doc_to_choice' and no 'doc_to_target'"),
    ("{doc_to_text: p, doc_to_target: x, doc_to_choice: abc}", "has 'doc_to_choice' that is no list"),
    ("{doc_to_text: p, doc_to_target: x, doc_to_choice: []}", "has 'doc_to_choice' that is no list"),
    ("{doc_to_text: p, doc_to_target: x, doc_to_choice: [{a: b}]}", "has choices that are neither"),
    ("doc_to_text: &a [*a]", "is not YAML"),
  ])
  func filesThatAreNoTemplatesAreErrors(yaml: String, reason: String) throws {
    let error = #expect(throws: FormatTemplateError.self) { try FormatTemplate(yaml, path: "t.yaml") }
    #expect(
      "\(try #require(error))".hasPrefix("the format template 't.yaml' \(reason)"), "\(error.map { "\($0)" } ?? "")")
  }

  @Test func aMissingFileIsNamed() throws {
    let error = #expect(throws: FormatTemplateError.self) { try FormatTemplate(path: "/no/such.yaml") }
    #expect("\(try #require(error))".hasPrefix("cannot read the format template '/no/such.yaml'"))
  }

  @Test func theShippedTemplateAsksAsTheFixturesDo() throws {
    let root = FixtureSet.gptNeoX.root.deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent()
    let shipped = try FormatTemplate(path: root.appendingPathComponent("templates/prompts/mcqa.yaml").path)
    let fixture = try FormatTemplate(path: FixtureSet.gptNeoX.path("template_mcq.yaml"))
    let records = try Dataset(path: FixtureSet.gptNeoX.path("mcq.jsonl")).rows
    #expect(records.count == 4)
    for record in records {
      let (own, expected) = (try shipped.render(record), try fixture.render(record))
      #expect(own.text == expected.text && own.target == expected.target && own.target != nil)
    }
  }
}
