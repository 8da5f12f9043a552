import ArgumentParser
import CProcess
import Gesso

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
        do {
            var command = try GessoCommand.parseAsRoot()
            if var command = command as? any AsyncParsableCommand { try await command.run() } else { try command.run() }
        } catch {
            end(with: error)
        }
    }

    /// Prints the message of a parser's error, or of help and version, and exits with its status.
    private static func end(with error: any Error) -> Never {
        let message = GessoCommand.fullMessage(for: error)
        var status = GessoCommand.exitCode(for: error).rawValue
        if !message.isEmpty {
            if status == 0 {
                say(message)
            } else {
                StandardError.write(message.escapingControlCharacters(except: ["\n", "\t"]) + "\n")
            }
        }
        do {
            try StandardOutput.check()
        } catch {
            sayError("gesso: \(error.message)")
            if status == 0 { status = 1 }
        }
        exit(status)
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
        version: "gesso \(ImagesClient.version)",
        subcommands: [
            Demo.self, Generate.self, Edit.self, Vary.self, Prepare.self, Finish.self, ConvertFile.self, Audit.self,
            Inspect.self, RunWorker.self, BatchCommand.self,
            Spool.self, Serve.self, Doctor.self,
        ])
}
