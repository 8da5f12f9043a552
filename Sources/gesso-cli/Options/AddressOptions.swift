import ArgumentParser
import Gesso

/// The server to use, its address, and the key.
struct AddressOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "The API's base URL, e.g. https://api.openai.com/v1 (or OPENAI_BASE_URL, or what --server has).",
            valueName: "URL"))
    var baseURL: String?

    @Option(
        help: ArgumentHelp(
            "A file with the key, readable only by you; - reads it from standard input.", valueName: "FILE"))
    var apiKeyFile: String?

    @Option(
        help: ArgumentHelp("Trust the PEM certificates in this file instead of those of the system.", valueName: "FILE")
    )
    var caFile: String?

    @OptionGroup var server: ServerOptions

    /// The configuration for requests to `model`, from the options and the environment.
    func configuration(for model: Model) throws -> ImagesClient.Configuration {
        var configuration = ImagesClient.Configuration(server: try server.profile(for: model))
        if let baseURL { configuration.baseURL = baseURL }
        if let apiKeyFile { configuration.apiKey = try KeyFile.read(apiKeyFile) }
        configuration.headers += try server.headers(configuration.server)
        configuration.certificateAuthorityFile = caFile
        return configuration
    }
}
