#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// A request to the imitated server, as OpenAI's parameters.
struct AdaptedRequest {
    var parameters: Parameters
    var isEdit: Bool
    var isForm: Bool
    /// The model that the path names.
    var model: String?
    /// Whether any model is served, as on servers that run models of their own.
    var takesAnyModel = false
    /// Whether the response has URLs in place of base64; nil leaves it to the parameters.
    var returnsURLs: Bool?
    /// Whether the response is the image itself.
    var returnsFile = false
    /// Whether a mask is read by its color, white being the area to edit.
    var readsMaskColor = false
    /// Whether the response is one of chat completions.
    var isChat = false
}

extension ServerRules {
    /// The request in OpenAI's terms; refuses what the server refuses.
    func adapted(
        _ parameters: Parameters, isEdit: Bool, isForm: Bool, model: String?
    ) throws(APIErrorResponse) -> AdaptedRequest {
        var request = AdaptedRequest(parameters: parameters, isEdit: isEdit, isForm: isForm, model: model)
        switch server {
        case nil, .openAI: return request
        case .azure:
            // The deployment in the path says which model it is.
            if model != nil, parameters.contains("model") { throw .unknown("model") }
            request.takesAnyModel = true
        case .azureV1: request.takesAnyModel = true
        case .generic: try adaptToOwnModels(&request)
        case .liteLLM:
            if isEdit, !isForm { throw APIErrorResponse(422, "Field required", param: "image", code: "missing") }
            if !isEdit, try request.parameters.isTrue("stream") {
                throw APIErrorResponse(500, "'async_generator' object has no attribute 'data'", type: "None")
            }
            request.parameters.rename("image", to: "image[]")
            try adaptToOwnModels(&request)
        case .localAI:
            try adaptToOwnModels(&request)
            request.returnsURLs = request.returnsURLs ?? true
        case .vllmOmni: try adaptToVLLM(&request)
        case .stableDiffusionCPP:
            if isEdit, !isForm { throw .unsupported("image", "Content-Type must be multipart/form-data") }
            try adaptToOwnModels(&request)
            request.parameters.rename("image", to: "image[]")
            request.readsMaskColor = true
            if isEdit, !request.parameters.contains("image[]") {
                throw .unsupported("image", "at least one image[] required")
            }
        case .xAI: try adaptToXAI(&request)
        case .openRouter: try adaptToOpenRouter(&request)
        case .together: try adaptToTogether(&request)
        case .gemini:
            try request.parameters.rejectAll(except: ["model", "prompt", "n", "size", "response_format", "user"])
            _ = try request.parameters.takeChoice("response_format", of: ["b64_json"])
            try requireModel(request)
            request.takesAnyModel = true
        }
        return request
    }

    /// For servers that run what models they have, and ignore fields that they do not know.
    private func adaptToOwnModels(_ request: inout AdaptedRequest) throws(APIErrorResponse) {
        request.takesAnyModel = true
        if let format = try request.parameters.takeChoice("response_format", of: ["url", "b64_json"]) {
            request.returnsURLs = format == "url"
        }
        request.parameters.keep(only: ServerRules.knownFields)
        if [.localAI, .stableDiffusionCPP].contains(server) {
            request.parameters.remove("stream")
            request.parameters.remove("partial_images")
        }
        if !request.parameters.contains("model") { request.parameters.set("model", .string("default")) }
    }

    private func adaptToVLLM(_ request: inout AdaptedRequest) throws(APIErrorResponse) {
        if request.isEdit, !request.isForm {
            throw APIErrorResponse(422, "Field required", param: "image", code: "missing_required_parameter")
        }
        for name in ["mask", "quality", "input_fidelity"] where request.parameters.contains(name) {
            throw APIErrorResponse(422, "Extra inputs are not permitted", param: name, code: "extra_forbidden")
        }
        if !request.isEdit, try request.parameters.isTrue("stream") {
            throw APIErrorResponse(400, "Streaming is not supported for image generation.", param: "stream")
        }
        let format = try request.parameters.takeChoice("response_format", of: ["b64_json", "file"])
        request.returnsFile = format == "file"
        try adaptToOwnModels(&request)
        request.parameters.rename("image", to: "image[]")
        request.parameters.rename("mask_image", to: "mask")
        request.readsMaskColor = true
    }

    /// The fields of OpenAI's API, without what follows a bracket.
    private static let knownFields: Set = [
        "model", "prompt", "n", "size", "quality", "background", "output_format", "output_compression", "moderation",
        "complexity", "frame_count", "frame_duration_ms", "svg", "safety_identifier", "user", "stream",
        "partial_images",
        "image", "images", "mask", "markup", "mask_image", "input_fidelity",
    ]
}
