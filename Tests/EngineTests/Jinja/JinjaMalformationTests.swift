/// Templates that cannot be read, and templates made to do harm: each a clear error with its line, in bounded time.
import Testing

@testable import Engine

@Suite struct JinjaMalformationTests {
  @Test(arguments: [
    ("{{ x", 1, "unexpected end of template"),
    ("a\n{{ x }", 2, "unexpected '}'"),
    (
      "a\n{% if x %}\nb", 3,
      "Unexpected end of template. Jinja was looking for the following tags: 'elif' or 'else' or 'endif'."
    ),
    ("{% if x %}{% endfor %}", 1, "Encountered unknown tag 'endfor'"),
    ("{% for x in %}{% endfor %}", 1, "Expected an expression, got 'end of statement block'"),
    ("{# a", 1, "Missing end of comment tag"),
    ("{% raw %}{% endrow %}", 1, "Missing end of raw directive"),
    ("\n\n{% nosuch %}", 3, "Encountered unknown tag 'nosuch'."),
    ("{% do x %}", 1, "Encountered unknown tag 'do'."),
    ("{% include 'other' %}", 1, "'include' is not supported"),
    ("{{ x | nosuch }}", 1, "No filter named 'nosuch'."),
    ("{{ x is nosuch }}", 1, "No test named 'nosuch'."),
    ("{{ 'a }}", 1, "unexpected char \"'\" at 3"),
    ("{{ (1] }}", 1, "unexpected ']', expected ')'"),
    ("{{ 1 ! 2 }}", 1, "unexpected char '!' at 5"),
    (#"{{ '\x4' }}"#, 1, #"truncated \xXX escape"#),
    (#"{{ '\ud800' }}"#, 1, "half of a surrogate pair"),
    ("{{ 99999999999999999999 }}", 1, "does not fit 64 bits"),
    ("{% set 1 = 2 %}", 1, "can't assign to 'integer'"),
    ("{% set none = 2 %}", 1, "can't assign to 'none'"),
    ("{% for loop in x %}{% endfor %}", 1, "Can't assign to special loop variable in for-loop target"),
    ("{% macro m(a=1, b) %}{% endmacro %}", 1, "non-default argument follows default argument"),
    ("{{ f(a=1, 2) }}", 1, "invalid syntax for function call expression"),
    ("{% break %}", 1, "'break' outside loop"),
    ("{% for x in y %}{% macro m() %}{% continue %}{% endmacro %}{% endfor %}", 1, "'continue' outside loop"),
  ])
  func whatCannotBeReadIsRefusedWithItsLine(source: String, line: Int, message: String) {
    let error = #expect(throws: JinjaError.self) { try JinjaTemplate(source, options: .chat) }
    #expect(error?.kind == .syntax)
    #expect(error?.line == line)
    #expect(error?.message.contains(message) == true, "\(error?.message ?? "")")
  }

  @Test(arguments: [
    ("{{ x }}\n{{ missing.name }}", 2, JinjaError.Kind.undefined, "'missing' is undefined"),
    ("{{ x.name.other }}", 1, .undefined, "'int object' has no attribute 'name'"),
    ("{{ 'a' + 1 }}", 1, .type, "can only concatenate str (not \"int\") to str"),
    ("{{ 1 < 'a' }}", 1, .type, "'<' not supported between instances of 'int' and 'str'"),
    ("{{ x() }}", 1, .type, "'int' object is not callable"),
    ("{{ 'a'|join(1, 2, 3) }}", 1, .type, "takes from 2 to 4 positional arguments but 5 were given"),
    ("{{ 1 // 0 }}", 1, .value, "integer division or modulo by zero"),
    ("{{ 2 ** 64 }}", 1, .value, "does not fit an integer of 64 bits"),
    ("{% for a, b in [[1]] %}{% endfor %}", 1, .value, "not enough values to unpack (expected 2, got 1)"),
    ("{{ l.append(1) }}", 1, .security, "access to attribute 'append' of 'list' object is unsafe."),
    ("{{ x.__class__.mro() }}", 1, .security, "access to attribute '__class__' of 'int' object is unsafe."),
    ("{% set ns = namespace(_a=1) %}", 1, .security, "underscore-prefixed attributes"),
    ("{{ raise_exception('No ' ~ x) }}", 1, .raised, "No 5"),
    ("{% set x.y = 1 %}", 1, .type, "cannot assign attribute on non-namespace object"),
  ])
  func whatCannotBeRenderedIsRefusedWithItsLine(
    source: String, line: Int, kind: JinjaError.Kind, message: String
  ) throws {
    let template = try JinjaTemplate(source, options: .chat)
    let error = #expect(throws: JinjaError.self) { try template.render(["x": .integer(5), "l": .list(JinjaList([]))]) }
    #expect(error?.kind == kind)
    #expect(error?.line == line)
    #expect(error?.message.contains(message) == true, "\(error?.message ?? "")")
  }

  @Test(arguments: [
    String(repeating: "(", count: 100_000),
    String(repeating: "[", count: 100_000),
    String(repeating: "not ", count: 100_000) + "x",
    String(repeating: "-", count: 100_000) + "1",
    "1" + String(repeating: " + 1", count: 100_000),
    "x" + String(repeating: ".a", count: 100_000),
    "x" + String(repeating: "|upper", count: 100_000),
    "x if " + String(repeating: "x else x if ", count: 100_000) + "x",
  ])
  func deepExpressionsAreRefused(expression: String) {
    let error = #expect(throws: JinjaError.self) { try JinjaTemplate("{{ \(expression) }}") }
    #expect(error?.kind == .limit)
  }

  @Test func deepBlocksAreRefused() {
    let source = String(repeating: "{% if x %}", count: 100_000)
    #expect(throws: JinjaError.self) { try JinjaTemplate(source) }
  }

  @Test(arguments: [
    "{{ 'a' * 10 ** 9 }}",
    "{{ [1] * 10 ** 9 }}",
    "{{ 'a'.center(10 ** 9) }}",
    "{{ '%999999999d' % 1 }}",
    "{{ '{:>999999999}'.format(1) }}",
    "{{ '%.999999999f' % 1 }}",
    "{{ 'ab'|indent(10 ** 9, true) }}",
    "{{ 'aaaa'|replace('a', 'a' * 30000000) }}",
    "{{ range(10 ** 9) }}",
    "{{ [1]|batch(10 ** 9, 0)|list }}",
    "{{ [1]|slice(10 ** 9)|list }}",
    "{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}",
    "{% for x in [1] recursive %}{{ loop([1]) }}{% endfor %}",
    "{% set ns = namespace(s='a') %}{% for i in range(100) %}{% set ns.s = ns.s ~ ns.s %}{% endfor %}",
    "{% set ns = namespace(s=[1]) %}{% for i in range(100) %}{% set ns.s = ns.s + ns.s %}{% endfor %}",
    "{% set ns = namespace(s=[1]) %}{% for i in range(64) %}{% set ns.s = [ns.s, ns.s] %}{% endfor %}{{ ns.s }}",
    "{% set ns = namespace(s=[1]) %}{% for i in range(64) %}{% set ns.s = [ns.s, ns.s] %}{% endfor %}{{ ns.s|tojson }}",
    "{% set ns = namespace(s=1, t=1) %}{% for i in range(64) %}{% set ns.s = [ns.s, ns.s] %}{% set ns.t = [ns.t, ns.t] %}"
      + "{% endfor %}{{ ns.s == ns.t }}",
    "{% set ns = namespace(s=[]) %}{% for i in range(99999) %}{% set ns.s = [ns.s] %}{% endfor %}",
    "{% set ns = namespace(s={}) %}{% for i in range(99999) %}{% set ns.s = {'a': ns.s} %}{% endfor %}",
    "{% set ns = namespace(s=[1]) %}{% for i in range(99999) %}{% set ns.s = ns.s|map('string') %}{% endfor %}{{ ns.s|list }}",
    "{% set ns = namespace(s=1) %}{% for i in range(99999) %}{% set ns.s = cycler(ns.s) %}{% endfor %}",
    "{% set ns = namespace(s='') %}{% for i in range(99999) %}{% set ns.s = joiner(ns.s) %}{% endfor %}",
    "{% set ns = namespace(s=1) %}{% for i in range(99999) %}{% set ns.s = {'a': ns.s}.get %}{% endfor %}",
    "{% set ns = namespace(s=1) %}{% for i in range(99999) %}{% for j in [ns.s] %}{% set ns.s = loop %}{% endfor %}{% endfor %}",
    "{% set ns = namespace(s=1) %}{% for i in range(99999) %}{% set ns.s = [1]|map('d', ns.s) %}{% endfor %}",
    "{% set ns = namespace(s=1) %}{% for i in range(99999) %}{% for j in [missing]|map('d', ns.s) %}"
      + "{% set ns.s = loop %}{% endfor %}{% endfor %}",
    "{% set ns = namespace(s=1) %}{% for i in range(64) %}{% set ns.s = (ns.s, ns.s) %}{% endfor %}{{ {ns.s: 1} }}",
    "{{ ('a' * 30000000).split('a') }}",
    "{{ ('\\n' * 30000000).splitlines() }}",
    "{{ ('&' * 30000000)|e }}",
    "{% for i in range(99999) %}{% for j in range(99999) %}{% endfor %}{% endfor %}",
    "{% for i in range(99999) %}{{ 'a' * 9999 in 'b' * 60000000 }}{% endfor %}",
  ])
  func templatesThatWouldNotEndAreStopped(source: String) throws {
    let template = try JinjaTemplate(source, options: .chat)
    let error = #expect(throws: JinjaError.self) { try template.render([:]) }
    #expect(error?.kind == .limit || error?.kind == .value, "\(error?.message ?? "")")
    #expect(error?.line == 1)
  }

  @Test func chainsOfNamespacesAndMacrosAreReleased() throws {
    let chains = [
      "{% set ns = namespace(s=none) %}{% for i in range(99999) %}{% set ns.s = namespace(s=ns.s) %}{% endfor %}",
      "{% set ns = namespace(s=none) %}{% for i in range(99999) %}{% macro m() %}{{ i }}{% endmacro %}{% set ns.s = m %}"
        + "{% endfor %}{{ ns.s() }}",
      "{% set ns = namespace(s=none) %}{% macro m(p) %}{% for j in [1] if true %}{% set ns.s = loop %}{% endfor %}{% endmacro %}"
        + "{% for i in range(99999) %}{{ m(ns.s) }}{% endfor %}",
      "{% set ns = namespace() %}{% set ns.ns = ns %}{{ ns.ns.ns is defined }}",
    ]
    for source in chains { #expect(throws: Never.self) { try JinjaTemplate(source).render([:]) } }
  }
}
