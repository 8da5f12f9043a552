import Foundation
import Synchronization
import Testing

@testable import ImagesAPI

#if os(Linux)
/// What a client does to the process it runs in, and the process to it; each in a process of its own.
@Suite("Effects on the host process")
struct HostTests {
    /// Handler, flags and mask of every signal.
    private static func signals() -> [[Int]] {
        (Int32(1)...64).map { signal in
            var action = sigaction()
            // Two are the C library's own.
            guard sigaction(signal, nil, &action) == 0 else { return [] }
            let mask = (Int32(1)...64).map { Int(sigismember(&action.sa_mask, $0)) }
            return [unsafeBitCast(action.__sigaction_handler.sa_handler, to: Int.self), Int(action.sa_flags)] + mask
        }
    }

    /// The signals that each thread of a client blocks, as a mask.
    private static func blockedByTransport() throws -> [UInt64] {
        try FileManager.default.contentsOfDirectory(atPath: "/proc/self/task").compactMap { task in
            // The server's threads may end meanwhile.
            let path = "/proc/self/task/\(task)/status"
            guard let status = try? String(contentsOfFile: path, encoding: .utf8) else { return nil }
            let lines = status.split(separator: "\n")
            guard lines.first?.hasSuffix("gesso-transport") == true else { return nil }
            let mask = lines.first { $0.hasPrefix("SigBlk:") }?.split(separator: "\t").last
            return mask.flatMap { UInt64($0, radix: 16) }
        }
    }

