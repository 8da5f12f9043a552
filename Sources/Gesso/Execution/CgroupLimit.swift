#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// What the control group (cgroup v2) that this process lives in allows it.
enum CgroupLimit {
    /// Whole cores of `cpu.max`, rounded up; nil when there is no limit or no cgroup v2.
    static var cores: Int? {
        guard let data = try? Data(contentsOf: URL(filePath: "/sys/fs/cgroup/cpu.max")) else { return nil }
        return cores(fromCPUMax: String(decoding: data, as: UTF8.self))
    }

    /// Reads `QUOTA PERIOD` in microseconds, or `max PERIOD` (Linux, Documentation/admin-guide/cgroup-v2).
    static func cores(fromCPUMax text: String) -> Int? {
        let fields = text.split(whereSeparator: { $0 == " " || $0 == "\n" })
        guard fields.count >= 2, let quota = Int(fields[0]), let period = Int(fields[1]), quota > 0, period > 0 else {
            return nil
        }
        return max(1, (quota + period - 1) / period)
    }
}
