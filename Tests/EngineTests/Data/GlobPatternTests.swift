import Foundation
import Testing

@testable import Engine

struct GlobPatternTests {
  @Test(arguments: [
    ("a.jsonl", "a.jsonl", true), ("a.jsonl", "aXjsonl", false), ("*.jsonl", "a.jsonl", true),
    ("*.jsonl", "x/a.jsonl", false), ("*", "a", true), ("x/*", "x/a", true), ("x/*", "x/y/a", false),
    ("**", "x/y/a", true), ("x/**", "x/y/a", true), ("x/**", "x", false), ("**/a", "a", true), ("**/a", "x/y/a", true),
    ("**/x/**", "x/a", true), ("**/x/**", "w/x/y/a", true), ("**/x/**", "w/x", false), ("x/**/a", "x/a", true),
    ("a?c", "abc", true), ("a?c", "a/c", false), ("[ab]c", "bc", true), ("[!ab]c", "bc", false), ("[!ab]c", "dc", true),
    ("[a-c]x", "bx", true), ("[-._ 0-9]", "-", true), ("[-._ 0-9]", "5", true), ("[-._ 0-9]", "a", false),
    ("[]]", "]", true), ("[a", "[a", true), ("*a*b", "xxaxxab", true), ("*a*b", "xxaxxa", false), ("", "a", false),
    ("*", ".a", false), (".*", ".a", true), ("**", ".git/a", false), ("**", "__x__/a", false),
    ("__*/*", "__x__/a", true),
  ])
  func patternsMatchAsPythonMatchesThem(pattern: String, path: String, isMatch: Bool) throws {
    #expect(try #require(GlobPattern(pattern)).matches(path) == isMatch)
  }

  @Test func starsBesideOtherCharactersAreNoPattern() {
    #expect(GlobPattern("a**") == nil)
    #expect(GlobPattern("x/**.jsonl") == nil)
  }

  /// Backtracking without bounds would not end.
  @Test func noPatternTakesLong() throws {
    let stars = try #require(GlobPattern(String(repeating: "*a", count: 100) + "b"))
    #expect(!stars.matches(String(repeating: "a", count: 10_000)))
    let folders = try #require(GlobPattern(String(repeating: "**/*/", count: 50) + "b"))
    #expect(!folders.matches(String(repeating: "a/", count: 500) + "a"))
  }
}
