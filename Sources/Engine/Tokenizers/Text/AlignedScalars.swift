/// A piece of text on its way through normalization: Unicode scalars, each with the range of scalars of the original
/// text that it stands for.
///
/// Ranges follow `NormalizedString` of the Rust library `tokenizers` 0.23, quirks included, since offsets must agree.
struct AlignedScalars {
  /// One scalar of the new text. `change` is 1 for a scalar that is added, 0 for one that replaces the next old scalar,
  /// and -n for one that replaces the next old scalar and swallows n more.
  struct Change {
    var scalar: UInt32
    var change: Int
  }

  private(set) var scalars: [UInt32] = []
  private(set) var starts: [Int32] = []
  private(set) var ends: [Int32] = []
  /// Where the piece begins in the original text.
  let origin: Int32

  init(origin: Int32) {
    self.origin = origin
  }

  var count: Int { scalars.count }

  mutating func append(_ scalar: UInt32, start: Int32, end: Int32) {
    scalars.append(scalar)
    starts.append(start)
    ends.append(end)
  }

  /// Replaces the whole text. The first `removed` old scalars go without a trace; an added scalar shares the range of
  /// the old scalar before it.
  mutating func transform(_ changes: [Change], removingFirst removed: Int = 0) {
    var result = AlignedScalars(origin: origin)
    result.scalars.reserveCapacity(changes.count)
    result.starts.reserveCapacity(changes.count)
    result.ends.reserveCapacity(changes.count)
    var next = removed
    for change in changes {
      if change.change > 0 {
        let start = next > 0 ? starts[next - 1] : origin
        let end = next > 0 ? ends[next - 1] : origin
        result.append(change.scalar, start: start, end: end)
      } else {
        precondition(next < count, "a change replaces a scalar beyond the end of the text")
        result.append(change.scalar, start: starts[next], end: ends[next])
        next += 1 - change.change
      }
    }
    self = result
  }

  /// Keeps the scalars for which `isKept` holds, with their ranges.
  mutating func filter(_ isKept: (UInt32) -> Bool) {
    var result = AlignedScalars(origin: origin)
    for index in scalars.indices where isKept(scalars[index]) {
      result.append(scalars[index], start: starts[index], end: ends[index])
    }
    self = result
  }

  /// Replaces every scalar by one other.
  mutating func map(_ transform: (UInt32) -> UInt32) {
    for index in scalars.indices { scalars[index] = transform(scalars[index]) }
  }

  /// Puts `prefix` in front; all of it shares the range of the first scalar. Empty text stays empty.
  mutating func prepend(_ prefix: [UInt32]) {
    guard let start = starts.first, let end = ends.first else { return }
    scalars.insert(contentsOf: prefix, at: 0)
    starts.insert(contentsOf: repeatElement(start, count: prefix.count), at: 0)
    ends.insert(contentsOf: repeatElement(end, count: prefix.count), at: 0)
  }

  /// Keeps `range` only.
  mutating func crop(to range: Range<Int>) {
    scalars = Array(scalars[range])
    starts = Array(starts[range])
    ends = Array(ends[range])
  }

  /// Replaces the scalars in `ranges` (ascending, disjoint) by `content`, which takes the range of the last scalar it
  /// replaces.
  mutating func replace(_ ranges: [Range<Int>], with content: [UInt32]) {
    var result = AlignedScalars(origin: origin)
    var copied = 0
    func copy(_ text: AlignedScalars, upTo end: Int) {
      for index in copied..<max(copied, end) {
        result.append(text.scalars[index], start: text.starts[index], end: text.ends[index])
      }
    }
    for range in ranges {
      copy(self, upTo: range.lowerBound)
      let last = range.upperBound - 1
      for scalar in content {
        result.append(scalar, start: last < 0 ? origin : starts[last], end: last < 0 ? origin : ends[last])
      }
      copied = range.upperBound
    }
    copy(self, upTo: count)
    self = result
  }
}
