/// A line of `/proc/self/mountinfo` that mounts a hierarchy of control groups.
struct ControlGroupMount {
    /// Where cgroup v2 is mounted when the list of mounts cannot be read.
    static let standard = ControlGroupMount(isUnified: true, controllers: [], root: "/", point: "/sys/fs/cgroup")

    /// cgroup v2, with all controllers in one hierarchy.
    let isUnified: Bool
    /// The controllers of a cgroup v1 hierarchy.
    let controllers: [Substring]
    /// The group that the mount point shows; in a container it is often not the topmost one.
    private let root: String
    private let point: String

    private init(isUnified: Bool, controllers: [Substring], root: String, point: String) {
        (self.isUnified, self.controllers, self.root, self.point) = (isUnified, controllers, root, point)
    }

    /// Reads `ID PARENT DEVICE ROOT POINT OPTIONS [FIELDS] - TYPE SOURCE SUPEROPTIONS` (proc_pid_mountinfo(5)); nil for
    /// other file systems.
    init?(_ line: Substring) {
        let fields = line.split(separator: " ")
        guard let separator = fields.firstIndex(of: "-"), separator >= 6, fields.count > separator + 3 else {
            return nil
        }
        let type = fields[separator + 1]
        guard type == "cgroup2" || type == "cgroup" else { return nil }
        isUnified = type == "cgroup2"
        controllers = isUnified ? [] : fields[separator + 3].split(separator: ",")
        root = Self.unescaped(fields[3])
        point = Self.unescaped(fields[4])
    }

    /// The folder of the group at `path` and of every group above it that the mount shows, the topmost last.
    func folders(of path: String) -> [String] {
        guard var names = names(of: path) else { return [point] }
        var folders: [String] = []
        while !names.isEmpty {
            folders.append(point + "/" + names.joined(separator: "/"))
            names.removeLast()
        }
        return folders + [point]
    }

    /// The names from the mount's root down to `path`; nil when the group lies outside of what the mount shows.
    private func names(of path: String) -> [Substring]? {
        let (own, top) = (path.split(separator: "/"), root.split(separator: "/"))
        guard own.starts(with: top), !own.contains(".."), own.count <= 256 else { return nil }
        return Array(own.dropFirst(top.count))
    }

    /// Replaces `\040` and the like, which stand for spaces and line ends in paths.
    private static func unescaped(_ field: Substring) -> String {
        var bytes: [UInt8] = []
        var rest = field.utf8[...]
        while let byte = rest.popFirst() {
            let digits = rest.prefix(3)
            if byte == UInt8(ascii: "\\"), digits.count == 3, let value = UInt8(String(Substring(digits)), radix: 8) {
                bytes.append(value)
                rest.removeFirst(3)
            } else {
                bytes.append(byte)
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
