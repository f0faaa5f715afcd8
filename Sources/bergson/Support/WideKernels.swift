/// OpenBLAS chooses its kernels while it is loaded, and an OpenBLAS older than the processor chooses the narrowest. It
/// listens to an environment variable, which can only be set before the program starts: so the program starts itself
/// again, once, with the variable set. That costs a few milliseconds and makes products four times as fast.
import Engine
import Foundation

/// A command that multiplies matrices.
protocol ComputingCommand {}

extension Build: ComputingCommand {}
extension Preconditioners: ComputingCommand {}
extension Reduce: ComputingCommand {}
extension Score: ComputingCommand {}
extension Query: ComputingCommand {}
extension Hessian: ComputingCommand {}
extension Trackstar: ComputingCommand {}
extension Ekfac: ComputingCommand {}
extension TestModelConfiguration: ComputingCommand {}
extension Generate: ComputingCommand {}
extension Steps: ComputingCommand {}

enum WideKernels {
  /// Returns at once if OpenBLAS has chosen well, or if somebody has chosen for it; else does not return.
  static func choose() {
    guard ProcessInfo.processInfo.environment[BLAS.kernelVariable] == nil, let wider = BLAS.widerKernels else { return }
    setenv(BLAS.kernelVariable, wider, 1)
    var arguments: [UnsafeMutablePointer<CChar>?] = CommandLine.arguments.map { strdup($0) }
    arguments.append(nil)
    execv("/proc/self/exe", &arguments)
    // Only a system without /proc gets here: the narrow kernels compute the same numbers.
    unsetenv(BLAS.kernelVariable)
  }

  /// What to tell a user whose environment holds OpenBLAS back; nil where nothing does.
  static var complaint: String? {
    BLAS.widerKernels.map {
      "OpenBLAS runs its \(BLAS.kernels) kernels, this processor could run \($0); unset \(BLAS.kernelVariable)"
    }
  }
}
