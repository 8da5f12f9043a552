/// What the control groups of this process allow it: cgroup v2 and v1 (Linux, Documentation/admin-guide/cgroup-v2 and
/// cgroup-v1).
///
/// A group is bound by the limits of all groups above it, so the least of them counts.
struct ControlGroup: Hashable {
    /// A limit and the file that sets it.
    struct Limit: Hashable {
        let value: Int
        let path: String
    }

    /// Bytes of memory; nil without a limit.
    private(set) var memory: Limit?
    /// Whole cores, rounded up; nil without a limit.
    private(set) var cores: Limit?

    /// Reads the groups through `read`, which returns the text of a file or nil.
    init(read: (String) -> String?) {
        let memberships = (read("/proc/self/cgroup") ?? "").split(separator: "\n").compactMap { Membership($0) }
        let mounts = (read("/proc/self/mountinfo") ?? "").split(separator: "\n").compactMap { ControlGroupMount($0) }
        for mount in mounts.isEmpty ? [.standard] : mounts {
            if mount.isUnified {
                let path = memberships.first { $0.controllers.isEmpty }?.path ?? "/"
                for folder in mount.folders(of: path) {
                    lower(&memory, to: Self.bytes(read(folder + "/memory.max")), folder + "/memory.max")
                    lower(&cores, to: Self.cores(read(folder + "/cpu.max")), folder + "/cpu.max")
                }
            }
            if mount.controllers.contains("memory") {
                let path = memberships.first { $0.controllers.contains("memory") }?.path ?? "/"
                for folder in mount.folders(of: path) {
                    let file = folder + "/memory.limit_in_bytes"
                    lower(&memory, to: Self.bytes(read(file)), file)
                }
            }
            if mount.controllers.contains("cpu") {
                let path = memberships.first { $0.controllers.contains("cpu") }?.path ?? "/"
                for folder in mount.folders(of: path) {
                    let file = folder + "/cpu.cfs_quota_us"
                    guard let quota = read(file), let period = read(folder + "/cpu.cfs_period_us") else { continue }
                    lower(&cores, to: Self.cores(quota + " " + period), file)
                }
            }
        }
    }

    private func lower(_ limit: inout Limit?, to value: Int?, _ path: String) {
        guard let value, value < limit?.value ?? .max else { return }
        limit = Limit(value: value, path: path)
    }

    /// Reads `memory.max` and `memory.limit_in_bytes`; cgroup v1 writes "no limit" as a number close to 2^63.
    private static func bytes(_ text: String?) -> Int? {
        guard let field = text?.split(whereSeparator: \.isWhitespace).first, let value = Int(field), value >= 0,
            value < 1 << 62
        else { return nil }
        return value
    }

    /// Reads `QUOTA PERIOD` in microseconds; a quota of `max` or -1 is none.
    private static func cores(_ text: String?) -> Int? {
        let fields = (text ?? "").split(whereSeparator: \.isWhitespace)
        guard fields.count >= 2, let quota = Int(fields[0]), let period = Int(fields[1]), quota > 0, period > 0 else {
            return nil
        }
        return quota / period + (quota % period == 0 ? 0 : 1)
    }

    /// A line of `/proc/self/cgroup`: `ID:CONTROLLER,CONTROLLER:PATH`, without controllers for cgroup v2.
    private struct Membership {
        let controllers: [Substring]
        let path: String

        init?(_ line: Substring) {
            let fields = line.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
            guard fields.count == 3 else { return nil }
            controllers = fields[1].split(separator: ",")
            path = String(fields[2])
        }
    }
}
