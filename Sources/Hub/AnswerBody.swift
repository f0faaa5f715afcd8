/// The body of an answer that is read as a whole.
import Foundation
import Synchronization

/// Collects pieces, up to what no answer of the hub reaches.
final class AnswerBody: Sendable {
  private static let limit = 64 << 20
  private let url: URL
  private let state = Mutex(Data())

  init(url: URL) {
    self.url = url
  }

  var bytes: Data { state.withLock { $0 } }

  func append(_ piece: Data) throws {
    try state.withLock { bytes in
      guard bytes.count + piece.count <= Self.limit else {
        throw HubError.malformedAnswer(source: url.absoluteString, reason: "it is longer than \(Self.limit) bytes")
      }
      bytes.append(piece)
    }
  }
}
