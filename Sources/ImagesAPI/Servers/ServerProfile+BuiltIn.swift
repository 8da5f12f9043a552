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
        ServerProfile("azure") {
            $0.baseURLVariable = "AZURE_OPENAI_ENDPOINT"
            $0.paths = allPaths(below: "/openai")
            $0.paths[.generations] = "/openai/deployments/{deployment}/images/generations"
            $0.paths[.edits] = "/openai/deployments/{deployment}/images/edits"
            $0.paths[.variations] = nil
            $0.apiVersion = apiVersion
            $0.keyVariables = azureKeyVariables
            $0.needsKey = true
            $0.takesWebP = true
            if !usesBearer { $0.useAPIKeyHeader() }
        }
    }

    /// Azure OpenAI by `/openai/v1/…`, where the body's `model` is the deployment.
    public static let azureV1 = ServerProfile("azure-v1") {
        $0.baseURLVariable = "AZURE_OPENAI_ENDPOINT"
        $0.paths = allPaths(below: "/openai/v1")
        $0.paths[.variations] = nil
        $0.keyVariables = azureKeyVariables
        $0.needsKey = true
        $0.takesWebP = true
        $0.useAPIKeyHeader()
    }

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
    public static let localAI = ServerProfile("localai") {
        $0.baseURL = "http://localhost:8080/v1"
        $0.baseURLVariable = nil
        $0.paths = $0.paths.filter { [.generations, .models].contains($0.key) }
        $0.keyVariables = ["LOCALAI_API_KEY"]
        $0.responseFormat = "b64_json"
        $0.streaming = []
    }

    /// vLLM-Omni.
    public static let vllmOmni = ServerProfile("vllm-omni") {
        $0.baseURL = "http://localhost:8000/v1"
        $0.baseURLVariable = nil
        $0.paths = $0.paths.filter { [.generations, .edits, .models].contains($0.key) }
        $0.keyVariables = ["HOSTED_VLLM_API_KEY", "VLLM_API_KEY"]
        $0.form = ImageFields(mask: "mask_image", markup: nil, paintsMask: true)
        $0.json = nil
        $0.omittedFields = ["quality", "input_fidelity"]
        $0.streaming = [.edits]
    }

    /// The server of stable-diffusion.cpp, which takes no key.
    public static let stableDiffusionCPP = ServerProfile("sdcpp") {
        $0.baseURL = "http://localhost:1234/v1"
        $0.baseURLVariable = nil
        $0.paths = $0.paths.filter { [.generations, .edits, .models].contains($0.key) }
        $0.keyHeader = nil
        $0.keyVariables = []
        $0.form = ImageFields(image: nil, markup: nil, paintsMask: true)
        $0.json = nil
        $0.streaming = []
    }

    /// xAI: edits as JSON, no mask, an aspect ratio in place of a size, and no field that it does not know.
    public static let xAI = ServerProfile("xai") {
        $0.baseURL = "https://api.x.ai/v1"
        $0.baseURLVariable = nil
        $0.paths = $0.paths.filter { [.generations, .edits, .models].contains($0.key) }
        $0.keyVariables = ["XAI_API_KEY"]
        $0.needsKey = true
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
        $0.streaming = []
    }

    /// OpenRouter's `/images`, which takes images for reference in the same request.
    public static let openRouter = ServerProfile("openrouter") {
        $0.baseURL = "https://openrouter.ai/api/v1"
        $0.baseURLVariable = nil
        $0.paths = [.generations: "/images", .edits: "/images", .models: "/models"]
        $0.keyVariables = ["OPENROUTER_API_KEY"]
        $0.needsKey = true
        $0.form = nil
        $0.json = ImageFields(
            image: nil, images: "input_references", mask: nil, markup: nil,
            url: ["type": "image_url", "image_url": ["url": "{url}"]])
        $0.onlyFields = [
            "model", "prompt", "n", "size", "quality", "background", "output_format", "output_compression",
        ]
        // Most models respond to a stream with one JSON document.
        $0.streaming = []
    }

    /// Together, which generates and edits by one path.
    public static let together = ServerProfile("together") {
        $0.baseURL = "https://api.together.xyz/v1"
        $0.baseURLVariable = nil
        $0.paths = [.generations: "/images/generations", .edits: "/images/generations", .models: "/models"]
        $0.keyVariables = ["TOGETHER_API_KEY"]
        $0.needsKey = true
        $0.form = nil
        $0.json = ImageFields(
            image: "image_url", images: "reference_images", mask: nil, markup: nil, url: "{url}")
        $0.size = ["width": "{width}", "height": "{height}"]
        $0.values = ["response_format": ["b64_json": "base64"]]
        $0.onlyFields = ["model", "prompt", "n", "size", "response_format", "output_format"]
        $0.responseFormat = "b64_json"
        $0.streaming = []
    }

    /// The compatible endpoint of Gemini, which has generations only.
    public static let gemini = ServerProfile("gemini") {
        $0.baseURL = "https://generativelanguage.googleapis.com/v1beta/openai"
        $0.baseURLVariable = nil
        $0.paths = $0.paths.filter { [.generations, .models].contains($0.key) }
        $0.keyVariables = ["GEMINI_API_KEY", "GOOGLE_API_KEY"]
        $0.needsKey = true
        $0.onlyFields = ["model", "prompt", "n", "size", "response_format"]
        $0.responseFormat = "b64_json"
        $0.streaming = []
    }

    /// All profiles of this version of the library.
    public static let builtIn: [ServerProfile] = [
        openAI, azure(), azureV1, liteLLM, localAI, vllmOmni, stableDiffusionCPP, xAI, openRouter, together, gemini,
        generic,
    ]

    /// The built-in profile of that name, or nil.
    public static func named(_ name: String) -> ServerProfile? { builtIn.first { $0.name == name } }

    static let tokenVariable = "AZURE_OPENAI_AD_TOKEN"
    private static let azureKeyVariables = ["AZURE_OPENAI_API_KEY", tokenVariable]

    /// Sends the key in Azure's own header field.
    private mutating func useAPIKeyHeader() {
        keyHeader = "api-key"
        keyPrefix = ""
    }
}
