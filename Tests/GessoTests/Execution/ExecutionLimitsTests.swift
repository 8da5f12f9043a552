import Foundation
import Testing

@testable import Gesso

@Suite("Execution limits")
struct ExecutionLimitsTests {
    private func machine(_ memory: Int, cores: Int = 8, addressSpace: Int? = nil, _ files: [String: String] = [:])
        -> Machine
    {
        Machine(memory: memory, cores: cores, addressSpace: addressSpace, controlGroup: ControlGroup { files[$0] })
    }

    @Test(
        "take a quarter of what memory the process may use, within 256 MiB and 4 GiB",
        arguments: [
            (8 << 30, nil, nil, 2 << 30), (64 << 30, nil, nil, 4 << 30), (512 << 20, nil, nil, 256 << 20),
            (64 << 30, "4294967296", nil, 1 << 30), (64 << 30, "104857600", nil, 256 << 20),
            (8 << 30, "68719476736", nil, 2 << 30), (64 << 30, "max", 6 << 30, 3 << 29),
            (64 << 30, "0", nil, 256 << 20),
            (64 << 30, "8589934592", 2 << 30, 512 << 20),
        ] as [(Int, String?, Int?, Int)])
    func budget(memory: Int, maximum: String?, addressSpace: Int?, expected: Int) throws {
        let files = maximum.map { ["/sys/fs/cgroup/memory.max": $0] } ?? [:]
        let limits = try PixelPool.Limits(environment: [:], machine: machine(memory, addressSpace: addressSpace, files))
        #expect(limits.pixelBudget == expected)
    }

    @Test(
        "take as many threads as the machine has cores and the group allows",
        arguments: [
            (8, "max 100000", 8), (8, "200000 100000", 2), (8, "210000 100000", 3), (8, "1000 100000", 1),
            (2, "800000 100000", 2), (0, "max 100000", 1),
        ])
    func threads(cores: Int, maximum: String, expected: Int) throws {
        let machine = machine(1 << 30, cores: cores, ["/sys/fs/cgroup/cpu.max": maximum])
        #expect(try PixelPool.Limits(environment: [:], machine: machine).threads == expected)
    }

    @Test(
        "count the cores that affinity and cpuset leave to the process",
        arguments: [
            ("Name:\tx\nCpus_allowed:\tf\nCpus_allowed_list:\t0-3\nMems_allowed:\t1\n", 4),
            ("Cpus_allowed_list:\t0\n", 1), ("Cpus_allowed_list:\t0-1,4,8-10\n", 6), ("Cpus_allowed_list:\t\n", nil),
            ("Cpus_allowed_list:\t3-1\n", nil), ("Cpus_allowed_list:\t0-9999999999\n", nil), ("", nil),
        ] as [(String, Int?)])
    func allowedCores(status: String, expected: Int?) {
        #expect(Machine.allowedCores(status: status) == expected)
    }

    @Test("say where they come from")
    func sources() throws {
        let machine = machine(8 << 30, ["/sys/fs/cgroup/memory.max": "2147483648"])
        let found = try PixelPool.Limits(environment: [:], machine: machine)
        #expect(found.pixelBudgetSource.contains("2048 MiB (/sys/fs/cgroup/memory.max)"))
        #expect(found.threadsSource == "the machine's cores")
        let environment = ["GESSO_PIXEL_BUDGET": "300MiB", "GESSO_THREADS": "3"]
        let given = try PixelPool.Limits(environment: environment, machine: machine)
        #expect((given.pixelBudget, given.threads) == (300 << 20, 3))
        #expect((given.pixelBudgetSource, given.threadsSource) == ("GESSO_PIXEL_BUDGET", "GESSO_THREADS"))
        let set = try PixelPool.Limits(pixelBudget: 1 << 21, threads: 5, environment: environment, machine: machine)
        #expect((set.pixelBudget, set.threads) == (1 << 21, 5))
        #expect(set.pixelBudgetSource == "set by the program")
    }

    @Test(
        "read sizes",
        arguments: [
            ("1048576", 1 << 20), ("1MiB", 1 << 20), ("1024kib", 1 << 20), ("3GiB", 3 << 30),
            ("4611686018427387903", (1 << 62) - 1),
        ])
    func sizes(text: String, bytes: Int) throws {
        #expect(try PixelPool.Limits.pixelBudget(text, from: "x") == bytes)
    }

    @Test(
        "refuse what is no size, naming the variable and what it takes",
        arguments: [
            "-1", "0", "512", "1MB", "MiB", "1.5GiB", " 1MiB", "1MiB ", "0x100000", "１MiB", "99999999999999999999",
            "9223372036854775807GiB", "4611686018427387904", "1\nMiB", "+1MiB",
        ])
    func badSizes(text: String) throws {
        let error = #expect(throws: GessoError.self) {
            try PixelPool.Limits(environment: ["GESSO_PIXEL_BUDGET": text], machine: machine(1 << 30))
        }
        #expect(error?.code == .invalidParameter)
        #expect(error?.message.contains("GESSO_PIXEL_BUDGET") == true)
        #expect(error?.message.contains("\n") == false)
    }

    @Test(
        "refuse what is no number of threads",
        arguments: ["0", "-3", "1025", "two", "2.0", "18446744073709551616", " 2"])
    func badThreads(text: String) throws {
        let error = #expect(throws: GessoError.self) {
            try PixelPool.Limits(environment: ["GESSO_THREADS": text], machine: machine(1 << 30))
        }
        #expect(error?.code == .invalidParameter)
        #expect(error?.message.contains("GESSO_THREADS") == true)
    }

    @Test("take an empty variable as none")
    func empty() throws {
        let limits = try PixelPool.Limits(
            environment: ["GESSO_PIXEL_BUDGET": "", "GESSO_THREADS": ""], machine: machine(8 << 30))
        #expect((limits.pixelBudget, limits.threads) == (2 << 30, 8))
    }

    @Test("can be set before the shared budget is used, and not afterwards")
    func configure() {
        #expect(throws: GessoError.self) { try PixelPool.configure(pixelBudget: -1) }
        #expect(throws: GessoError.self) { try PixelPool.configure(threads: 0) }
        _ = PixelBudget.shared
        let error = #expect(throws: GessoError.self) { try PixelPool.configure(threads: 2) }
        #expect(error?.message.contains("in use already") == true)
    }
}
