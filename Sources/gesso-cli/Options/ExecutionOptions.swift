import ArgumentParser
import Gesso

/// The limits on memory and threads for one command.
struct ExecutionOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Use at most this much memory for pixels, e.g. 512MiB (or GESSO_PIXEL_BUDGET; see doctor for the default).",
            valueName: "SIZE"))
    var pixelBudget: String?

    @Option(
        help: ArgumentHelp(
            "Use this many threads for pixels (or GESSO_THREADS; default: one for each core).", valueName: "N"))
    var threads: String?

    @OptionGroup var limitOptions: LimitOptions

    /// The limits on input and output.
    var limits: ImageDecoder.Limits { limitOptions.limits }

    func validate() throws {
        do throws(GessoError) { _ = try values() } catch { throw ValidationError(error.message) }
    }

    /// Configures the shared budget and pool. Throws for environment variables with invalid values.
    func apply() throws(GessoError) {
        let (pixelBudget, threads) = try values()
        if pixelBudget != nil || threads != nil {
            try PixelPool.configure(pixelBudget: pixelBudget, threads: threads)
        }
        _ = try PixelPool.Limits.current()
    }

    private func values() throws(GessoError) -> (pixelBudget: Int?, threads: Int?) {
        var (budget, count): (Int?, Int?) = (nil, nil)
        if let pixelBudget { budget = try PixelPool.Limits.pixelBudget(pixelBudget, from: "--pixel-budget") }
        if let threads { count = try PixelPool.Limits.threadCount(threads, from: "--threads") }
        return (budget, count)
    }
}
