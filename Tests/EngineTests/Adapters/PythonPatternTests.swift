import Testing

@testable import Engine

/// Against `re.match` of CPython 3.11.
struct PythonPatternTests {
  @Test(arguments: [
    ("", "", [String?]()), ("a|ab", "ab", []), ("(a|ab)(c)?", "abd", ["a", nil]),
    ("(?P<first>\\w+)\\.(\\d+)", "layers.12", ["layers", "12"]), ("(?i)Q_proj", "q_PROJ", []),
    (".*?\\.(\\d+)\\.", "h.3.x", ["3"]),
  ])
  func aPatternMatchesAtTheStart(pattern: String, text: String, groups: [String?]) throws {
    let found = try #require(try PythonPattern(pattern).groups(matching: text))
    #expect(found.map { $0.map(String.init) } == groups)
  }

  @Test(arguments: [("b", "ab"), ("a$", "ab"), ("[^.]+$", "a.b")]) func otherTextDoesNot(pattern: String, text: String)
    throws
  {
    #expect(try !PythonPattern(pattern).matches(text))
  }

  @Test(arguments: [
    ("(a", "end pattern with unmatched parenthesis"), ("*", "target of repeat operator is not specified"),
    ("[a", "premature end of char-class"),
  ])
  func whatIsNoPatternSaysWhy(pattern: String, reason: String) throws {
    let error = try #require(throws: PythonPattern.Failure.self) { try PythonPattern(pattern) }
    guard case .malformed(let found) = error else {
      Issue.record("\(error)")
      return
    }
    #expect(found == reason)
  }

  @Test(.timeLimit(.minutes(1))) func aPatternThatTakesTooManyStepsIsGivenUp() throws {
    let pattern = try PythonPattern("(a|aa|a.)*(a|aa)*\\1*b$")
    #expect(throws: PythonPattern.Failure.self) { try pattern.matches(String(repeating: "a", count: 200)) }
  }
}
