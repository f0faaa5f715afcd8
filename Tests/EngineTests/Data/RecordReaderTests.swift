import Foundation
import Testing

@testable import Engine

/// A source that hands out its bytes in pieces of a given size, as a pipe might.
final class PieceSource: ByteSource {
  private var rest: ArraySlice<UInt8>
  private let piece: Int

  init(_ bytes: [UInt8], piece: Int) {
    rest = bytes[...]
    self.piece = piece
  }

  func read(into buffer: UnsafeMutableRawBufferPointer) throws -> Int {
    let count = min(piece, buffer.count, rest.count)
    buffer.copyBytes(from: rest.prefix(count))
    rest = rest.dropFirst(count)
    return count
  }
}

/// All rows of a text in a format; the path is `x`.
func records(
  _ format: RecordFormat, _ bytes: some Sequence<UInt8>, piece: Int = 1 << 20, rowLimit: Int = 1 << 20
) throws -> [Record] {
  let source = PieceSource(Array(bytes), piece: piece)
  // The smallest buffer, so that every boundary lies between two fills.
  var reader = try format.reader(BufferedBytes(source, path: "x", rowLimit: rowLimit, capacity: min(piece, 1 << 10)))
  var records: [Record] = []
  while let record = try reader.next() { records.append(record) }
  return records
}

struct JSONLinesReaderTests {
  @Test(arguments: [1, 2, 7, 1 << 20])
  func rowsAreReadAcrossBufferBoundaries(piece: Int) throws {
    let text = "\u{FEFF}{\"text\": \"a\"}\r\n\n  \t\n{\"text\": \"b\", \"n\": 2}\n{\"text\": \"c\"}"
    let rows = try records(.jsonl, text.utf8, piece: piece)
    #expect(rows.map(\.row) == [0, 1, 2])
    #expect(rows.map(\.line) == [1, 4, 5])
    #expect(try rows.map { try $0.string("text", flag: "-") } == ["a", "b", "c"])
    #expect(rows[1].columns["n"] == .integer(2))
  }

  @Test func anEmptyFileHasNoRows() throws {
    #expect(try records(.jsonl, []) == [])
    #expect(try records(.jsonl, "\n\n".utf8) == [])
  }

  @Test func aMalformedLineIsNamed() {
    #expect(
      throws: DataError.malformedJSON(
        file: "x", line: 3, problem: .expected("':' after a key", found: 0x7D), excerpt: #"{"b"}"#)
    ) { try records(.jsonl, "{}\n\n{\"b\"}\n".utf8) }
    #expect(throws: DataError.malformedJSON(file: "x", line: 1, problem: .notJSON("NaN"), excerpt: #"{"r": NaN}"#)) {
      try records(.jsonl, "{\"r\": NaN}\n".utf8)
    }
    // A line of a pretty-printed file.
    #expect(throws: DataError.malformedJSON(file: "x", line: 1, problem: .unexpectedEnd, excerpt: "{")) {
      try records(.jsonl, "{\n\"a\": 1\n}\n".utf8)
    }
  }

  @Test(arguments: [("[1]", "an array"), ("3", "an integer"), ("\"a\"", "a string"), ("null", "null")])
  func rowsThatAreNotObjectsAreErrors(text: String, found: String) {
    #expect(throws: DataError.rowNotAnObject(file: "x", line: 2, found: found, excerpt: text)) {
      try records(.jsonl, "{}\n\(text)\n".utf8)
    }
  }

  @Test func excerptsAreShortAndOnOneLine() {
    #expect(JSONRow.excerpt(Array("a\tb\u{7f}c\nd".utf8)) == "a b c d")
    #expect(JSONRow.excerpt(Array(String(repeating: "ä", count: 61).utf8)) == String(repeating: "ä", count: 60) + "...")
    #expect(JSONRow.excerpt(Array(String(repeating: "ä", count: 60).utf8)) == String(repeating: "ä", count: 60))
  }

  @Test func aRowLongerThanTheLimitIsRefused() {
    #expect(throws: DataError.rowTooLong(file: "x", line: 1, limit: 10)) {
      try records(.jsonl, String(repeating: " ", count: 100).utf8, piece: 4, rowLimit: 10)
    }
  }
}

