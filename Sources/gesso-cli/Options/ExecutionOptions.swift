import ArgumentParser
import Gesso

/// How much memory and how many threads a verb may use.
struct ExecutionOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Use at most so much memory for pixels, e.g. 512MiB (or GESSO_PIXEL_BUDGET; see doctor for the default).",
            valueName: "SIZE"))
    var pixelBudget: String?

    @Option(
        help: ArgumentHelp("Use so many threads for pixels (or GESSO_THREADS; default one a core).", valueName: "N"))
    var threads: String?

    func validate() throws {
        do throws(GessoError) { _ = try values() } catch { throw ValidationError(error.message) }
    }

    /// Sets what the shared budget and pool are made from; refuses environment variables that cannot be read.
    func apply() throws(GessoError) {
        let (pixelBudget, threads) = try values()
        if pixelBudget != nil || threads != nil {
            try ExecutionLimits.configure(pixelBudget: pixelBudget, threads: threads)
        }
        _ = try ExecutionLimits.current()
    }

    private func values() throws(GessoError) -> (pixelBudget: Int?, threads: Int?) {
        var (budget, count): (Int?, Int?) = (nil, nil)
        if let pixelBudget { budget = try ExecutionLimits.pixelBudget(pixelBudget, from: "--pixel-budget") }
        if let threads { count = try ExecutionLimits.threadCount(threads, from: "--threads") }
        return (budget, count)
    }
}
