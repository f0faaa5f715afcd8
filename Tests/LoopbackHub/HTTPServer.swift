/// A small HTTP/1.1 server on the loopback interface: one thread for each connection, one request on each.
import Foundation
import Synchronization

package struct HTTPRequest: Sendable, Equatable {
  package let method: String
  /// Path and query, as sent.
  package let target: String
  /// By lower-case name.
  package let headers: [String: String]
}

package struct HTTPReply: Sendable {
  package var status: Int
  package var headers: [String: String]
  package var body: [UInt8]
  /// Bytes of the body after which the connection is closed without a word.
  package var cutAfter: Int?

  package init(_ status: Int, _ headers: [String: String] = [:], body: [UInt8] = [], cutAfter: Int? = nil) {
    self.status = status
    self.headers = headers
    self.body = body
    self.cutAfter = cutAfter
  }

  package init(json: String) {
    self.init(200, ["Content-Type": "application/json"], body: Array(json.utf8))
  }
}

package final class HTTPServer: Sendable {
  package let port: UInt16
  private let listener: Int32
  private let answer: @Sendable (HTTPRequest) -> HTTPReply
  private let log = Mutex<[HTTPRequest]>([])
  private let isListening = Mutex(true)

  /// Listens on a free port until `stop`.
  package init(_ answer: @escaping @Sendable (HTTPRequest) -> HTTPReply) throws {
    self.answer = answer
    listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = UInt32(INADDR_LOOPBACK).bigEndian
    var size = socklen_t(MemoryLayout<sockaddr_in>.size)
    let listener = listener
    let bound = withUnsafeMutablePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        bind(listener, $0, size) == 0 && listen(listener, 64) == 0 && getsockname(listener, $0, &size) == 0
      }
    }
    guard bound else { throw POSIXError(POSIXErrorCode(rawValue: errno) ?? .EIO) }
    port = UInt16(bigEndian: address.sin_port)
    Thread.detachNewThread { [self] in accept() }
  }

  /// Every request so far.
  package var requests: [HTTPRequest] { log.withLock { $0 } }

  /// Ends the listening; once is enough, and again is harmless.
  package func stop() {
    isListening.withLock { isListening in
      // After the first time the listener's number may be that of another file or connection.
      if isListening { shutdown(listener, Int32(SHUT_RDWR)) }
      isListening = false
    }
  }

  private func accept() {
    while case let connection = Glibc.accept(listener, nil, nil), connection >= 0 {
      Thread.detachNewThread { [self] in
        defer { close(connection) }
        guard let request = Self.read(connection) else { return }
        log.withLock { $0.append(request) }
        Self.write(answer(request), to: connection, isHead: request.method == "HEAD")
      }
    }
    close(listener)
  }

  private static func read(_ connection: Int32) -> HTTPRequest? {
    var bytes: [UInt8] = []
    let end = Array("\r\n\r\n".utf8)
    while !bytes.suffix(4).elementsEqual(end) {
      var byte: UInt8 = 0
      guard recv(connection, &byte, 1, 0) == 1 else { return nil }
      bytes.append(byte)
    }
    let lines = String(decoding: bytes, as: UTF8.self).components(separatedBy: "\r\n")
    let words = lines[0].split(separator: " ").map(String.init)
    guard words.count == 3 else { return nil }
    let headers = lines.dropFirst().compactMap { line -> (String, String)? in
      guard let colon = line.firstIndex(of: ":") else { return nil }
      return (line[..<colon].lowercased(), line[line.index(after: colon)...].trimmingCharacters(in: .whitespaces))
    }
    return HTTPRequest(method: words[0], target: words[1], headers: Dictionary(headers) { $1 })
  }

  private static func write(_ reply: HTTPReply, to connection: Int32, isHead: Bool) {
    var head = "HTTP/1.1 \(reply.status) \(HTTPURLStatus.name(reply.status))\r\nConnection: close\r\n"
    if reply.headers["Content-Length"] == nil { head += "Content-Length: \(reply.body.count)\r\n" }
    for (name, value) in reply.headers.sorted(by: { $0.key < $1.key }) { head += "\(name): \(value)\r\n" }
    var bytes = Array((head + "\r\n").utf8)
    if !isHead { bytes += reply.body.prefix(reply.cutAfter ?? .max) }
    var done = 0
    while done < bytes.count {
      let count = bytes.withUnsafeBytes {
        send(connection, $0.baseAddress! + done, bytes.count - done, Int32(MSG_NOSIGNAL))
      }
      guard count > 0 else { return }
      done += count
    }
  }
}

private enum HTTPURLStatus {
  static func name(_ status: Int) -> String { status < 300 ? "OK" : status < 400 ? "Elsewhere" : "Refused" }
}
