import ArgumentParser
import CProcess

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

@main
enum Program {
    static func main() async {
        #if os(Linux)
        // Each arena of glibc's heap reserves 64 MiB of address space and does not return freed memory to the others.
        gesso_bound_heap(2, 262_144)
        #endif
        keepSecrets()
        await GessoCommand.main()
    }

    /// Prevents core files, debugging by other processes of the same user, and logs of TLS session keys, which would contain the key and the images.
    private static func keepSecrets() {
        var none = rlimit(rlim_cur: 0, rlim_max: 0)
        #if canImport(Glibc)
        setrlimit(__rlimit_resource_t(RLIMIT_CORE.rawValue), &none)
        #else
        setrlimit(RLIMIT_CORE, &none)
        #endif
        #if os(Linux)
        _ = gesso_forbid_dumps()
        #endif
        unsetenv("SSLKEYLOGFILE")
    }
}

struct GessoCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "gesso",
        abstract: "Prepares images for the Images API, requests edits, and restores the results.",
        discussion: """
            The key comes from OPENAI_API_KEY or --api-key-file, never from an argument. --mock uses a mock server \
            on this machine, without key, network or cost.
            Exit: 0 done; 1 failed; 2 bad input; 3 the API refused; 4 outcome unknown, may have been billed; 64 usage.
            """,
        subcommands: [
            Demo.self, Generate.self, Edit.self, Vary.self, Prepare.self, Finish.self, ConvertFile.self, Audit.self,
            Inspect.self,
            Spool.self, Serve.self, Doctor.self,
        ])
}
