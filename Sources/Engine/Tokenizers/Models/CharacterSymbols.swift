/// The ids of single characters, which depend on their place where a model marks the inside of words with a prefix
/// (`##`) or their end with a suffix (`</w>`).
struct CharacterSymbols: Sendable {
  struct Place {
    var isFirst: Bool
    var isLast: Bool

    static let all = [false, true].flatMap { first in [false, true].map { Place(isFirst: first, isLast: $0) } }

    fileprivate var index: Int { (isFirst ? 2 : 0) + (isLast ? 1 : 0) }
  }

  private let prefix: [UInt8]
  private let suffix: [UInt8]
  /// From scalar to id, for each place.
  private let ids: [[UInt32: Int32]]

  init(_ vocabulary: Vocabulary, prefix: [UInt8], suffix: [UInt8]) {
    self.prefix = prefix
    self.suffix = suffix
    var ids = [[UInt32: Int32]](repeating: [:], count: 4)
    for place in Place.all {
      let before = place.isFirst ? [] : prefix
      let behind = place.isLast ? suffix : []
      for (token, id) in vocabulary.ids {
        let bytes = token.bytes
        guard bytes.count > before.count + behind.count, bytes.starts(with: before),
          bytes.suffix(behind.count).elementsEqual(behind)
        else { continue }
        let middle = bytes[before.count..<bytes.count - behind.count]
        // The longest scalar has four bytes.
        guard middle.count <= 4 else { continue }
        let scalars = String(validating: middle, as: UTF8.self)?.unicodeScalars
        if let scalar = scalars?.first, scalars?.count == 1 { ids[place.index][scalar.value] = id }
      }
    }
    self.ids = ids
  }

  func id(of scalar: UInt32, at place: Place) -> Int32? { ids[place.index][scalar] }

  /// What the model looks up for `scalar` at `place`, in UTF-8.
  func bytes(of scalar: UInt32, at place: Place) -> [UInt8] {
    (place.isFirst ? [] : prefix) + UTF8Decoding.bytes(of: [scalar]) + (place.isLast ? suffix : [])
  }
}
