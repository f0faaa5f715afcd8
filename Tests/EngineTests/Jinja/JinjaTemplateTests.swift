import Foundation
import Testing

@testable import Engine

@Suite struct JinjaTemplateTests {
  @Test func aTemplateIsReadOnceAndRenderedWithEachRow() throws {
    let template = try JinjaTemplate(
      "{{ question }}\n{% for choice in choices %}{{ loop.index }}. {{ choice }}\n{% endfor %}")
    let first: JSONObject = ["question": .string("One?"), "choices": .array([.string("yes"), .integer(1), .null])]
    #expect(try template.render(first) == "One?\n1. yes\n2. 1\n3. None\n")
    #expect(try template.render(["question": .string("Two?"), "choices": .array([])] as JSONObject) == "Two?\n")
  }

  @Test func environmentsDifferAsThoseOfPythonDo() throws {
    let source = "{% if true %}\n  {% endif %}\n{{ '<é>'|tojson }}\n"
    #expect(try JinjaTemplate(source, options: .standard).render([:]) == "\n  \n\"\\u003c\\u00e9\\u003e\"")
    #expect(try JinjaTemplate(source, options: .chat).render([:]) == "\"<é>\"")
    var options = JinjaOptions.standard
    options.keepsTrailingNewline = true
    #expect(try JinjaTemplate("a\n\n", options: options).render([:]) == "a\n\n")
    #expect(try JinjaTemplate("a\n\n").render([:]) == "a\n")
    #expect(throws: JinjaError.self) { try JinjaTemplate("{% for x in y %}{% break %}{% endfor %}") }
    #expect(throws: JinjaError.self) { try JinjaTemplate("{{ raise_exception('a') }}").render([:]) }
  }

  @Test func theClockIsTheOneThatIsGiven() throws {
    var options = JinjaOptions.chat
    options.now = { Date(timeIntervalSince1970: 1_700_000_000) }
    let year = try JinjaTemplate("{{ strftime_now('%Y') }}", options: options).render([:])
    #expect(year == "2023")
    #expect(try JinjaTemplate("{{ strftime_now('') }}", options: options).render([:]) == "")
  }

  @Test func namesBeginEachTurnOfALoopWithTheValueAround() throws {
    let source = "{% set x = 1 %}{% for i in [2, 3] %}{{ x }}{% set x = i %}{{ x }} {% endfor %}{{ x }}"
    #expect(try JinjaTemplate(source).render([:]) == "12 13 1")
  }

  @Test func aNameThatIsSetLaterHidesTheVariableBefore() throws {
    let source = "{% macro m() %}[{{ x }}]{% endmacro %}{{ m() }}{% set x = 1 %}{{ m() }}"
    #expect(try JinjaTemplate(source).render(["x": .integer(5)]) == "[][1]")
  }

  @Test func aTemplateRendersOnSeveralThreads() async throws {
    let template = try JinjaTemplate(
      "{% set ns = namespace(n=0) %}{% for i in range(n) %}{% set ns.n = ns.n + i %}{% endfor %}{{ ns.n }}")
    let texts = try await withThrowingTaskGroup(of: (Int, String).self) { group in
      for n in 0..<32 { group.addTask { (n, try template.render(["n": .integer(n)])) } }
      return try await group.reduce(into: [Int: String]()) { $0[$1.0] = $1.1 }
    }
    for n in 0..<32 { #expect(texts[n] == "\(n * (n - 1) / 2)") }
  }
}
