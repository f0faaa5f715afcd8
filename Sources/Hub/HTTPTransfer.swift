/// One HTTP request at a time, waited for: what the hub's client needs of URLSession, with redirects in its own hands.
import Foundation
import FoundationNetworking
import Synchronization

/// Status and headers of an answer.
struct HTTPAnswer: Sendable {
  let url: URL
  let status: Int
  private let headers: [String: String]

  init(_ response: HTTPURLResponse, url: URL) {
    self.url = url
    status = response.statusCode
    headers = Dictionary(
      response.allHeaderFields.compactMap { name, value in
        guard let name = name as? String, let value = value as? String else { return nil }
        return (name.lowercased(), value)
      }, uniquingKeysWith: { $1 })
  }

  subscript(name: String) -> String? { headers[name.lowercased()] }

  /// Where a redirect leads.
  var location: URL? {
    (300..<400).contains(status) ? self["Location"].flatMap { URL(string: $0, relativeTo: url)?.absoluteURL } : nil
  }
}

/// Why no whole answer came.
struct TransferFailure: Error {
  let reason: String
}

struct HTTPTransfer: Sendable {
  /// The hub, which alone is told the token.
  let endpoint: URL
  let token: String?
  let isCancelled: @Sendable () -> Bool
  private static let maximumRedirects = 10

  /// Follows redirects, to other hosts too where `followsHosts`, and hands over the body of the last answer in pieces.
  ///
  /// - Parameters:
  ///   - begin: the last answer's head, before its body; throws to refuse it.
  /// - Throws: `TransferFailure`; `HubError.tooManyRedirects`; `CancellationError`; what the closures throw.
  @discardableResult
  func send(
    _ method: String, _ url: URL, from offset: Int = 0, followsHosts: Bool = true,
    begin: @escaping @Sendable (HTTPAnswer) throws -> Void = { _ in },
    receive: @escaping @Sendable (Data) throws -> Void = { _ in }
  ) throws -> HTTPAnswer {
    var address = url
    for _ in 0...Self.maximumRedirects {
      let here = address
      let answer = try Exchange(
        request(method, here, from: offset), isCancelled: isCancelled,
        begin: { answer in if !follows(answer, followsHosts) { try begin(answer) } },
        receive: { answer, piece in if !follows(answer, followsHosts) { try receive(piece) } }
      ).run()
      guard follows(answer, followsHosts), let next = answer.location else { return answer }
      address = next
    }
    throw HubError.tooManyRedirects(url: url.absoluteString)
  }

  private func follows(_ answer: HTTPAnswer, _ followsHosts: Bool) -> Bool {
    answer.location.map { followsHosts || $0.hasSameOrigin(as: answer.url) } ?? false
  }

  private func request(_ method: String, _ url: URL, from offset: Int) -> URLRequest {
    var request = URLRequest(url: url, cachePolicy: .reloadIgnoringLocalCacheData, timeoutInterval: 60)
    request.httpMethod = method
    // Compression would hide how many bytes a file has, and where to go on.
    request.setValue("identity", forHTTPHeaderField: "Accept-Encoding")
    request.setValue("bergson", forHTTPHeaderField: "User-Agent")
    if offset > 0 { request.setValue("bytes=\(offset)-", forHTTPHeaderField: "Range") }
    if let token, url.hasSameOrigin(as: endpoint) {
      request.setValue("Bearer \(token)", forHTTPHeaderField: "Authorization")
    }
    return request
  }
}

extension URL {
  /// Scheme, host and port are the same.
  fileprivate func hasSameOrigin(as other: URL) -> Bool {
    scheme?.lowercased() == other.scheme?.lowercased() && host?.lowercased() == other.host?.lowercased()
      && port == other.port
  }
}

/// A request and its answer, without redirects.
private final class Exchange: NSObject, URLSessionDataDelegate, Sendable {
  private struct State {
    var answer: HTTPAnswer?
    /// What a closure threw; it goes before what the session says of the transfer that was stopped for it.
    var refusal: (any Error)?
    var failure: (any Error)?
  }

  private let request: URLRequest
  private let isCancelled: @Sendable () -> Bool
  private let begin: @Sendable (HTTPAnswer) throws -> Void
  private let receive: @Sendable (HTTPAnswer, Data) throws -> Void
  private let state = Mutex(State())
  private let ended = DispatchSemaphore(value: 0)

  init(
    _ request: URLRequest, isCancelled: @escaping @Sendable () -> Bool,
    begin: @escaping @Sendable (HTTPAnswer) throws -> Void,
    receive: @escaping @Sendable (HTTPAnswer, Data) throws -> Void
  ) {
    self.request = request
    self.isCancelled = isCancelled
    self.begin = begin
    self.receive = receive
  }

  func run() throws -> HTTPAnswer {
    let session = URLSession(configuration: .ephemeral, delegate: self, delegateQueue: nil)
    defer { session.finishTasksAndInvalidate() }
    let task = session.dataTask(with: request)
    task.resume()
    while ended.wait(timeout: .now() + .milliseconds(100)) == .timedOut {
      if isCancelled() { task.cancel() }
    }
    if isCancelled() { throw CancellationError() }
    let (answer, refusal, failure) = state.withLock { ($0.answer, $0.refusal, $0.failure) }
    if let refusal { throw refusal }
    if let failure { throw TransferFailure(reason: failure.localizedDescription) }
    guard let answer else { throw TransferFailure(reason: "the answer is not HTTP") }
    return answer
  }

  func urlSession(
    _ session: URLSession, task: URLSessionTask, willPerformHTTPRedirection response: HTTPURLResponse,
    newRequest request: URLRequest, completionHandler: @escaping @Sendable (URLRequest?) -> Void
  ) {
    completionHandler(nil)
  }

  func urlSession(
    _ session: URLSession, dataTask: URLSessionDataTask, didReceive response: URLResponse,
    completionHandler: @escaping @Sendable (URLSession.ResponseDisposition) -> Void
  ) {
    guard let url = request.url, let response = response as? HTTPURLResponse else { return completionHandler(.cancel) }
    let answer = HTTPAnswer(response, url: url)
    state.withLock { $0.answer = answer }
    completionHandler(attempt { try begin(answer) } ? .allow : .cancel)
  }

  func urlSession(_ session: URLSession, dataTask: URLSessionDataTask, didReceive data: Data) {
    let (answer, isRefused) = state.withLock { ($0.answer, $0.refusal != nil) }
    guard let answer, !isRefused else { return }
    if !attempt({ try receive(answer, data) }) { dataTask.cancel() }
  }

  func urlSession(_ session: URLSession, task: URLSessionTask, didCompleteWithError error: (any Error)?) {
    state.withLock { $0.failure = error }
    ended.signal()
  }

  private func attempt(_ body: () throws -> Void) -> Bool {
    do {
      try body()
      return true
    } catch {
      state.withLock { $0.refusal = error }
      return false
    }
  }
}
