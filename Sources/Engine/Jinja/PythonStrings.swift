/// The methods of Python's strings: searched by bytes, since `String` finds canonically equivalent text as well, and
/// counted in Unicode scalars.
extension String {
  init(utf8 bytes: some Collection<UInt8>) {
    self.init(decoding: bytes, as: UTF8.self)
  }

  /// Where `part` begins, in bytes, at `start` or behind it.
  private static func find(_ part: [UInt8], in bytes: [UInt8], from start: Int) -> Int? {
    guard let first = part.first else { return start <= bytes.count ? start : nil }
    guard bytes.count - start >= part.count else { return nil }
    var index = start
    while index <= bytes.count - part.count {
      if bytes[index] == first, bytes[index..<index + part.count].elementsEqual(part) { return index }
      index += 1
    }
    return nil
  }

  func pythonContains(_ part: String) -> Bool {
    Self.find(Array(part.utf8), in: Array(utf8), from: 0) != nil
  }

  /// `str.replace`; a negative count replaces all.
  func pythonReplacing(_ old: String, with new: String, count: Int = -1) -> String {
    let bytes = Array(utf8)
    let part = Array(old.utf8)
    var result: [UInt8] = []
    var left = count < 0 ? Int.max : count
    var position = 0
    if part.isEmpty {
      for scalar in unicodeScalars {
        if left > 0 { result += new.utf8 }
        left -= 1
        result += String(scalar).utf8
      }
      return String(utf8: left > 0 ? result + new.utf8 : result)
    }
    while left > 0, let found = Self.find(part, in: bytes, from: position) {
      result += bytes[position..<found]
      result += new.utf8
      position = found + part.count
      left -= 1
    }
    return String(utf8: result + bytes[position...])
  }

  /// How often `part` is there, without overlaps.
  func pythonCount(of part: String) -> Int {
    if part.isEmpty { return unicodeScalars.count + 1 }
    let bytes = Array(utf8)
    let part = Array(part.utf8)
    var count = 0
    var position = 0
    while let found = Self.find(part, in: bytes, from: position) {
      count += 1
      position = found + part.count
    }
    return count
  }

  /// Where `part` is first, or last, in scalars.
  func pythonPosition(of part: String, last: Bool = false) -> Int? {
    let bytes = Array(utf8)
    let part = Array(part.utf8)
    var found: Int?
    if last {
      guard bytes.count >= part.count else { return nil }
      found = stride(from: bytes.count - part.count, through: 0, by: -1)
        .first { bytes[$0..<$0 + part.count].elementsEqual(part) }
    } else {
      found = Self.find(part, in: bytes, from: 0)
    }
    return found.map { String(utf8: bytes[..<$0]).unicodeScalars.count }
  }

  func pythonHasPrefix(_ prefix: String) -> Bool { utf8.starts(with: prefix.utf8) }
  func pythonHasSuffix(_ suffix: String) -> Bool { utf8.reversed().starts(with: suffix.utf8.reversed()) }

  /// `str.strip` and its sides; without `characters`, white space goes.
  func pythonStripped(_ characters: String? = nil, left: Bool = true, right: Bool = true) -> String {
    let set = characters.map { Set($0.unicodeScalars) }
    func goes(_ scalar: Unicode.Scalar) -> Bool { set?.contains(scalar) ?? scalar.isPythonSpace }
    var rest = unicodeScalars[...]
    if left { rest = rest.drop(while: goes) }
    if right { while let last = rest.last, goes(last) { rest.removeLast() } }
    return String(rest)
  }

  /// `str.split` and `str.rsplit`; a negative limit splits everywhere.
  ///
  /// - Parameter separator: not empty; nil for runs of white space.
  func pythonSplit(_ separator: String?, limit: Int, fromRight: Bool = false) -> [String] {
    if fromRight {
      let reversed = String(unicodeScalars.reversed())
      let parts = reversed.pythonSplit(separator.map { String($0.unicodeScalars.reversed()) }, limit: limit)
      return parts.reversed().map { String($0.unicodeScalars.reversed()) }
    }
    var left = limit < 0 ? Int.max : limit
    guard let separator else { return splitAtSpace(limit: left) }
    let bytes = Array(utf8)
    let part = Array(separator.utf8)
    var parts: [String] = []
    var position = 0
    while left > 0, let found = Self.find(part, in: bytes, from: position) {
      parts.append(String(utf8: bytes[position..<found]))
      position = found + part.count
      left -= 1
    }
    parts.append(String(utf8: bytes[position...]))
    return parts
  }

  private func splitAtSpace(limit: Int) -> [String] {
    var left = limit
    var parts: [String] = []
    var rest = unicodeScalars[...].drop(while: \.isPythonSpace)
    while left > 0, !rest.isEmpty {
      guard let end = rest.firstIndex(where: \.isPythonSpace) else {
        parts.append(String(rest))
        return parts
      }
      parts.append(String(rest[..<end]))
      rest = rest[end...].drop(while: \.isPythonSpace)
      left -= 1
    }
    if !rest.isEmpty { parts.append(String(rest)) }
    return parts
  }

  func pythonLines(keepingEnds: Bool = false) -> [String] {
    var lines: [String] = []
    var line = String.UnicodeScalarView()
    var previous: Unicode.Scalar?
    for scalar in unicodeScalars {
      defer { previous = scalar }
      if scalar == "\n", previous == "\r" {
        if keepingEnds { lines[lines.count - 1].unicodeScalars.append(scalar) }
        continue
      }
      guard scalar.isPythonLineBreak else {
        line.append(scalar)
        continue
      }
      if keepingEnds { line.append(scalar) }
      lines.append(String(line))
      line = String.UnicodeScalarView()
    }
    if !line.isEmpty { lines.append(String(line)) }
    return lines
  }

  /// `markupsafe.escape`.
  var htmlEscaped: String {
    var result = ""
    for scalar in unicodeScalars {
      switch scalar {
      case "&": result += "&amp;"
      case "<": result += "&lt;"
      case ">": result += "&gt;"
      case "'": result += "&#39;"
      case "\"": result += "&#34;"
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result
  }
}
