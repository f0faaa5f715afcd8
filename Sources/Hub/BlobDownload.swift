/// The download of one file into `CHECKSUM.incomplete`, which goes on where an earlier one was cut off.
import Engine
import Foundation
import Synchronization

struct BlobDownload: Sendable {
  let name: String
  let url: URL
  let digest: BlobDigest
  let size: Int?
  let file: URL
  let transfer: HTTPTransfer
  let progress: @Sendable (HubProgress) -> Void
  /// Connections that bring nothing before giving up.
  private static let patience = 3

  /// Downloads, and checks size and checksum. What fails the check is deleted, what was cut off stays.
  func run() throws {
    var failures = 0
    while true {
      let before = try received()
      do {
        // Of a file that is whole, or longer than it should be, there is nothing to ask for.
        if size.map({ before == 0 || before < $0 }) ?? true { try transferRest(from: before) }
        break
      } catch let failure as TransferFailure {
        let now = try received()
        failures = now > before ? 0 : failures + 1
        guard failures < Self.patience else {
          throw now > 0
            ? HubError.interrupted(file: name, received: now, total: size, reason: failure.reason)
            : HubError.noNetwork(url: url.absoluteString, reason: failure.reason)
        }
      }
    }
    try check()
  }

  private func received() throws -> Int {
    guard FileManager.default.fileExists(atPath: file.path) else { return 0 }
    return try file.resourceValues(forKeys: [.fileSizeKey]).fileSize ?? 0
  }

  private func transferRest(from offset: Int) throws {
    let target = try IncompleteFile(file, size: size)
    try transfer.send("GET", url, from: offset) { answer in
      switch answer.status {
      case 206: try target.begin(at: offset)
      // The server knows no ranges and sends all.
      case 200: try target.begin(at: 0)
      // There is nothing behind `offset`, so what is here is whole or wrong: the check decides.
      case 416: break
      default: throw HubError.status(answer.status, url: url.absoluteString)
      }
    } receive: { piece in
      let count = try target.append(piece)
      progress(HubProgress(file: name, bytes: count, total: size))
    }
    try target.close()
    guard let size, try received() < size else { return }
    throw TransferFailure(reason: "the connection ended early")
  }

  private func check() throws {
    let found = try received()
    if let size, found != size { throw try discarded(HubError.wrongSize(file: name, found: found, expected: size)) }
    let checksum = try digest.of(file, size: found)
    guard checksum == digest.hex else {
      throw try discarded(HubError.wrongDigest(file: name, found: checksum, expected: digest.hex))
    }
  }

  private func discarded(_ error: HubError) throws -> HubError {
    try FileManager.default.removeItem(at: file)
    return error
  }
}

/// A file that grows while it is received. Safe from any thread, in the order of the calls.
private final class IncompleteFile: Sendable {
  private let url: URL
  private let descriptor: Int32
  private let size: Int?
  private let state = Mutex((count: 0, isOpen: true))

  init(_ url: URL, size: Int?) throws {
    descriptor = open(url.path, O_WRONLY | O_CREAT | O_CLOEXEC, 0o666)
    guard descriptor >= 0 else { throw FileError("create", url) }
    self.url = url
    self.size = size
  }

  deinit {
    state.withLock { if $0.isOpen { _ = Glibc.close(descriptor) } }
  }

  /// Forgets what lies behind `offset`.
  func begin(at offset: Int) throws {
    guard ftruncate(descriptor, off_t(offset)) == 0 else { throw FileError("cut", url) }
    state.withLock { $0.count = offset }
  }

  /// The file's size afterwards.
  func append(_ piece: Data) throws -> Int {
    try state.withLock { state in
      try piece.withUnsafeBytes { bytes in
        var done = 0
        while done < bytes.count {
          let count = pwrite(
            descriptor, bytes.baseAddress! + done, bytes.count - done, off_t(state.count + done))
          if count < 0 {
            if errno == EINTR { continue }
            if errno == ENOSPC || errno == EDQUOT { throw HubError.diskFull(path: url.path, needed: size) }
            throw FileError("write", url)
          }
          done += count
        }
      }
      state.count += piece.count
      return state.count
    }
  }

  func close() throws {
    try state.withLock { state in
      guard fsync(descriptor) == 0 else { throw FileError("flush", url) }
      state.isOpen = false
      guard Glibc.close(descriptor) == 0 else { throw FileError("close", url) }
    }
  }
}
