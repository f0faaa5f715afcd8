/// Cuts where the script changes, as SentencePiece does. Spaces and unassigned characters belong to every script, and
/// the Japanese syllabaries to that of Chinese characters.
struct ScriptPreTokenizer: PreTokenizer {
  func preTokenize(_ text: inout PreTokenizedText) throws {
    try text.split(ScriptStretches(), .removed)
  }
}

/// Each stretch of one script is no match, so that it is kept as it is. What comes before the first is a match: the
/// reference cuts where a script begins, and drops what is in front of the first cut.
private struct ScriptStretches: TextPattern {
  func appendSpans(of text: UnsafeBufferPointer<UInt8>, to spans: inout [TextSpan]) {
    var last: UInt8?
    var start = 0
    var position = 0
    while position < text.count {
      let (scalar, next) = UTF8Decoding.scalar(in: text, at: position)
      let script = UnicodeScripts.script(of: scalar)
      if script != UnicodeScripts.any, script != last {
        if start < position { spans.append(TextSpan(start: start, end: position, isMatch: last == nil)) }
        start = position
        last = script
      }
      position = next
    }
    if start < text.count { spans.append(TextSpan(start: start, end: text.count, isMatch: last == nil)) }
  }
}
