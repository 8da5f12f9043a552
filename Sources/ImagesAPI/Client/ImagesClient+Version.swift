import CGessoCurl

extension ImagesClient {
    /// The version of the libcurl that is loaded, for reports.
    public static var libcurlVersion: String { String(cString: gesso_curl_version()) }
}
