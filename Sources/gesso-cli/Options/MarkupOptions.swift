import ArgumentParser
import Foundation
import Gesso

/// A drawing that guides the edit.
struct MarkupOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "A drawing on a transparent PNG as large as the image, sent instead of the mask to guide the edit; a mask "
                + "beside it still decides which pixels are taken from the response.", valueName: "FILE"))
    var markup: String?

    func data(reading read: (String) throws -> Data = { try InputFile($0).data }) throws -> Data? {
        try markup.map(read)
    }
}
