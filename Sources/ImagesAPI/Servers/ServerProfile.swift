/// How a server's API differs from OpenAI's, as data, so that a new server needs no new release.
///
/// Built in for the servers that are in wide use, loaded from JSON for others (``init(json:)``), and given to a client in
/// ``ImagesClient/Configuration/server``. A field is called here what OpenAI's API calls it, whatever the server's name
/// for it is.
public struct ServerProfile: Sendable, Hashable {
    /// The name in messages and reports, such as `xai`.
    public var name: String
    /// The address that ``paths`` are appended to when no other is given; nil if the server has none of its own.
    public var baseURL: String?
    /// The environment variable with the address, which counts before ``baseURL``; nil reads none.
    public var baseURLVariable: String?
    /// The path of each operation below the base URL; what has none is refused before anything is sent.
    ///
    /// `{deployment}` stands for the model's name at this server, percent-encoded; the body then has no `model`.
    public var paths: [Operation: String]
    /// Sent as `api-version` in the query; nil sends none, and an empty one is read from `OPENAI_API_VERSION`.
    public var apiVersion: String?
    /// The name of the header field that carries the key; nil sends no key.
    public var keyHeader: String?
    /// What precedes the key in its header field, such as `Bearer ` with its space.
    public var keyPrefix: String
    /// Whether requests without a key fail before the network; loopback addresses never need one.
    public var needsKey: Bool
    /// The environment variables that are searched for the key, the first one that is set counts.
    public var keyVariables: [String]
    /// The server's name of a model, where it is another; checks, limits and prices stay those of the model.
    public var deployments: [Model: String]
    /// The names of an edit's images in a form; nil if the server takes edits as JSON only.
    public var form: ImageFields?
    /// The names of an edit's images in JSON; nil if the server takes edits as a form only.
    public var json: ImageFields?
    /// The most images of one edit; nil for as many as the model takes.
    public var maxImages: Int?
    /// Whether images may be sent as WebP to models that take it; PNG and JPEG are read everywhere.
    public var takesWebP: Bool
    /// The fields that say the size, with `{size}` (`WIDTHxHEIGHT`), `{width}`, `{height}` or `{ratio}` for its value.
    ///
    /// Empty if the server cannot be told a size. A width or height is sent as a number in JSON.
    public var size: [String: String]
    /// The ratios that the server knows, such as `3:2`; `{ratio}` is the nearest one, or the exact ratio if this is empty.
    public var aspectRatios: [String]
    /// The server's name of a field, where it is another.
    public var names: [String: String]
    /// The server's value of a field's value, where it is another: `["response_format": ["b64_json": "base64"]]`.
    public var values: [String: [String: JSONValue]]
    /// The only fields that may be sent; nil for all of them.
    public var onlyFields: [String]?
    /// Fields that are never sent.
    public var omittedFields: [String]
    /// The `response_format` of requests that name none; nil sends none.
    public var responseFormat: String?
    /// Fields that are added to every generation and edit, in place of the request's own of that name.
    public var fields: [String: JSONValue]
    /// The operations whose responses can be streamed.
    public var streaming: Set<Operation>

    /// What a server is asked to do.
    public enum Operation: String, Sendable, Hashable, Codable, CaseIterable {
        /// Images from a prompt.
        case generations
        /// Images from images and a prompt.
        case edits
        /// Images like a given one.
        case variations
        /// The list of models.
        case models
        /// Uploaded files.
        case files
        /// Batches of requests.
        case batches
        /// Checks of an image's provenance.
        case provenance
    }

    /// The names under which an edit carries its images.
    public struct ImageFields: Sendable, Hashable {
        /// The field of a single image; nil uses ``images`` for one, too.
        public var image: String?
        /// The field of several images: repeated in a form, a list in JSON; nil if the server takes one only.
        public var images: String?
        /// The field of the mask; nil if the server takes none.
        public var mask: String?
        /// The field of the markup; nil if the server takes none.
        public var markup: String?
        /// Whether the mask is also white where to edit and black elsewhere, for servers that read its color, not its
        /// alpha.
        public var paintsMask: Bool
        /// In JSON, how an image is referred to by URL or data URL, for which `{url}` stands.
        public var url: JSONValue
        /// In JSON, how an uploaded file is referred to by its id, for which `{id}` stands; nil if the server has no files.
        public var file: JSONValue?

        /// Fields; the defaults are those of OpenAI's form and its JSON references.
        public init(
            image: String? = "image", images: String? = "image[]", mask: String? = "mask", markup: String? = "markup",
            paintsMask: Bool = false, url: JSONValue = ["image_url": "{url}"], file: JSONValue? = nil
        ) {
            self.image = image
            self.images = images
            self.mask = mask
            self.markup = markup
            self.paintsMask = paintsMask
            self.url = url
            self.file = file
        }

        /// The field for so many images; nil if the server does not take so many.
        func field(count: Int) -> String? { count == 1 ? image ?? images : images }
    }

    /// A profile that differs from ``generic`` in its name and in what `change` sets.
    public init(_ name: String, _ change: (inout ServerProfile) -> Void = { _ in }) {
        self.name = name
        baseURL = nil
        baseURLVariable = "OPENAI_BASE_URL"
        paths = Self.allPaths(below: "")
        apiVersion = nil
        keyHeader = "Authorization"
        keyPrefix = "Bearer "
        needsKey = false
        keyVariables = ["OPENAI_API_KEY"]
        deployments = [:]
        form = ImageFields()
        json = Self.references
        maxImages = nil
        takesWebP = false
        size = ["size": "{size}"]
        aspectRatios = []
        names = [:]
        values = [:]
        onlyFields = nil
        omittedFields = []
        responseFormat = nil
        fields = [:]
        streaming = [.generations, .edits]
        change(&self)
    }

    /// The images of an edit by reference, as OpenAI's API has them.
    static let references = ImageFields(
        image: nil, images: "images", markup: nil, file: ["file_id": "{id}"])

    static func allPaths(below prefix: String) -> [Operation: String] {
        Dictionary(uniqueKeysWithValues: Operation.allCases.map { ($0, prefix + $0.usualPath) })
    }
}

extension ServerProfile.Operation {
    /// The path in OpenAI's API, below the version.
    var usualPath: String {
        switch self {
        case .generations: "/images/generations"
        case .edits: "/images/edits"
        case .variations: "/images/variations"
        case .models: "/models"
        case .files: "/files"
        case .batches: "/batches"
        case .provenance: "/content_provenance_checks"
        }
    }
}
