import CUTF8Proc

/// The normalization forms of Unicode (UAX 15), with the alignment of the Rust library
/// `unicode-normalization-alignments`, on the tables of utf8proc.
///
/// utf8proc's own `utf8proc_map` gives the same scalars but cannot say which scalar came from where.
struct UnicodeNormalizer: TextNormalizer {
  let isCompatibility: Bool
  let composes: Bool

  static let nfc = UnicodeNormalizer(isCompatibility: false, composes: true)
  static let nfd = UnicodeNormalizer(isCompatibility: false, composes: false)
  static let nfkc = UnicodeNormalizer(isCompatibility: true, composes: true)
  static let nfkd = UnicodeNormalizer(isCompatibility: true, composes: false)

  /// Below U+0300 (0xCC 0x80) nothing composes, below U+00C0 (0xC3 0x80) nothing has a canonical decomposition, and
  /// below U+00A0 (0xC2 0xA0) nothing a compatibility one.
  func isIdentity(upToByte largest: UInt8) -> Bool {
    if isCompatibility { return largest < 0x80 }
    return largest < (composes ? 0xCC : 0xC3)
  }

  func normalize(_ text: inout AlignedScalars) {
    let decomposed = decomposition(of: text.scalars)
    text.transform(composes ? Self.composition(of: decomposed) : decomposed)
  }

  /// Decomposes and sorts marks by combining class (stable, between starters).
  private func decomposition(of scalars: [UInt32]) -> [AlignedScalars.Change] {
    let options = utf8proc_option_t(
      UTF8PROC_STABLE.rawValue | UTF8PROC_DECOMPOSE.rawValue | (isCompatibility ? UTF8PROC_COMPAT.rawValue : 0))
    var changes: [AlignedScalars.Change] = []
    changes.reserveCapacity(scalars.count)
    // The longest decomposition is U+FDFA's, of 18.
    withUnsafeTemporaryAllocation(of: utf8proc_int32_t.self, capacity: 32) { parts in
      for scalar in scalars {
        if scalar < 0x80 {
          changes.append(.init(scalar: scalar, change: 0))
          continue
        }
        var boundary: Int32 = 0
        let count = utf8proc_decompose_char(
          utf8proc_int32_t(scalar), parts.baseAddress, parts.count, options, &boundary)
        precondition((1...parts.count).contains(count), "utf8proc cannot decompose U+\(String(scalar, radix: 16))")
        let isUnknown = (count > 1 || parts[0] != scalar) && !ReferenceUnicode.isKnownToNormalization(scalar)
        if isUnknown {
          changes.append(.init(scalar: scalar, change: 0))
          continue
        }
        for index in 0..<count {
          changes.append(.init(scalar: UInt32(parts[index]), change: index == 0 ? 0 : 1))
        }
      }
    }
    Self.sortMarks(&changes)
    return changes
  }

  private static func sortMarks(_ changes: inout [AlignedScalars.Change]) {
    for index in changes.indices.dropFirst() {
      let mark = changes[index]
      let markClass = combiningClass(mark.scalar)
      if markClass == 0 { continue }
      var position = index
      while position > 0, combiningClass(changes[position - 1].scalar) > markClass {
        changes[position] = changes[position - 1]
        position -= 1
      }
      changes[position] = mark
    }
  }

  private static func composition(of decomposed: [AlignedScalars.Change]) -> [AlignedScalars.Change] {
    var result: [AlignedScalars.Change] = []
    result.reserveCapacity(decomposed.count)
    var starter: AlignedScalars.Change?
    // Marks behind the starter that did not compose with it, and the class of the last.
    var marks: [AlignedScalars.Change] = []
    var lastClass: Int16?
    func flush() {
      if let starter { result.append(starter) }
      result.append(contentsOf: marks)
      marks.removeAll(keepingCapacity: true)
      lastClass = nil
    }
    for change in decomposed {
      let currentClass = combiningClass(change.scalar)
      guard let current = starter else {
        if currentClass == 0 { starter = change } else { result.append(change) }
        continue
      }
      let isBlocked = lastClass.map { $0 >= currentClass } ?? false
      if !isBlocked, let composed = composite(current.scalar, change.scalar) {
        starter = .init(scalar: composed, change: current.change + change.change - 1)
      } else if currentClass == 0 {
        flush()
        starter = change
      } else {
        marks.append(change)
        lastClass = currentClass
      }
    }
    flush()
    return result
  }

  private static func combiningClass(_ scalar: UInt32) -> Int16 {
    if scalar < 0x300 { return 0 }
    let value = utf8proc_get_property(utf8proc_int32_t(scalar)).pointee.combining_class
    return value != 0 && ReferenceUnicode.isKnownToNormalization(scalar) ? value : 0
  }

  /// The primary composite of two scalars, or nil. UTF8PROC_STABLE leaves out the composition exclusions.
  private static func composite(_ first: UInt32, _ second: UInt32) -> UInt32? {
    // No scalar below U+0300 is the second of a pair. U+11A7 is where trailing consonants of Hangul begin, and none itself;
    // utf8proc takes it for an empty one and loses it.
    if second < 0x300 || second == 0x11A7 { return nil }
    var pair = (utf8proc_int32_t(first), utf8proc_int32_t(second))
    let options = utf8proc_option_t(UTF8PROC_STABLE.rawValue | UTF8PROC_COMPOSE.rawValue)
    let count = withUnsafeMutableBytes(of: &pair) { buffer in
      utf8proc_normalize_utf32(buffer.assumingMemoryBound(to: utf8proc_int32_t.self).baseAddress, 2, options)
    }
    return count == 1 && ReferenceUnicode.isKnownToNormalization(second) ? UInt32(pair.0) : nil
  }
}
