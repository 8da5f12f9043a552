import CGessoKernels

/// The instruction sets for which pixel and base64 kernels exist.
package enum SIMDLevel: String, Sendable, Codable, CaseIterable {
    case scalar
    case sse4
    case avx2
    case avx512
    case neon

    /// The level in use: the best one that the machine supports, or the one named by the environment variable
    /// `GESSO_SIMD`.
    ///
    /// Determined once, at first use. A level that the machine does not support is ignored.
    package static var active: SIMDLevel { SIMDLevel(gesso_simd_level()) ?? .scalar }

    /// The levels that this machine supports, scalar first.
    package static var available: [SIMDLevel] { allCases.filter { gesso_simd_supports($0.kernelLevel) != 0 } }

    init?(_ level: gesso_simd_level_t) { self.init(rawValue: String(cString: gesso_simd_level_name(level))) }

    /// The level as the kernels number it.
    var kernelLevel: gesso_simd_level_t {
        switch self {
        case .scalar: GESSO_SIMD_SCALAR
        case .sse4: GESSO_SIMD_SSE4
        case .avx2: GESSO_SIMD_AVX2
        case .avx512: GESSO_SIMD_AVX512
        case .neon: GESSO_SIMD_NEON
        }
    }
}
