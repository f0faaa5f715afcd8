@preconcurrency import COniguruma

/// A regular expression of Python's `re` over the name of a module.
///
/// Unchecked sendability: a compiled `regex_t` is only read by matches, each of which brings its own region.
final class PythonPattern: @unchecked Sendable {
  private let regex: OnigRegex

  /// `ONIG_OPTION_NONE`, a macro that Swift does not see.
  private static let noOptions: OnigOptionType = 0

  enum Failure: Error {
    /// No regular expression.
    case malformed(reason: String)
    /// Oniguruma gave up on a name: the expression goes back too often.
    case tooManySteps
  }

  /// - Throws: `Failure.malformed`.
  init(_ pattern: String) throws {
    OnigurumaPattern.initialize()
    var pattern = pattern
    var regex: OnigRegex?
    let failure = pattern.withUTF8 { bytes -> String? in
      // An empty string may have no base address; Oniguruma only compares the two pointers then.
      withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 1) { empty in
        let start = bytes.baseAddress ?? UnsafePointer(empty.baseAddress!)
        var information = OnigErrorInfo()
        let code = onig_new(
          &regex, start, start + bytes.count, Self.noOptions, &OnigEncodingUTF8, &OnigSyntaxPython, &information)
        // The information points into the pattern.
        return code == ONIG_NORMAL ? nil : Self.reason(code, &information)
      }
    }
    guard let regex, failure == nil else { throw Failure.malformed(reason: failure ?? "it gives no expression") }
    self.regex = regex
  }

  private static func reason(_ code: Int32, _ information: inout OnigErrorInfo) -> String {
    withUnsafeTemporaryAllocation(of: UInt8.self, capacity: Int(ONIG_MAX_ERROR_MESSAGE_LEN)) { text in
      let count = shim_onig_error_text(text.baseAddress, code, &information)
      return String(decoding: text.prefix(Int(count)), as: UTF8.self)
    }
  }

  deinit {
    onig_free(regex)
  }

  /// `re.match(pattern, text)`: what the groups matched, from group 1 on, if the pattern matches at the start of the
  /// text; nil where it does not.
  ///
  /// - Throws: `Failure.tooManySteps`.
  func groups(matching text: String) throws -> [Substring?]? {
    var text = text
    return try text.withUTF8 { bytes -> [Substring?]? in
      let region = onig_region_new()
      defer { onig_region_free(region, 1) }
      return try withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 1) { empty in
        let start = bytes.baseAddress ?? UnsafePointer(empty.baseAddress!)
        let result = onig_match(regex, start, start + bytes.count, start, region, Self.noOptions)
        if result == ONIG_MISMATCH { return nil }
        guard result >= 0, let region = region?.pointee, let begins = region.beg, let ends = region.end else {
          throw Failure.tooManySteps
        }
        return (1..<max(1, Int(region.num_regs))).map { group in
          guard begins[group] >= 0 else { return nil }
          return Substring(decoding: bytes[Int(begins[group])..<Int(ends[group])], as: UTF8.self)
        }
      }
    }
  }

  /// - Throws: `Failure.tooManySteps`.
  func matches(_ text: String) throws -> Bool { try groups(matching: text) != nil }
}
