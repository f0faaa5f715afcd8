/// `FixedLength`: pieces of so many characters, the last of what is left.
struct FixedLengthPattern: TextPattern {
  let length: Int

  init(_ node: JSONNode) throws {
    let length = try node.required("length")
    self.length = Int(try length.identifier())
    guard self.length > 0 else { throw length.unsupportedValue("0", expected: "a number of characters") }
  }

  func appendSpans(of text: UnsafeBufferPointer<UInt8>, to spans: inout [TextSpan]) {
    var start = 0
    while start < text.count {
      var end = start
      var count = 0
      while end < text.count, count < length {
        end = UTF8Decoding.scalar(in: text, at: end).next
        count += 1
      }
      spans.append(TextSpan(start: start, end: end, isMatch: true))
      start = end
    }
  }
}
