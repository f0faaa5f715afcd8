/// A run as one file, `.tar.zst`: `run.json` with its rows and the list of its files, `log` if it has one, and the files of its
/// directory under `files/`.
import Catalog
import Engine
import Foundation

struct RunArchive: Codable {
  /// Raised when older programs cannot read what is written.
  static let currentFormat = 1

  let format: Int
  let run: RunExport
  let files: [File]
  let log: File?

  struct File: Codable, Equatable {
    /// Relative to the run directory.
    let name: String
    let bytes: Int
    let sha256: String
  }

  private static let manifestName = "run.json"
  private static let logName = "log"
  private static let filesFolder = "files/"
  private static let manifestLimit = 1 << 28

  // MARK: - Writing

  /// - Throws: `FileError`, `RunHasNoFiles` for a directory that is gone, `NotAFile` for a link in it.
  static func write(_ export: RunExport, log: URL, to url: URL) throws {
    let directory = try directory(of: export.details.run)
    let names = try directory.map(names(in:)) ?? []
    let files = try names.map { name in
      try file(at: URL(filePath: (directory ?? "") + "/" + name), name: name)
    }
    let hasLog = FileManager.default.fileExists(atPath: log.path)
    let archive = RunArchive(
      format: currentFormat, run: export, files: files, log: hasLog ? try file(at: log, name: logName) : nil)
    let writer = try ZstdWriter(url)
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    let manifest = try Array(encoder.encode(archive))
    try writer.write(TarHeader.blocks(name: manifestName, size: manifest.count))
    try writer.write(manifest)
    try writer.write([UInt8](repeating: 0, count: TarHeader.padding(of: manifest.count)))
    if let entry = archive.log { try add(log, as: logName, entry, to: writer) }
    for file in files {
      try add(URL(filePath: (directory ?? "") + "/" + file.name), as: filesFolder + file.name, file, to: writer)
    }
    // Two empty blocks end an archive.
    try writer.write([UInt8](repeating: 0, count: 2 * TarHeader.blockSize))
    try writer.finish()
  }

  private static func directory(of run: RunRecord) throws -> String? {
    guard run.status == .finished, let path = run.path else { return nil }
    var isDirectory: ObjCBool = false
    guard FileManager.default.fileExists(atPath: path, isDirectory: &isDirectory), isDirectory.boolValue else {
      throw RunHasNoFiles(runID: run.id, path: path)
    }
    return path
  }

  private static func names(in directory: String) throws -> [String] {
    guard let walk = FileManager.default.enumerator(atPath: directory) else {
      throw FileError(action: "list", path: directory, code: errno)
    }
    var names: [String] = []
    while let name = walk.nextObject() as? String {
      switch walk.fileAttributes?[.type] as? FileAttributeType {
      case .typeDirectory: continue
      case .typeRegular: names.append(name)
      default: throw ArchiveError.notAFile(path: directory, name: name)
      }
    }
    return names.sorted()
  }

  private static func file(at url: URL, name: String) throws -> File {
    guard let bytes = try ArtifactCheck.size(of: url.path) else { throw FileError("read", url) }
    return File(name: name, bytes: Int(bytes), sha256: try Digest.sha256(of: url).hex)
  }

  private static func add(_ url: URL, as name: String, _ file: File, to writer: ZstdWriter) throws {
    try writer.write(TarHeader.blocks(name: name, size: file.bytes))
    let source = try FileByteSource(url)
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 18, alignment: 16)
    defer { buffer.deallocate() }
    var total = 0
    while true {
      let count = try source.read(into: buffer)
      if count == 0 { break }
      total += count
      try writer.write(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
    }
    guard total == file.bytes else { throw FileChanged(path: url.path) }
    try writer.write([UInt8](repeating: 0, count: TarHeader.padding(of: file.bytes)))
  }

  // MARK: - Reading

  /// Opens an archive and reads what it says it has.
  ///
  /// - Returns: The reader stands before the first file.
  /// - Throws: `ArchiveError`.
  static func open(_ url: URL) throws -> (archive: RunArchive, reader: TarReader) {
    let reader = TarReader(ZstdByteSource(try FileByteSource(url), path: url.path), path: url.path)
    guard let header = try reader.next(), header.name == manifestName, header.size <= manifestLimit else {
      throw ArchiveError.notAnArchive(path: url.path, reason: "it does not begin with \(manifestName)")
    }
    var manifest = Data()
    try reader.readFile { manifest.append(contentsOf: $0) }
    struct Format: Decodable { let format: Int }
    do {
      let decoder = JSONDecoder()
      let format = try decoder.decode(Format.self, from: manifest).format
      guard format <= currentFormat else { throw ArchiveError.newer(path: url.path, format: format) }
      let archive = try decoder.decode(RunArchive.self, from: manifest)
      // The id becomes the name of a file.
      let id = archive.run.details.run.id
      guard id.utf8.count == 12, id.utf8.allSatisfy({ "0123456789abcdef".utf8.contains($0) }) else {
        throw ArchiveError.notAnArchive(path: url.path, reason: "its run has no id of 12 hexadecimal digits")
      }
      return (archive, reader)
    } catch let error as DecodingError {
      throw ArchiveError.notAnArchive(path: url.path, reason: "\(manifestName) is malformed (\(error))")
    }
  }

  var totalBytes: Int {
    get throws {
      try (files + [log].compactMap(\.self)).reduce(0) { sum, file in
        let (total, overflows) = sum.addingReportingOverflow(file.bytes)
        guard file.bytes >= 0, !overflows else {
          throw ArchiveError.notAnArchive(path: run.details.run.id, reason: "its list of files has impossible sizes")
        }
        return total
      }
    }
  }

  /// Writes the files into a directory and the log to a file; both are to be thrown away if this fails.
  ///
  /// - Throws: `ArchiveError.notAsListed` for a file that is not in the list, comes twice, has other bytes, or does not come.
  func unpack(_ reader: TarReader, from archive: URL, into directory: URL, log logFile: URL) throws {
    var expected = Dictionary(files.map { (Self.filesFolder + $0.name, $0) }, uniquingKeysWith: { first, _ in first })
    if let log { expected[Self.logName] = log }
    while let header = try reader.next() {
      guard let file = expected.removeValue(forKey: header.name), header.size == file.bytes else {
        throw ArchiveError.notAsListed(path: archive.path, name: header.name)
      }
      let isLog = header.name == Self.logName
      let url = isLog ? logFile : directory.appending(path: String(header.name.dropFirst(Self.filesFolder.count)))
      try FileManager.default.createDirectory(at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
      let descriptor = Foundation.open(url.path, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0o666)
      guard descriptor >= 0 else { throw FileError("create", url) }
      let handle = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
      try reader.readFile { try handle.write(contentsOf: Data($0)) }
      try handle.close()
      guard try Digest.sha256(of: url).hex == file.sha256 else {
        throw ArchiveError.notAsListed(path: archive.path, name: header.name)
      }
    }
    if let missing = expected.keys.min() { throw ArchiveError.notAsListed(path: archive.path, name: missing) }
  }
}

struct RunHasNoFiles: Error, Equatable, CustomStringConvertible {
  let runID: String
  let path: String

  var description: String { "run \(runID) has no directory any more: '\(path)' is gone, so there is nothing to export" }
}

struct FileChanged: Error, Equatable, CustomStringConvertible {
  let path: String

  var description: String { "'\(path)' changed while it was read; export again when nobody writes to it" }
}
