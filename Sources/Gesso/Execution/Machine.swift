#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// Memory and processors that this process may use.
struct Machine {
    /// Bytes of physical memory.
    var memory: Int
    /// Cores that the scheduler gives this process.
    var cores: Int
    /// Bytes of address space (`ulimit -v`); nil without a limit.
    var addressSpace: Int?
    var controlGroup: ControlGroup

    /// The machine that this process runs on.
    static var current: Machine {
        func read(_ path: String) -> String? {
            (try? Data(contentsOf: URL(filePath: path))).map { String(decoding: $0, as: UTF8.self) }
        }
        let allowed = read("/proc/self/status").flatMap { allowedCores(status: $0) }
        return Machine(
            memory: Int(clamping: ProcessInfo.processInfo.physicalMemory),
            cores: allowed ?? ProcessInfo.processInfo.activeProcessorCount, addressSpace: addressSpaceLimit(),
            controlGroup: ControlGroup(read: read))
    }

    /// Counts the cores of `Cpus_allowed_list` in `/proc/self/status`, such as `0-3,8`: those that the process's affinity and
    /// its cpuset leave to it. Nil when there is no such line.
    static func allowedCores(status: String) -> Int? {
        let name = "Cpus_allowed_list:"
        guard let line = status.split(separator: "\n").first(where: { $0.hasPrefix(name) }) else { return nil }
        var count = 0
        for field in line.dropFirst(name.count).split(separator: ",") {
            let ends = field.split(separator: "-").compactMap { Int($0.filter { !$0.isWhitespace }) }
            guard let first = ends.first, let last = ends.last, 0...last ~= first, last < 1 << 20 else { return nil }
            count += last - first + 1
        }
        return count > 0 ? count : nil
    }

    /// The least of the limits on memory, and what sets it.
    var memoryLimit: (bytes: Int, source: String) {
        var least = (bytes: memory, source: "the machine's memory")
        if let limit = controlGroup.memory, limit.value < least.bytes { least = (limit.value, limit.path) }
        if let addressSpace, addressSpace < least.bytes { least = (addressSpace, "the limit on address space") }
        return least
    }

    /// The least of the limits on cores, at least 1, and what sets it.
    var coreLimit: (cores: Int, source: String) {
        if let limit = controlGroup.cores, limit.value < cores { return (max(1, limit.value), limit.path) }
        return (max(1, cores), "the machine's cores")
    }

    private static func addressSpaceLimit() -> Int? {
        var limit = rlimit()
        #if canImport(Glibc)
        let status = getrlimit(__rlimit_resource_t(RLIMIT_AS.rawValue), &limit)
        #else
        let status = getrlimit(RLIMIT_AS, &limit)
        #endif
        // "No limit" is the largest number that fits.
        guard status == 0, limit.rlim_cur < 1 << 62 else { return nil }
        return Int(limit.rlim_cur)
    }
}
