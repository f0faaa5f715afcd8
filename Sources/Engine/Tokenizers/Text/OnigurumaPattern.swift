@preconcurrency import COniguruma

/// A regular expression of Oniguruma over UTF-8, with the syntax and options that the Rust library's `onig` uses.
///
/// Unchecked sendability: a compiled `regex_t` is only read by searches, each of which brings its own region.
final class OnigurumaPattern: TextPattern, @unchecked Sendable {
  let pattern: String
  private let regex: OnigRegex

  /// `ONIG_OPTION_NONE`, a macro that Swift does not see.
  private static let noOptions: OnigOptionType = 0

  /// Oniguruma's tables must be set up once, and not by two threads at a time.
  private static let isInitialized: Bool = {
    withUnsafeMutablePointer(to: &OnigEncodingUTF8) { encoding in
      var encodings: [OnigEncoding?] = [encoding]
      return onig_initialize(&encodings, 1) == ONIG_NORMAL
    }
  }()

  /// Sets up Oniguruma, once; every other call of it must come later.
  static func initialize() {
    precondition(isInitialized, "Oniguruma cannot set up UTF-8")
  }

  struct CompilationError: Error {
    let code: Int
  }

  /// - Throws: `CompilationError` with Oniguruma's code where `pattern` is not a regular expression.
  init(_ pattern: String) throws(CompilationError) {
    Self.initialize()
    self.pattern = pattern
    let bytes = Array(pattern.utf8)
    var regex: OnigRegex?
    let code = bytes.withUnsafeBufferPointer { buffer in
      // An empty array has no base address; Oniguruma only compares the two pointers then.
      withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 1) { empty in
        let start = buffer.baseAddress ?? UnsafePointer(empty.baseAddress!)
        return onig_new(
          &regex, start, start + buffer.count, Self.noOptions, &OnigEncodingUTF8, OnigDefaultSyntax, nil)
      }
    }
    guard code == ONIG_NORMAL, let regex else { throw CompilationError(code: Int(code)) }
    self.regex = regex
  }

  deinit {
    onig_free(regex)
  }

  func appendSpans(of text: UnsafeBufferPointer<UInt8>, to spans: inout [TextSpan]) throws {
    if let replaced = NewerCharacters.replaced(in: text) {
      try replaced.withUnsafeBufferPointer { try appendKnownSpans(of: $0, to: &spans) }
    } else {
      try appendKnownSpans(of: text, to: &spans)
    }
  }

  /// The spans of a text that has no character that Oniguruma does not know.
  private func appendKnownSpans(of text: UnsafeBufferPointer<UInt8>, to spans: inout [TextSpan]) throws {
    guard let start = text.baseAddress, !text.isEmpty else { return }
    let end = start + text.count
    let region = onig_region_new()
    defer { onig_region_free(region, 1) }
    var done = 0
    var position = 0
    var lastMatchEnd: Int?
    while position <= text.count {
      let result = onig_search(regex, start, end, start + position, end, region, Self.noOptions)
      if result == ONIG_MISMATCH { break }
      guard result >= 0, let region, let ends = region.pointee.end else {
        throw TokenizerError.failedSearch(pattern: pattern, code: Int(result))
      }
      let matchStart = Int(result)
      let matchEnd = Int(ends[0])
      if matchStart == matchEnd, lastMatchEnd == matchEnd {
        // An empty match right behind the last one would be found for ever.
        position = position < text.count ? UTF8Decoding.scalar(in: text, at: position).next : position + 1
        continue
      }
      if done < matchStart { spans.append(TextSpan(start: done, end: matchStart, isMatch: false)) }
      spans.append(TextSpan(start: matchStart, end: matchEnd, isMatch: true))
      done = matchEnd
      position = matchEnd
      lastMatchEnd = matchEnd
    }
    if done < text.count { spans.append(TextSpan(start: done, end: text.count, isMatch: false)) }
  }
}

extension OnigurumaPattern {
  /// The code points of a Unicode property as Oniguruma knows it, so that code of ours which stands in for a regular
  /// expression agrees with it whatever version of Unicode Oniguruma was built with.
  static func codePoints(of property: String) -> [ClosedRange<UInt32>] {
    initialize()
    var name = Array(property.utf8)
    let typeOfName = OnigEncodingUTF8.property_name_to_ctype
    let rangesOfType = OnigEncodingUTF8.get_ctype_code_range
    let type = name.withUnsafeMutableBufferPointer { buffer -> Int32 in
      guard let start = buffer.baseAddress, let typeOfName else { return -1 }
      return typeOfName(&OnigEncodingUTF8, start, start + buffer.count)
    }
    var singleByteLimit: OnigCodePoint = 0
    var ranges: UnsafePointer<OnigCodePoint>?
    precondition(
      type >= 0 && rangesOfType?(OnigCtype(type), &singleByteLimit, &ranges) == 0,
      "Oniguruma does not know the property '\(property)'")
    guard let ranges else { preconditionFailure("Oniguruma has no ranges for the property '\(property)'") }
    return (0..<Int(ranges[0])).map { ranges[1 + 2 * $0]...ranges[2 + 2 * $0] }
  }
}