struct TextLineReaderTests {
  @Test func everyLineIsARow() throws {
    let rows = try records(.txt, "one\r\n\ntwo \"q\"\nlast".utf8, piece: 3)
    #expect(rows.map(\.columns) == ["one", "", "two \"q\"", "last"].map { ["text": .string($0)] })
    #expect(rows.map(\.line) == [1, 2, 3, 4])
    #expect(try records(.txt, "a\n".utf8).count == 1)
  }

  @Test func textThatIsNotUTF8IsAnError() {
    #expect(throws: DataError.notUTF8(file: "x", line: 2)) { try records(.txt, [0x61, 0x0A, 0xE9, 0x0A]) }
  }
}

struct JSONDocumentReaderTests {
  @Test(
    arguments: [
      #"[{"t": "a"}, {"t": "]}\"\\"}]"#, "\n[\n{\"t\":\"a\"}\n,{\"t\":\"]}\\\"\\\\\"}\n]\n",
      #"{"version": 1, "tags": ["x", {}], "none": [], "data": [{"t": "a"},{"t": "]}\"\\"}], "more": {"a": [{}]}}"#,
      #"{"data":[{"t":"a"},{"t":"]}\"\\"}]}"#,
    ], [1, 5, 1 << 20])
  func rowsAreFoundInArraysAndObjects(text: String, piece: Int) throws {
    let rows = try records(.json, text.utf8, piece: piece)
    #expect(rows.map(\.columns) == [["t": .string("a")], ["t": .string("]}\"\\")]])
    #expect(rows.map(\.row) == [0, 1])
  }

