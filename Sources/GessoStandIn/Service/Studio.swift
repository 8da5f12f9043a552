/// Reads the parameters of a request for pictures, checks them all, and paints.
struct Studio: Sendable {
    let behaviour: Behaviour

    func generate(_ parameters: Parameters) throws -> Answer {
        var parameters = parameters
        let options = try ImageOptions(from: &parameters)
        _ = try parameters.takeChoice("moderation", of: ["low", "auto"])
        _ = try StreamOptions(from: &parameters)
        try parameters.refuseUnknown()
        throw Refusal(501, "The stand-in does not paint '\(options.format)' yet.", type: "server_error")
    }

    func edit(_ parameters: Parameters) throws -> Answer {
        var parameters = parameters
        let options = try ImageOptions(from: &parameters)
        _ = try EditUploads(fromForm: &parameters)
        _ = try StreamOptions(from: &parameters)
        try parameters.refuseUnknown()
        throw Refusal(501, "The stand-in does not paint '\(options.format)' yet.", type: "server_error")
    }
}
