/// What a session records of a body that it is given.
import ArgumentParser
import Catalog
import Engine
import Foundation
import Testing

@testable import bergson

@Suite struct RunSessionTests {
  private struct Mishap: Error, Equatable {}

  private func session(_ workspace: Workspace) throws -> RunSession {
    RunSession(step: RunStep(.query), global: try GlobalOptions.parse(["--catalog", workspace.catalogPath, "--quiet"]))
  }

  @Test func anErrorIsRecordedAndThrownOn() throws {
    try Workspace.with { workspace in
      let session = try session(workspace)
      #expect(throws: Mishap()) { try session.run { _ in throw Mishap() } }
      let run = try #require(try workspace.catalog().runs().first)
      #expect(run.status == .failed && run.error == "Mishap()" && run.exitCode == 1)
      #expect(try workspace.catalog().details(of: run.id).metrics.map(\.name) == ["peakMemory"])
    }
  }

  @Test(arguments: [CancellationError() as any Error, Interrupted()]) func aStopIsNoFailure(_ stop: any Error) throws {
    try Workspace.with { workspace in
      let session = try session(workspace)
      #expect(throws: Interrupted()) { try session.run { _ in throw stop } }
      let run = try #require(try workspace.catalog().runs().first)
      #expect(run.status == .cancelled && run.error == nil && run.exitCode == 130)
    }
  }

  /// Another process ended the run in the catalog meanwhile, so that the failure cannot be entered.
  @Test func anErrorThatCannotBeRecordedIsThrownAllTheSame() throws {
    try Workspace.with { workspace in
      let session = try session(workspace)
      #expect(throws: Mishap()) {
        try session.run { _ in
          let catalog = try workspace.catalog()
          try catalog.cancel(#require(try catalog.runs().first).id)
          throw Mishap()
        }
      }
      #expect(try workspace.catalog().runs().map(\.status) == [.cancelled])
    }
  }

  @Test func theTextOfTheConfigurationIsTheOneOnRecord() throws {
    try Workspace.with { workspace in
      let finished = try session(workspace).run { work in
        let runs = try workspace.catalog().runs()
        #expect(runs.map(\.status) == [.running])
        #expect(try work.companions(SourceCommits())["config.yaml"] == runs.first?.configYAML)
        return RunOutcome()
      }
      #expect(finished.run.status == .finished && finished.run.exitCode == 0)
      #expect(try workspace.catalog().details(of: finished.run.id).metrics.map(\.name) == ["peakMemory", "wallTime"])
    }
  }
}
