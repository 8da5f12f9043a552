extension MockServer {
    /// A server that the mock server imitates, with its paths, request rules, responses and errors.
    public enum Server: String, Sendable, Codable, Hashable, CaseIterable {
        /// OpenAI.
        case openAI = "openai"
        /// Azure OpenAI by deployment; any deployment name is served.
        case azure
        /// Azure OpenAI by `/openai/v1/…`.
        case azureV1 = "azure-v1"
        /// LiteLLM's proxy.
        case liteLLM = "litellm"
        /// LocalAI.
        case localAI = "localai"
        /// vLLM-Omni.
        case vllmOmni = "vllm-omni"
        /// The server of stable-diffusion.cpp.
        case stableDiffusionCPP = "sdcpp"
        /// xAI.
        case xAI = "xai"
        /// OpenRouter.
        case openRouter = "openrouter"
        /// Together.
        case together
        /// Gemini's compatible endpoint.
        case gemini
        /// A server that follows OpenAI's API and accepts any key, model and field.
        case generic
    }
}
