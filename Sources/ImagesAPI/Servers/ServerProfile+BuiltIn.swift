// Facts of 2026-11-30, read from public documentation, sources and issues of the servers.

extension ServerProfile {
    /// OpenAI, and servers that follow its API in everything.
    public static let openAI = ServerProfile("openai") {
        $0.baseURL = "https://api.openai.com/v1"
        $0.needsKey = true
        $0.takesWebP = true
    }

    /// A compatible server of which nothing else is known.
    public static let generic = ServerProfile("generic")

    /// Azure OpenAI by deployment: `/openai/deployments/{deployment}/images/…?api-version=…`, without `model` in the body.
    ///
    /// - Parameters:
    ///   - apiVersion: the version of the API; empty reads it from `OPENAI_API_VERSION`.
    ///   - usesBearer: sends a token of Entra ID instead of a key.
    public static func azure(apiVersion: String = "", usesBearer: Bool = false) -> ServerProfile {
        azure("azure", below: "/openai") {
            $0.paths[.generations] = "/openai/deployments/{deployment}/images/generations"
            $0.paths[.edits] = "/openai/deployments/{deployment}/images/edits"
            $0.apiVersion = apiVersion
            if usesBearer { ($0.keyHeader, $0.keyPrefix) = (generic.keyHeader, generic.keyPrefix) }
        }
    }

    /// Azure OpenAI by `/openai/v1/…`, where the body's `model` is the deployment.
    public static let azureV1 = azure("azure-v1", below: "/openai/v1")

    /// LiteLLM's proxy.
    public static let liteLLM = ServerProfile("litellm") {
        $0.baseURL = "http://localhost:4000/v1"
        $0.baseURLVariable = "LITELLM_PROXY_API_BASE"
        $0.keyVariables = ["LITELLM_PROXY_API_KEY", "LITELLM_API_KEY"]
        $0.needsKey = true
        $0.json = nil
        // Streamed generations do not work in the proxy.
        $0.streaming = [.edits]
    }

    /// LocalAI, which has no edits.
    public static let localAI = hosted(
        "localai", at: "http://localhost:8080/v1", keys: ["LOCALAI_API_KEY"], needsKey: false,
        has: [.generations, .models]
    ) {
        $0.responseFormat = "b64_json"
    }

    /// vLLM-Omni.
    public static let vllmOmni = hosted(
        "vllm-omni", at: "http://localhost:8000/v1", keys: ["HOSTED_VLLM_API_KEY", "VLLM_API_KEY"], needsKey: false
    ) {
        $0.form = ImageFields(mask: "mask_image", markup: nil, paintsMask: true)
        $0.json = nil
        $0.omittedFields = ["quality", "input_fidelity"]
        $0.streaming = [.edits]
    }

    /// The server of stable-diffusion.cpp, which takes no key.
    public static let stableDiffusionCPP = hosted(
        "sdcpp", at: "http://localhost:1234/v1", keys: [], needsKey: false
    ) {
        $0.keyHeader = nil
        $0.form = ImageFields(image: nil, markup: nil, paintsMask: true)
        $0.json = nil
    }

    /// xAI: edits as JSON, no mask, an aspect ratio in place of a size, and no field that it does not know.
    public static let xAI = hosted("xai", at: "https://api.x.ai/v1", keys: ["XAI_API_KEY"]) {
        $0.form = nil
        $0.json = ImageFields(
            images: "images", mask: nil, markup: nil, url: ["url": "{url}", "type": "image_url"])
        $0.maxImages = 3
        $0.size = ["aspect_ratio": "{ratio}"]
        $0.aspectRatios = [
            "1:1", "3:4", "4:3", "9:16", "16:9", "2:3", "3:2", "9:19.5", "19.5:9", "9:20", "20:9", "1:2", "2:1",
        ]
        $0.onlyFields = ["model", "prompt", "n", "size", "response_format", "user"]
        $0.responseFormat = "b64_json"
    }

    /// OpenRouter's `/images`, which takes images for reference in the same request. Most of its models respond to a stream
    /// with one JSON document.
    public static let openRouter = hosted(
        "openrouter", at: "https://openrouter.ai/api/v1", keys: ["OPENROUTER_API_KEY"]
    ) {
        $0.paths = [.generations: "/images", .edits: "/images", .models: "/models"]
        $0.form = nil
        $0.json = ImageFields(
            image: nil, images: "input_references", mask: nil, markup: nil,
            url: ["type": "image_url", "image_url": ["url": "{url}"]])
        $0.onlyFields = [
            "model", "prompt", "n", "size", "quality", "background", "output_format", "output_compression",
        ]
    }

    /// Together, which generates and edits by one path.
    public static let together = hosted("together", at: "https://api.together.xyz/v1", keys: ["TOGETHER_API_KEY"]) {
        $0.paths = [.generations: "/images/generations", .edits: "/images/generations", .models: "/models"]
        $0.form = nil
        $0.json = ImageFields(
            image: "image_url", images: "reference_images", mask: nil, markup: nil, url: "{url}")
        $0.size = ["width": "{width}", "height": "{height}"]
        $0.values = ["response_format": ["b64_json": "base64"]]
        $0.onlyFields = ["model", "prompt", "n", "size", "response_format", "output_format"]
        $0.responseFormat = "b64_json"
    }

    /// The compatible endpoint of Gemini, which has generations only.
    public static let gemini = hosted(
        "gemini", at: "https://generativelanguage.googleapis.com/v1beta/openai",
        keys: ["GEMINI_API_KEY", "GOOGLE_API_KEY"], has: [.generations, .models]
    ) {
        $0.onlyFields = ["model", "prompt", "n", "size", "response_format"]
        $0.responseFormat = "b64_json"
    }

    /// All profiles of this version of the library.
    public static let builtIn: [ServerProfile] = [
        openAI, azure(), azureV1, liteLLM, localAI, vllmOmni, stableDiffusionCPP, xAI, openRouter, together, gemini,
        generic,
    ]

    /// The built-in profile of that name, or nil.
    public static func named(_ name: String) -> ServerProfile? { builtIn.first { $0.name == name } }

    static let tokenVariable = "AZURE_OPENAI_AD_TOKEN"

    /// What both routes of Azure have in common.
    private static func azure(
        _ name: String, below prefix: String, _ change: (inout ServerProfile) -> Void = { _ in }
    ) -> ServerProfile {
        ServerProfile(name) {
            $0.baseURLVariable = "AZURE_OPENAI_ENDPOINT"
            $0.paths = allPaths(below: prefix)
            $0.paths[.variations] = nil
            $0.keyHeader = "api-key"
            $0.keyPrefix = ""
            $0.keyVariables = ["AZURE_OPENAI_API_KEY", tokenVariable]
            $0.needsKey = true
            $0.takesWebP = true
            change(&$0)
        }
    }

    /// A server with an address of its own, some of the paths, and no streams.
    private static func hosted(
        _ name: String, at address: String, keys: [String], needsKey: Bool = true,
        has operations: Set<Operation> = [.generations, .edits, .models], _ change: (inout ServerProfile) -> Void
    ) -> ServerProfile {
        ServerProfile(name) {
            $0.baseURL = address
            $0.baseURLVariable = nil
            $0.paths = $0.paths.filter { operations.contains($0.key) }
            $0.keyVariables = keys
            $0.needsKey = needsKey
            $0.streaming = []
            change(&$0)
        }
    }
}
