import CGessoCurl

extension ImagesClient {
    /// The version of this library, as servers are told it.
    public static let version = "0.1.0"

    /// What servers are told of who asks.
    static let userAgent = "gesso/\(version) (Swift)"

    /// The version of the libcurl that is loaded, for reports.
    public static var libcurlVersion: String { String(cString: gesso_curl_version()) }
}
