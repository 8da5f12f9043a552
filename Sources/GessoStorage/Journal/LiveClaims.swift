import ImagesAPI
import Synchronization

/// The claims that owners in this process are at work on.
///
/// Shared by all journals of the process, so that they know of each other's owners without asking the storage. Claims of other
/// processes are judged by their age.
enum LiveClaims {
    /// Names this process in claims.
    static let process = randomToken()
    private static let held = Mutex<Set<String>>([])

    static func isHeld(_ token: String) -> Bool { held.withLock { $0.contains(token) } }

    /// 128 random bits in hexadecimal.
    static func randomToken() -> String {
        var generator = SystemRandomNumberGenerator()
        let digits = (0..<2).map { _ in String(generator.next() as UInt64, radix: 16) }
        return digits.map { String(repeating: "0", count: 16 - $0.utf8.count) + $0 }.joined()
    }

    /// A claim in progress until it is released or nothing refers to it.
    final class Lease: Sendable {
        private let token: String

        init(_ token: String) {
            self.token = token
            LiveClaims.held.withLock { _ = $0.insert(token) }
        }

        func release() { LiveClaims.held.withLock { _ = $0.remove(token) } }
        deinit { release() }
    }
}

/// Which claim of a key is this journal's own, until its outcome is recorded.
final class OwnClaims: Sendable {
    struct Claim {
        var generation: Int
        var token: String
    }

    private let claims = Mutex<[String: Claim]>([:])
    /// Whether the storage has refused a conditional write, as it must for an object that is there.
    var hasConditions: Bool {
        get { refused.load(ordering: .relaxed) }
        set { refused.store(newValue, ordering: .relaxed) }
    }
    private let refused = Atomic(false)

    subscript(key: String) -> Claim? {
        get { claims.withLock { $0[key] } }
        set { claims.withLock { $0[key] = newValue } }
    }

    /// Forgets a claim, unless the key has been claimed again since.
    func remove(_ key: String, token: String) {
        claims.withLock { if $0[key]?.token == token { $0[key] = nil } }
    }
}
