import Foundation
import GRDB
import Testing

@testable import Catalog

/// Fifty processes of the built program at one catalog, the first of which has to migrate it.
struct ProcessesTests {
  private let directory: TemporaryDirectory
  private let file: URL

  init() throws {
    directory = try TemporaryDirectory()
    file = directory.file("catalog.sqlite")
  }

  /// It lies beside the bundle of tests, or beside the runner that loads it.
  private static var program: URL {
    get throws {
      let products = Bundle.allBundles.map(\.bundleURL) + [URL(fileURLWithPath: CommandLine.arguments[0])]
      let candidates = products.map { $0.deletingLastPathComponent().appending(path: "bergson") }
      return try #require(candidates.first { FileManager.default.isExecutableFile(atPath: $0.path) })
    }
  }

  private func start(_ arguments: [String], errors: String) throws -> Process {
    let process = Process()
    process.executableURL = try Self.program
    process.arguments = arguments
    process.currentDirectoryURL = directory.url
    process.environment = ProcessInfo.processInfo.environment.merging(["BERGSON_CATALOG": file.path]) { $1 }
    process.standardOutput = FileHandle.nullDevice
    try Data().write(to: directory.file(errors))
    process.standardError = try FileHandle(forWritingTo: directory.file(errors))
    try process.run()
    return process
  }

  /// A catalog of the oldest schema that has artifacts, with runs that are to be tagged and runs that are to go.
  private func makeOldCatalog(runs: Int) throws -> [String] {
    let ids = (0..<runs).map { number in String(repeating: "a", count: 12 - "\(number)".count) + "\(number)" }
    let database = try DatabaseQueue(path: file.path)
    try SchemaMigrator(migrations: [.runs, .artifacts]).migrate(database)
    try database.write { db in
      for id in ids {
        try db.execute(
          sql: """
            INSERT INTO run VALUES (?, NULL, 'build', 'finished', NULL, 'steps: [{build: {index_cfg: {model: gpt2}}}]', '[]',
              '/', 'h', 'u', 1, 'pid:[1]', 'b', 0, '1', 'k', 'p', 1, '2026-01-01 00:00:00.000', '2026-01-01 00:00:00.000',
              '2026-01-01 00:00:00.000', 0, NULL)
            """, arguments: [id])
      }
    }
    return ids
  }

  @Test func fiftyProcessesLoseNothingWhileOneMigrates() throws {
    let ids = try makeOldCatalog(runs: 30)
    for number in 0..<20 {
      try FileManager.default.createDirectory(at: directory.file("run\(number)"), withIntermediateDirectories: true)
      try Data("steps: [{build: {index_cfg: {model: gpt2}}}]".utf8).write(
        to: directory.file("run\(number)/config.yaml"))
    }
    // Twenty enter and finish a run, ten tag one, ten remove one, ten collect garbage.
    let commands =
      (0..<20).map { ["runs", "adopt", "run\($0)"] } + (0..<10).map { ["runs", "tag", ids[$0], "tagged"] }
      + (10..<20).map { ["runs", "rm", ids[$0]] } + (0..<10).map { _ in ["runs", "gc"] }
    var places = Array(commands.indices)
    var generator = SystemRandomNumberGenerator()
    places.shuffle(using: &generator)
    let processes = try places.map { (place: $0, process: try start(commands[$0], errors: "errors\($0)")) }
    for (place, process) in processes {
      process.waitUntilExit()
      let errors = try String(contentsOf: directory.file("errors\(place)"), encoding: .utf8)
      #expect(process.terminationStatus == 0, "\(commands[place]): \(errors)")
    }
    let catalog = try RunCatalog.openExisting(at: file)
    try catalog.collect()
    #expect(try catalog.integrityProblems().isEmpty)
    let adopted = try catalog.list(RunQuery(where: "path ~ run and state = finished"))
    #expect(adopted.entries.count == 20)
    #expect(try catalog.list(RunQuery(where: "tag = tagged")).entries.map(\.run.id).sorted() == ids[..<10].sorted())
    #expect(try catalog.runs().count == 40)
    #expect(try catalog.list(RunQuery(where: "config.model = gpt2")).entries.count == 40)
  }

  /// The process dies within the transaction that migrates, after each of its statements in turn.
  @Test(arguments: 1...3) func aMigrationThatIsKilledHasNotHappened(survived: Int) async throws {
    let ids = try makeOldCatalog(runs: 3)
    let file = file.path
    await #expect(processExitsWith: .signal(SIGKILL)) { [file = file as String, survived = survived as Int] in
      var configuration = Configuration()
      configuration.prepareDatabase { db in
        db.add(function: DatabaseFunction("die", argumentCount: 0) { _ in kill(getpid(), SIGKILL) })
      }
      let database = try DatabaseQueue(path: file, configuration: configuration)
      let newer = SchemaMigration.all.dropFirst(2).prefix(survived)
      let deadly = SchemaMigration(name: "999-deadly", sql: "SELECT die()")
      try SchemaMigrator(migrations: [.runs, .artifacts] + newer + [deadly]).migrate(database)
    }
    let (names, integrity) = try await DatabaseQueue(path: file).read { db in
      (
        try String.fetchAll(db, sql: "SELECT name FROM migration"),
        try String.fetchOne(db, sql: "PRAGMA integrity_check")
      )
    }
    #expect(names.count == 2 && integrity == "ok")
    #expect(try RunCatalog.openExisting(at: self.file).runs().map(\.id).sorted() == ids.sorted())
  }
}
