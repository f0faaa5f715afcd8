import Testing

@testable import Reports

@Suite struct CSVTextTests {
  @Test func onlyFieldsThatNeedThemHaveQuotes() {
    #expect(
      CSVText.of([["a", "b c", ""], ["d,e", "say \"x\"", "two\nlines"], ["f\r", "é", "'"]])
        == "a,b c,\r\n\"d,e\",\"say \"\"x\"\"\",\"two\nlines\"\r\n\"f\r\",é,'")
  }
}
