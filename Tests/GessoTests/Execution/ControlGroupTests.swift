import Foundation
import Testing

@testable import Gesso

/// A tree of files below a folder, as the kernel shows it below `/`.
private struct FileTree {
    let root: URL

    init(_ files: [String: String]) throws {
        root = FileManager.default.temporaryDirectory.appending(path: "gesso-groups-\(UUID().uuidString)")
        for (path, text) in files {
            let file = root.appending(path: path)
            try FileManager.default.createDirectory(
                at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
            try Data(text.utf8).write(to: file)
        }
    }

    func read(_ path: String) -> String? { try? String(contentsOf: root.appending(path: path), encoding: .utf8) }
    func remove() { try? FileManager.default.removeItem(at: root) }
}

/// A machine's control groups, and the limits that follow from them.
struct ControlGroupCase: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let groups: String
    let mounts: String
    var files: [String: String] = [:]
    var memory: Int?
    var memoryPath: String?
    var cores: Int?

    private static let v2 = "30 23 0:26 / /sys/fs/cgroup rw,nosuid shared:4 - cgroup2 cgroup2 rw,nsdelegate"
    private static let unlimitedV1 = "9223372036854771712\n"

    static let all: [ControlGroupCase] = [
        Self(
            testDescription: "one group in a container, whose namespace makes it the root", groups: "0::/\n",
            mounts: v2,
            files: ["/sys/fs/cgroup/memory.max": "1073741824\n", "/sys/fs/cgroup/cpu.max": "150000 100000\n"],
            memory: 1 << 30, memoryPath: "/sys/fs/cgroup/memory.max", cores: 2),
        Self(
            testDescription: "no limit", groups: "0::/user.slice\n", mounts: v2,
            files: [
                "/sys/fs/cgroup/user.slice/memory.max": "max\n", "/sys/fs/cgroup/user.slice/cpu.max": "max 100000\n",
            ]),
        Self(
            testDescription: "the least limit set two groups above", groups: "0::/a/b/c\n", mounts: v2,
            files: [
                "/sys/fs/cgroup/a/b/c/memory.max": "max\n", "/sys/fs/cgroup/a/b/c/cpu.max": "400000 100000\n",
                "/sys/fs/cgroup/a/b/memory.max": "3000000000\n", "/sys/fs/cgroup/a/b/cpu.max": "max 100000\n",
                "/sys/fs/cgroup/a/memory.max": "2000000000\n", "/sys/fs/cgroup/a/cpu.max": "50000 100000\n",
            ], memory: 2_000_000_000, memoryPath: "/sys/fs/cgroup/a/memory.max", cores: 1),
        Self(
            testDescription: "the least limit set on the group itself, and one on another group that does not count",
            groups: "0::/a/b\n", mounts: v2,
            files: [
                "/sys/fs/cgroup/a/b/memory.max": "500000000\n", "/sys/fs/cgroup/a/memory.max": "900000000\n",
                "/sys/fs/cgroup/a/other/memory.max": "1000\n", "/sys/fs/cgroup/other/memory.max": "1000\n",
            ], memory: 500_000_000, memoryPath: "/sys/fs/cgroup/a/b/memory.max"),
        Self(
            testDescription: "a group removed under the process still counts those above",
            groups: "0::/a/gone (deleted)\n",
            mounts: v2, files: ["/sys/fs/cgroup/a/memory.max": "700000000\n"], memory: 700_000_000,
            memoryPath: "/sys/fs/cgroup/a/memory.max"),
        Self(
            testDescription: "a mount that shows the process's own group, without a namespace",
            groups: "0::/docker/4f/app\n", mounts: "1 2 0:1 /docker/4f /sys/fs/cgroup ro - cgroup2 cgroup rw",
            files: ["/sys/fs/cgroup/memory.max": "600000000\n", "/sys/fs/cgroup/app/memory.max": "max\n"],
            memory: 600_000_000, memoryPath: "/sys/fs/cgroup/memory.max"),
        Self(
            testDescription: "a process outside of its namespace", groups: "0::/../../elsewhere\n", mounts: v2,
            files: ["/sys/fs/cgroup/memory.max": "800000000\n"], memory: 800_000_000,
            memoryPath: "/sys/fs/cgroup/memory.max"),
        Self(
            testDescription: "a mount point with a space", groups: "0::/a\n",
            mounts: #"1 2 0:1 / /my\040groups rw - cgroup2 cgroup2 rw"#,
            files: ["/my groups/a/memory.max": "300000000\n"], memory: 300_000_000,
            memoryPath: "/my groups/a/memory.max"),
        Self(
            testDescription: "cgroup v1 with its controllers in several hierarchies",
            groups: "5:memory:/jobs/7\n4:cpu,cpuacct:/batch\n0::/\n",
            mounts: """
                40 30 0:35 / /sys/fs/cgroup/memory rw,relatime - cgroup cgroup rw,memory
                41 30 0:36 / /sys/fs/cgroup/cpu,cpuacct rw,relatime - cgroup cgroup rw,cpu,cpuacct
                """,
            files: [
                "/sys/fs/cgroup/memory/jobs/7/memory.limit_in_bytes": unlimitedV1,
                "/sys/fs/cgroup/memory/jobs/memory.limit_in_bytes": "1500000000\n",
                "/sys/fs/cgroup/memory/memory.limit_in_bytes": unlimitedV1,
                "/sys/fs/cgroup/cpu,cpuacct/batch/cpu.cfs_quota_us": "250000\n",
                "/sys/fs/cgroup/cpu,cpuacct/batch/cpu.cfs_period_us": "100000\n",
                "/sys/fs/cgroup/cpu,cpuacct/cpu.cfs_quota_us": "-1\n",
                "/sys/fs/cgroup/cpu,cpuacct/cpu.cfs_period_us": "100000\n",
            ], memory: 1_500_000_000, memoryPath: "/sys/fs/cgroup/memory/jobs/memory.limit_in_bytes", cores: 3),
        Self(
            testDescription: "cgroup v1 without any limit", groups: "5:memory:/\n4:cpu:/\n",
            mounts: "40 30 0:35 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory",
            files: ["/sys/fs/cgroup/memory/memory.limit_in_bytes": unlimitedV1]),
        Self(testDescription: "nothing to read", groups: "", mounts: ""),
        Self(
            testDescription: "mounts that cannot be read", groups: "0::/x\n", mounts: "",
            files: ["/sys/fs/cgroup/x/memory.max": "400000000\n"], memory: 400_000_000,
            memoryPath: "/sys/fs/cgroup/x/memory.max"),
        Self(
            testDescription: "garbage", groups: "::::\nx\n0:\n", mounts: "- cgroup2\n1 2 3 4 5 6 - cgroup2\n\n",
            files: [
                "/sys/fs/cgroup/memory.max": "-5\n", "/sys/fs/cgroup/cpu.max": "100000\n",
            ]),
        Self(
            testDescription: "numbers beyond 64 bits and a period of 0", groups: "0::/\n", mounts: v2,
            files: [
                "/sys/fs/cgroup/memory.max": "99999999999999999999999\n", "/sys/fs/cgroup/cpu.max": "100000 0\n",
            ]),
    ]
}

@Suite("Control groups")
struct ControlGroupTests {
    @Test("tell the least limit of a group and all above it", arguments: ControlGroupCase.all)
    func limits(_ example: ControlGroupCase) throws {
        var files = example.files
        files["/proc/self/cgroup"] = example.groups
        files["/proc/self/mountinfo"] = example.mounts
        let tree = try FileTree(files)
        defer { tree.remove() }
        let group = ControlGroup(read: tree.read)
        #expect(group.memory?.value == example.memory)
        #expect(group.memory?.path == example.memoryPath)
        #expect(group.cores?.value == example.cores)
    }
}
