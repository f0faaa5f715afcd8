package import Foundation
import GRDB
import Glibc

/// Finding and opening the file.
extension RunCatalog {
  /// Where a command finds its catalog: the path it was given, else `BERGSON_CATALOG`, else `.bergson/catalog.sqlite` in
  /// the nearest directory, from the working directory upwards, that has one, else that file in the working directory.
  ///
  /// Nothing is created. Relative paths are taken from `workingDirectory`.
  package static func locate(
    explicit: String?, environment: [String: String], workingDirectory: URL
  ) -> URL {
    let start = workingDirectory.standardizedFileURL
    let named = [explicit, environment["BERGSON_CATALOG"]].compactMap(\.self).first { !$0.isEmpty }
    if let named {
      return URL(filePath: absolutePath(named, from: start.path))
    }
    var directory = start
    while true {
      let candidate = directory.appending(path: ".bergson/catalog.sqlite")
      if FileManager.default.fileExists(atPath: candidate.path) { return candidate }
      guard directory.path != "/" else { break }
      directory = directory.deletingLastPathComponent().standardizedFileURL
    }
    return start.appending(path: ".bergson/catalog.sqlite")
  }

  /// Opens the catalog at a path for reading and writing; makes it, and its directory, where there is none.
  ///
  /// - Throws: `RunCatalogError`.
  package static func open(
    at url: URL, busyTimeout: Double = RunCatalog.defaultBusyTimeout
  ) throws -> RunCatalog {
    let path = url.standardizedFileURL.path
    let directory = (path as NSString).deletingLastPathComponent
    if !FileManager.default.fileExists(atPath: directory) {
      do {
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
      } catch {
        throw RunCatalogError.notWritable(
          path: path, reason: "its directory cannot be made (\(error.localizedDescription))")
      }
    }
    if try fileKind(path) == .directory { throw RunCatalogError.isDirectory(path: path) }
    if let reason = whyNotWritable(path) { throw RunCatalogError.notWritable(path: path, reason: reason) }
    do {
      let database = try DatabaseQueue(path: path, configuration: configuration(busyTimeout: busyTimeout))
      // A file of another program is recognised before anything in it, the journal mode included, is changed.
      switch try database.read(SchemaMigrator().standing) {
      case .foreign: throw SchemaRefusal.foreign
      case .newer(let migration): throw SchemaRefusal.newer(migration: migration)
      case .blank, .catalog: break
      }
      try setJournalMode(journalMode(inDirectory: directory), of: database, busyTimeout: busyTimeout)
      return try RunCatalog(database, busyTimeout: busyTimeout)
    } catch {
      throw RunCatalogError.translated(error, path: path, busyTimeout: busyTimeout)
    }
  }

  /// Opens a catalog that must be there already, as for listings and reports.
  ///
  /// Where file or directory may not be written, the catalog is opened for reading only, and every write fails with
  /// `.notWritable`.
  ///
  /// - Throws: `RunCatalogError`, `.noCatalog` where there is no file or an empty one.
  package static func openExisting(
    at url: URL, busyTimeout: Double = RunCatalog.defaultBusyTimeout
  ) throws -> RunCatalog {
    let path = url.standardizedFileURL.path
    switch try fileKind(path) {
    case .none, .emptyFile: throw RunCatalogError.noCatalog(path: path)
    case .directory: throw RunCatalogError.isDirectory(path: path)
    case .file: break
    }
    if whyNotWritable(path) == nil { return try open(at: url, busyTimeout: busyTimeout) }
    return try openReadOnly(path: path, busyTimeout: busyTimeout)
  }

  static func openReadOnly(path: String, busyTimeout: Double) throws -> RunCatalog {
    var configuration = configuration(busyTimeout: busyTimeout)
    configuration.readonly = true
    do {
      let database = try DatabaseQueue(path: readOnlyName(path), configuration: configuration)
      return try RunCatalog(readOnly: database, path: path, busyTimeout: busyTimeout)
    } catch {
      throw RunCatalogError.translated(error, path: path, busyTimeout: busyTimeout)
    }
  }

  /// SQLite cannot read a WAL database without the index file beside it, which it cannot create in a directory that is
  /// not writable. If no process has the catalog open (no `-wal`), nothing is written while we look, and the file may be
  /// called immutable, which needs no index.
  static func readOnlyName(_ path: String) -> String {
    guard access((path as NSString).deletingLastPathComponent, W_OK) != 0,
      access(path + "-wal", F_OK) != 0,
      let escaped = path.addingPercentEncoding(withAllowedCharacters: .urlPathAllowed)
    else { return path }
    return "file:\(escaped)?immutable=1"
  }

  private static func configuration(busyTimeout: Double) -> Configuration {
    var configuration = Configuration()
    configuration.foreignKeysEnabled = true
    configuration.busyMode = .timeout(busyTimeout)
    configuration.label = "bergson catalog"
    return configuration
  }

  /// WAL lets readers read while a run writes; it needs memory shared between processes, which network file systems do
  /// not have, so there the rollback journal does.
  private static func journalMode(inDirectory directory: String) throws -> String {
    try NetworkFileSystem(holding: directory) == nil ? "wal" : "delete"
  }

  static func setJournalMode(_ wanted: String, of database: DatabaseQueue, busyTimeout: Double) throws {
    let deadline = Date.now.addingTimeInterval(busyTimeout)
    while true {
      do {
        let current = try database.writeWithoutTransaction { db in
          guard try String.fetchOne(db, sql: "PRAGMA journal_mode") != wanted else { return wanted }
          return try String.fetchOne(db, sql: "PRAGMA journal_mode = \(wanted)") ?? "unknown"
        }
        guard current == wanted else {
          throw RunCatalogError.unreadable(
            path: database.path, reason: "its journal mode is '\(current)', expected '\(wanted)'")
        }
        return
      } catch let error as DatabaseError where error.resultCode == .SQLITE_BUSY && Date.now < deadline {
        // Changing the mode takes an exclusive lock, for which SQLite does not call the busy handler.
        usleep(20_000)
      }
    }
  }

  private enum FileKind { case emptyFile, file, directory }

  /// What is at the path; none for nothing.
  private static func fileKind(_ path: String) throws -> FileKind? {
    var status = stat()
    guard stat(path, &status) == 0 else {
      if errno == ENOENT { return nil }
      throw RunCatalogError.unreadable(path: path, reason: String(cString: strerror(errno)))
    }
    if status.st_mode & S_IFMT == S_IFDIR { return .directory }
    return status.st_size == 0 ? .emptyFile : .file
  }

  private static func whyNotWritable(_ path: String) -> String? {
    let directory = (path as NSString).deletingLastPathComponent
    if access(directory, W_OK | X_OK) != 0 { return "directory '\(directory)': \(String(cString: strerror(errno)))" }
    if access(path, R_OK | W_OK) != 0, errno != ENOENT { return String(cString: strerror(errno)) }
    return nil
  }

  /// A path without `.`, `..` and trailing slash. Symbolic links stay as they are written.
  static func absolutePath(_ path: String, from directory: String) -> String {
    let joined = path.hasPrefix("/") ? path : directory + "/" + path
    return URL(filePath: joined).standardizedFileURL.path
  }
}