    @Test("Signal handlers are unchanged after connections have broken during uploads")
    func signals() async {
        await #expect(processExitsWith: .success) {
            let before = Self.signals()
            try #require(before.count { !$0.isEmpty } > 60)
            let server = try UploadServer()
            let upload = try ImageUpload(Samples.png(byteCount: UploadTests.size))
            for end in UploadServer.End.allCases {
                let client = try Samples.client(server.baseURL)
                let prompt = UploadServer.prompt(end, offset: 100_000)
                let error = await #expect(throws: ImagesAPIError.self) {
                    try await client.edit(EditRequest(images: [upload], prompt: prompt, model: "m"))
                }
                try #require(error?.code == .connectionLost || error?.status == 413)
                // Its thread takes no signal meant for the host, and a broken pipe raises none that ends it.
                let blocked = try Self.blockedByTransport()
                try #require(!blocked.isEmpty && blocked.allSatisfy { $0 & (1 << UInt64(SIGPIPE - 1)) != 0 })
                client.shutdown()
                await client.waitUntilShutDown()
            }
            try #require(Self.signals() == before)
        }
    }

    /// The pairs of sockets that a program has which this process starts.
    private static func inheritedSockets() throws -> Int {
        var ends: [Int32] = [-1, -1]
        try #require(pipe(&ends) == 0)
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_adddup2(&actions, ends[1], 1)
        posix_spawn_file_actions_addclose(&actions, ends[0])
        var arguments = ["ls", "-l", "/proc/self/fd"].map { (word: String) in strdup(word) } + [nil]
        defer { for argument in arguments { free(argument) } }
        var child = pid_t()
        try #require(posix_spawnp(&child, "ls", &actions, nil, &arguments, environ) == 0)
        close(ends[1])
        let listed = try FileHandle(fileDescriptor: ends[0], closeOnDealloc: true).readToEnd() ?? Data()
        var status: Int32 = 0
        try #require(waitpid(child, &status, 0) == child && status == 0)
        return String(decoding: listed, as: UTF8.self).components(separatedBy: "socket:[").count - 1
    }

    @Test("A child process inherits no socket of a client")
    func inheritance() async {
        await #expect(processExitsWith: .success) {
            let dead = try DeadPort()
            let before = try Self.inheritedSockets()
            let client = try Samples.client(dead.baseURL) { $0.retryPolicy = ImagesClient.RetryPolicy(maxRetries: 0) }
            let error = await #expect(throws: ImagesAPIError.self) { try await client.generate(Samples.generation) }
            try #require(error?.code == .couldNotConnect)
            try #require(try Self.inheritedSockets() == before)
            client.shutdown()
            await client.waitUntilShutDown()
        }
    }

    private static let alarms = Atomic(0)

    @Test("A signal every millisecond disturbs no request and no stream")
    func interruptions() async {
        await #expect(processExitsWith: .success) {
            let event = StreamingTests.event("completed", Samples.png(byteCount: 300_000))
            // The server's own threads take none, since they would stop at the first.
            var alarm = sigset_t()
            sigemptyset(&alarm)
            sigaddset(&alarm, SIGALRM)
            pthread_sigmask(SIG_BLOCK, &alarm, nil)
            let server = try LoopbackServer { connection, request in
                Thread.sleep(forTimeInterval: 0.01)
                if request.body.range(of: Data("\"stream\"".utf8)) != nil {
                    connection.respond(headers: ["Content-Type: text/event-stream"], json: event)
                } else {
                    connection.respond(json: Samples.response([Samples.png(byteCount: 300_000)]))
                }
            }
            pthread_sigmask(SIG_UNBLOCK, &alarm, nil)
            try #require(Self.alarms.load(ordering: .relaxed) == 0)
            var action = sigaction()
            action.__sigaction_handler.sa_handler = { _ in HostTests.alarms.add(1, ordering: .relaxed) }
            // Without SA_RESTART, system calls end with EINTR.
            action.sa_flags = 0
            try #require(sigaction(SIGALRM, &action, nil) == 0)
            let millisecond = timeval(tv_sec: 0, tv_usec: 1_000)
            var timer = itimerval(it_interval: millisecond, it_value: millisecond)
            try #require(setitimer(__itimer_which_t(ITIMER_REAL.rawValue), &timer, nil) == 0)
            let client = try Samples.client(server)
            for _ in 0..<25 {
                let response = try await client.generate(Samples.generation)
                try #require(response.data?.count == 300_000)
                let outcome = await StreamingTests.read(client.generateStream(Samples.generation))
                try #require(outcome.error == nil && outcome.log.count == 1)
            }
            client.shutdown()
            await client.waitUntilShutDown()
            try #require(Self.alarms.load(ordering: .relaxed) > 100)
        }
    }

    @Test("No proxy means none, and not the environment's, however it is written")
    func noProxy() {
        var configuration = ImagesClient.Configuration(environment: [:])
        #expect(configuration.proxy == .environment)
        configuration.proxy = .none
        #expect(configuration.proxy == ImagesClient.Configuration.Proxy.none)
        #expect(configuration.proxy != .environment)
    }

    @Test("The environment's proxy is for other machines only, and a policy overrides it")
    func proxies() async {
        await #expect(processExitsWith: .success) {
            let dead = try DeadPort()
            for name in ["no_proxy", "NO_PROXY", "all_proxy", "ALL_PROXY"] { unsetenv(name) }
            let server = try LoopbackServer { connection, _ in
                connection.respond(json: Samples.response([Samples.png]))
            }
            // It leads to this machine, but no list of names for loopback holds it.
            let other = "http://0.0.0.0:\(server.port)/v1"
            func lines(
                _ address: String, _ proxy: ImagesClient.Configuration.Proxy, environment: String
            ) async throws -> [String] {
                setenv("http_proxy", environment, 1)
                let before = server.requests.count
                let client = try Samples.client(address) {
                    $0.proxy = proxy
                    $0.allowsInsecureHTTP = true
                }
                _ = try await client.generate(Samples.generation)
                return server.requests.dropFirst(before).map(\.line)
            }
            let (nobody, proxy) = ("http://127.0.0.1:\(dead.port)", "http://127.0.0.1:\(server.port)")
            let direct = ["POST /v1/images/generations HTTP/1.1"]
            let proxied = ["POST http://elsewhere.invalid/v1/images/generations HTTP/1.1"]
            let elsewhere = "http://elsewhere.invalid/v1"
            try #require(try await lines(server.baseURL, .environment, environment: nobody) == direct)
            let error = await #expect(throws: ImagesAPIError.self) {
                try await lines(other, .environment, environment: nobody)
            }
            try #require(error?.code == .couldNotConnect)
            try #require(try await lines(other, .none, environment: nobody) == direct)
            try #require(try await lines(elsewhere, .environment, environment: proxy) == proxied)
            try #require(try await lines(elsewhere, .address(proxy), environment: nobody) == proxied)
        }
    }
}
#endif