  @Test(arguments: [#"[{"t": "a"}, {"t": "]}\"\\"}]"#, #"{"version": 1, "data": [{"t": "a"}], "more": [2]}"#])
  func everyTruncationIsAnError(text: String) throws {
    let bytes = Array(text.utf8)
    for count in bytes.indices {
      #expect(throws: DataError.self, "\(count) of \(bytes.count) bytes") { try records(.json, bytes[..<count]) }
    }
    #expect(try !records(.json, bytes).isEmpty)
  }

  @Test func linesAreThoseOfTheRows() throws {
    #expect(try records(.json, "[{\"a\":\n1},\n\n{\"a\":2}]".utf8).map(\.line) == [1, 4])
    #expect(try records(.json, "[ ]".utf8) == [])
  }

  @Test(
    arguments: [
      ("1", .noArrayOfObjects(file: "x")), ("{}", .noArrayOfObjects(file: "x")),
      (#"{"a": [1], "b": []}"#, .noArrayOfObjects(file: "x")),
      (#"{"a": [{}], "b": [{}]}"#, .twoArraysOfObjects(file: "x", first: "a", second: "b")),
      ("{\"a\": 1}\n{\"a\": 2}", .textAfterDocument(file: "x", line: 2)),
      ("[{}]\n,", .textAfterDocument(file: "x", line: 2)),
      ("[{},\n1]", .rowNotAnObject(file: "x", line: 2, found: "an integer", excerpt: "1")),
      ("[[1]]", .rowNotAnObject(file: "x", line: 1, found: "an array", excerpt: "[1]")),
      ("", .malformedJSON(file: "x", line: 1, problem: .unexpectedEnd, excerpt: "")),
      ("[{}", .malformedJSON(file: "x", line: 1, problem: .unexpectedEnd, excerpt: "")),
      (
        "[{}\n{}]",
        .malformedJSON(file: "x", line: 2, problem: .expected("',' or ']' behind a row", found: 0x7B), excerpt: "{}]")
      ),
      ("[{},]", .malformedJSON(file: "x", line: 1, problem: .expected("a value", found: 0x5D), excerpt: "]")),
      ("[{\"a\": \"b", .malformedJSON(file: "x", line: 1, problem: .unexpectedEnd, excerpt: "{\"a\": \"b")),
      (
        "[{\"a\":\n]}]",
        .malformedJSON(file: "x", line: 2, problem: .expected("a value", found: 0x5D), excerpt: "{\"a\": ]")
      ),
      (#"{"a": 1, "a": [{}]}"#, .malformedJSON(file: "x", line: 1, problem: .duplicateKey("a"), excerpt: ": [{}]}")),
      (
        "{a: 1}",
        .malformedJSON(file: "x", line: 1, problem: .expected("a key in quotes", found: 0x61), excerpt: "a: 1}")
      ),
      (
        #"{"a" 1}"#,
        .malformedJSON(file: "x", line: 1, problem: .expected("':' after a key", found: 0x31), excerpt: "1}")
      ),
      (
        #"{"a": 1 "b": 2}"#,
        .malformedJSON(file: "x", line: 1, problem: .expected("',' or '}'", found: 0x22), excerpt: "\"b\": 2}")
      ),
      (
        #"{"a": nul, "b": [{}]}"#,
        .malformedJSON(file: "x", line: 1, problem: .expected("null", found: 0x6E), excerpt: "nul")
      ),
    ] as [(String, DataError)])
  func malformedDocumentsAreErrors(text: String, error: DataError) {
    #expect(throws: error) { try records(.json, text.utf8) }
  }

  @Test func aRowLongerThanTheLimitIsRefused() {
    #expect(throws: DataError.rowTooLong(file: "x", line: 1, limit: 10)) {
      try records(.json, "[{\"a\": \"\(String(repeating: "b", count: 100))".utf8, rowLimit: 10)
    }
  }
}

struct CSVReaderTests {
  private func rows(_ text: String, piece: Int = 1 << 20) throws -> [[String: String]] {
    try records(.csv, text.utf8, piece: piece).map { record in
      Dictionary(uniqueKeysWithValues: try record.columns.map { ($0.key, try #require($0.value.string)) })
    }
  }

  @Test(arguments: [1, 2, 3, 1 << 20])
  func fieldsFollowRFC4180(piece: Int) throws {
    let text = "\u{FEFF}text,n\r\n\"a, \"\"b\"\"\nc\",1\r\nplain,\r\n\"\",007\n\n last ,ä"
    #expect(
      try rows(text, piece: piece) == [
        ["text": "a, \"b\"\nc", "n": "1"], ["text": "plain", "n": ""], ["text": "", "n": "007"],
        ["text": " last ", "n": "ä"],
      ])
    #expect(try records(.csv, text.utf8, piece: piece).map(\.line) == [2, 4, 5, 7])
  }

  @Test func theIndexColumnOfPandasGetsItsName() throws {
    #expect(try rows(",text\n0,a\n") == [["Unnamed: 0": "0", "text": "a"]])
  }

  @Test func aHeaderAloneHasNoRows() throws {
    #expect(try rows("a,b\n") == [])
  }

  @Test(
    arguments: [
      ("", .noHeader(file: "x")), ("\r\n", .noHeader(file: "x")),
      ("a,b,a\n", .duplicateColumn(file: "x", column: "a")),
      ("a,b\n1,2\n\n3\n", .raggedRow(file: "x", line: 4, found: 1, expected: 2)),
      ("a,b\n1,2,3\n", .raggedRow(file: "x", line: 2, found: 3, expected: 2)),
      ("a,b\n\"1\n2\",3\n4,5,6", .raggedRow(file: "x", line: 4, found: 3, expected: 2)),
      ("a\n1\n\"b\nc\n", .unterminatedQuote(file: "x", line: 3)),
      ("a\n\"b\"c\n", .textAfterQuote(file: "x", line: 2)),
      ("a\n\"b\" \n", .textAfterQuote(file: "x", line: 2)),
      ("a\n5\" pipe\n", .quoteInsideField(file: "x", line: 2)),
    ] as [(String, DataError)])
  func malformedTablesAreErrors(text: String, error: DataError) {
    #expect(throws: error) { try rows(text) }
  }

  @Test func bytesThatAreNotUTF8AreErrors() {
    #expect(throws: DataError.notUTF8(file: "x", line: 2)) { try records(.csv, [0x61, 0x0A, 0xE9, 0x0A]) }
  }

  @Test func aRowLongerThanTheLimitIsRefused() {
    #expect(throws: DataError.rowTooLong(file: "x", line: 2, limit: 10)) {
      try records(.csv, "a,b\n12345,\"6789012\"\n".utf8, rowLimit: 10)
    }
  }
}
