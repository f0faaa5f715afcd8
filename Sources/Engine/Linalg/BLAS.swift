import CKernels
import COpenBLAS
import Foundation

/// Dense products are OpenBLAS's. Every worker calls it on its own thread, so BLAS itself is held to one: two levels of
/// threads fight for the same cores and lose by orders of magnitude.
package enum BLAS {
  private static let singleThreaded: Void = openblas_set_num_threads(1)

  /// Must have happened before the first product; cheap to call again.
  package static func useOneThread() { singleThreaded }

  /// Name of the kernels in use, such as `SkylakeX`: they decide speed and the last bits of every product.
  package static var kernels: String { String(cString: openblas_get_corename()) }

  /// Vectors of the kernels in use, in bits.
  private static var kernelBits: Int {
    switch kernels.lowercased() {
    case "skylakex", "cooperlake", "sapphirerapids": 512
    case "haswell", "zen", "excavator", "steamroller", "sandybridge": 256
    default: 128
    }
  }

  /// The environment variable that tells OpenBLAS, while it is loaded, which kernels to take.
  package static let kernelVariable = "OPENBLAS_CORETYPE"

  /// Kernels that this processor runs and OpenBLAS did not take, because it is older than the processor and falls back
  /// to the narrowest that it has: a quarter of the speed or less. Nil where its choice is as wide as the processor.
  package static var widerKernels: String? {
    let available = Int(ck_vector_bits())
    guard available > kernelBits else { return nil }
    return available >= 512 ? "SkylakeX" : "Haswell"
  }
}
