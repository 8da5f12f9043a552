#if os(Linux)
import Foundation

/// A network namespace of the tests' own, in which private and public addresses are this machine's and names are resolved
/// by ``NameServer``. Tests that need it are run there by a process of their own.
enum OwnNetwork {
    private static let variable = "GESSO_OWN_NETWORK"

    /// Where the tests within write a line for each case they have run; nil outside.
    static var protocolFile: String? { ProcessInfo.processInfo.environment[variable] }
    static var isInside: Bool { protocolFile != nil }

    static let addresses = [
        "8.8.8.8", "10.0.0.1", "172.16.0.1", "192.168.0.1", "169.254.169.254", "100.64.0.1", "198.18.0.1", "192.0.2.1",
        "2606:4700::1111", "fd12:3456::1", "fec0::1", "2002:7f00:1::1", "2002:a9fe:a9fe::1", "2001:0:7f00:1::1",
        "64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe", "64:ff9b:1::7f00:1", "2606:4700::5efe:7f00:1",
        "2606:4700::200:5efe:a00:1", "2001:db8::1", "3fff::1", "100::1",
    ]

    /// Whether such a network can be made here.
    static let isAvailable = isInside || run(["true"], protocolFile: "/dev/null") == 0

    /// The status of a command within a new network.
    static func run(_ command: [String], protocolFile: String) -> Int32? {
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        let setup =
            ["set -e", "ip link set lo up"]
            + addresses.map { "ip address add \($0)/\($0.contains(":") ? "128 nodad" : "32") dev lo" }
            + [
                "names=$(mktemp)", "echo nameserver 127.0.0.1 > $names", "mount --bind $names /etc/resolv.conf",
                "rm -f $names", "exec \"$@\"",
            ]
        process.arguments = ["unshare", "-rnm", "sh", "-c", setup.joined(separator: "\n"), "sh"] + command
        process.environment = ProcessInfo.processInfo.environment.merging([variable: protocolFile]) { $1 }
        guard (try? process.run()) != nil else { return nil }
        process.waitUntilExit()
        return process.terminationStatus
    }

    static func note(_ line: String) {
        guard let path = protocolFile, let file = FileHandle(forWritingAtPath: path) else { return }
        _ = try? file.seekToEnd()
        file.write(Data("\(line)\n".utf8))
        try? file.close()
    }
}
#endif
