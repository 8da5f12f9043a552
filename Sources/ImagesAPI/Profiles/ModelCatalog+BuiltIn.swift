extension ModelProfile.Catalog {
    /// The table as text. Facts of 2026-11-22, batch prices and Azure's last days of 2026-11-30 (third party); where
    /// sources contradict each other, the field has the cautious value.
    static let builtInJSON = #"""
        {
          "date": "2026-11-22",
          "source": "OpenAI API reference, guide, pricing and deprecation pages; SDK types",
          "models": [
            {
              "model": "gpt-image-2.6-sunburst", "snapshots": [], "state": "active",
              "sizes": {"free": {"multipleOf": 16, "maxEdge": 3840, "maxRatio": 3, "minPixels": 655360, "maxPixels": 8294400, "experimentalAbovePixels": 3686400}},
              "qualities": ["low", "medium", "high", "xhigh", "max", "auto"],
              "formats": ["png", "webp", "jpeg", "gif", "svg"], "backgrounds": ["transparent", "opaque", "auto"],
              "inputFidelities": [], "supportsComplexity": true, "supportsMask": true, "supportsMarkup": true,
              "supportsStreaming": true, "supportsEdits": true, "maxImages": 16, "maxOutputImages": 10,
              "maxPromptCharacters": 32000, "maxImageBytes": 50000000, "maxMaskBytes": 4000000,
              "inputFormats": ["image/png", "image/jpeg", "image/webp"], "requiresSquareInput": false, "outputTokens": {},
              "released": "2026-11-04",
              "prices": {"currency": "USD", "textInput": 5, "cachedTextInput": 1.25, "imageInput": 8, "cachedImageInput": 2, "imageOutput": 30, "date": "2026-11-30", "source": "OpenAI model page; no price for batches in BerriAI/litellm price map 1.110.2"}
            },
            {
              "model": "gpt-image-2.6-flare", "snapshots": [], "state": "active",
              "sizes": {"free": {"multipleOf": 16, "maxEdge": 3840, "maxRatio": 3, "minPixels": 655360, "maxPixels": 8294400, "experimentalAbovePixels": 3686400}},
              "qualities": ["low", "medium", "high", "xhigh", "max", "auto"],
              "formats": ["png", "webp", "jpeg", "gif", "svg"], "backgrounds": ["transparent", "opaque", "auto"],
              "inputFidelities": [], "supportsComplexity": true, "supportsMask": true, "supportsMarkup": true,
              "supportsStreaming": true, "supportsEdits": true, "maxImages": 16, "maxOutputImages": 10,
              "maxPromptCharacters": 32000, "maxImageBytes": 50000000, "maxMaskBytes": 4000000,
              "inputFormats": ["image/png", "image/jpeg", "image/webp"], "requiresSquareInput": false, "outputTokens": {},
              "released": "2026-11-04",
              "prices": {"currency": "USD", "textInput": 5, "cachedTextInput": 1.25, "imageInput": 8, "cachedImageInput": 2, "imageOutput": 30, "date": "2026-11-30", "source": "a third party, BerriAI/litellm price map 1.110.2; no price for batches"}
            },
            {
              "model": "gpt-image-2.5-sunburst", "snapshots": ["gpt-image-2.5-sunburst-2026-09-08"], "state": "active",
              "sizes": {"free": {"multipleOf": 16, "maxEdge": 3840, "maxRatio": 3, "minPixels": 655360, "maxPixels": 8294400, "experimentalAbovePixels": 3686400}},
              "qualities": ["low", "medium", "high", "xhigh", "max", "auto"], "formats": ["png", "webp", "jpeg"],
              "backgrounds": ["transparent", "opaque", "auto"], "inputFidelities": [], "supportsComplexity": false,
              "supportsMask": true, "supportsMarkup": true, "supportsStreaming": true, "supportsEdits": true,
              "maxImages": 16, "maxOutputImages": 10, "maxPromptCharacters": 32000, "maxImageBytes": 50000000,
              "maxMaskBytes": 4000000, "inputFormats": ["image/png", "image/jpeg", "image/webp"],
              "requiresSquareInput": false, "outputTokens": {}, "released": "2026-09-08",
              "shutdowns": {"azure": "2027-09-09"},
              "prices": {"currency": "USD", "textInput": 5, "cachedTextInput": 1.25, "imageInput": 8, "cachedImageInput": 2, "imageOutput": 30, "date": "2026-11-30", "source": "OpenAI guide; batches: a third party, BerriAI/litellm price map 1.110.2", "batchFactor": 0.5}
            },
            {
              "model": "gpt-image-2.5-flare", "snapshots": ["gpt-image-2.5-flare-2026-09-08"], "state": "active",
              "sizes": {"free": {"multipleOf": 16, "maxEdge": 3840, "maxRatio": 3, "minPixels": 655360, "maxPixels": 8294400, "experimentalAbovePixels": 3686400}},
              "qualities": ["low", "medium", "high", "xhigh", "max", "auto"], "formats": ["png", "webp", "jpeg"],
              "backgrounds": ["transparent", "opaque", "auto"], "inputFidelities": [], "supportsComplexity": false,
              "supportsMask": true, "supportsMarkup": true, "supportsStreaming": true, "supportsEdits": true,
              "maxImages": 16, "maxOutputImages": 10, "maxPromptCharacters": 32000, "maxImageBytes": 50000000,
              "maxMaskBytes": 4000000, "inputFormats": ["image/png", "image/jpeg", "image/webp"],
              "requiresSquareInput": false, "outputTokens": {}, "released": "2026-09-08",
              "shutdowns": {"azure": "2027-09-09"},
              "prices": {"currency": "USD", "textInput": 5, "cachedTextInput": 1.25, "imageInput": 8, "cachedImageInput": 2, "imageOutput": 30, "date": "2026-11-30", "source": "OpenAI guide; batches: a third party, BerriAI/litellm price map 1.110.2", "batchFactor": 0.5}
            },
            {
              "model": "gpt-image-2", "snapshots": ["gpt-image-2-2026-04-21"], "state": "active",
              "sizes": {"free": {"multipleOf": 16, "maxEdge": 3840, "maxRatio": 3, "minPixels": 655360, "maxPixels": 8294400, "experimentalAbovePixels": 3686400}},
              "qualities": ["low", "medium", "high", "auto"], "formats": ["png", "webp", "jpeg"],
              "backgrounds": ["transparent", "opaque", "auto"], "previewBackgrounds": ["transparent"],
              "inputFidelities": [], "supportsComplexity": false,
              "supportsMask": true, "supportsMarkup": false, "supportsStreaming": true, "supportsEdits": true,
              "maxImages": 16, "maxOutputImages": 10, "maxPromptCharacters": 32000, "maxImageBytes": 50000000,
              "maxMaskBytes": 4000000, "inputFormats": ["image/png", "image/jpeg", "image/webp"],
              "requiresSquareInput": false, "outputTokens": {"patches": {"low": 16, "medium": 48, "high": 96}},
              "released": "2026-04-21",
              "shutdowns": {"azure": "2027-10-21"},
              "prices": {"currency": "USD", "textInput": 5, "cachedTextInput": 1.25, "imageInput": 8, "cachedImageInput": 2, "imageOutput": 30, "date": "2026-11-22", "source": "OpenAI pricing", "batchFactor": 0.5}
            },
            {
              "model": "gpt-image-1.5", "snapshots": ["gpt-image-1.5-2025-12-16"], "state": "deprecated",
              "sizes": {"fixed": ["1024x1024", "1536x1024", "1024x1536"]}, "qualities": ["low", "medium", "high", "auto"],
              "formats": ["png", "webp", "jpeg"], "backgrounds": ["transparent", "opaque", "auto"],
              "inputFidelities": ["low", "high"], "supportsComplexity": false, "supportsMask": true,
              "supportsMarkup": false, "supportsStreaming": true, "supportsEdits": true, "maxImages": 16,
              "maxOutputImages": 10, "maxPromptCharacters": 32000, "maxImageBytes": 50000000, "maxMaskBytes": 4000000,
              "inputFormats": ["image/png", "image/jpeg", "image/webp"], "requiresSquareInput": false,
              "outputTokens": {"table": {"low": {"1024x1024": 272, "1024x1536": 408, "1536x1024": 400}, "medium": {"1024x1024": 1056, "1024x1536": 1584, "1536x1024": 1568}, "high": {"1024x1024": 4160, "1024x1536": 6240, "1536x1024": 6208}}},
              "shutdown": "2026-12-01", "replacement": "gpt-image-2.6-sunburst",
              "shutdowns": {"azure": "2026-12-16"},
              "prices": {"currency": "USD", "textInput": 5, "cachedTextInput": 1.25, "imageInput": 8, "cachedImageInput": 2, "imageOutput": 32, "date": "2026-11-22", "source": "OpenAI pricing; text output: a third party, BerriAI/litellm price map 1.109.1", "textOutput": 10}
            },
            {
              "model": "gpt-image-1-mini", "snapshots": [], "state": "deprecated",
              "sizes": {"fixed": ["1024x1024", "1536x1024", "1024x1536"]}, "qualities": ["low", "medium", "high", "auto"],
              "formats": ["png", "webp", "jpeg"], "backgrounds": ["transparent", "opaque", "auto"],
              "inputFidelities": ["low"], "supportsComplexity": false, "supportsMask": true, "supportsMarkup": false,
              "supportsStreaming": true, "supportsEdits": true, "maxImages": 16, "maxOutputImages": 10,
              "maxPromptCharacters": 32000, "maxImageBytes": 50000000, "maxMaskBytes": 4000000,
              "inputFormats": ["image/png", "image/jpeg", "image/webp"], "requiresSquareInput": false, "outputTokens": {},
              "shutdown": "2026-12-01", "replacement": "gpt-image-2.6-flare",
              "shutdowns": {"azure": "2027-04-07"},
              "prices": {"currency": "USD", "textInput": 2, "cachedTextInput": 0.2, "imageInput": 2.5, "cachedImageInput": 0.25, "imageOutput": 8, "date": "2026-11-22", "source": "OpenAI pricing"}
            },
            {
              "model": "chatgpt-image-latest", "snapshots": [], "state": "deprecated",
              "sizes": {"fixed": ["1024x1024", "1536x1024", "1024x1536"]}, "qualities": ["low", "medium", "high", "auto"],
              "formats": ["png", "webp", "jpeg"], "backgrounds": ["transparent", "opaque", "auto"], "inputFidelities": [],
              "supportsComplexity": false, "supportsMask": true, "supportsMarkup": false, "supportsStreaming": true,
              "supportsEdits": true, "maxImages": 16, "maxOutputImages": 10, "maxPromptCharacters": 32000,
              "maxImageBytes": 50000000, "maxMaskBytes": 4000000, "inputFormats": ["image/png", "image/jpeg", "image/webp"],
              "requiresSquareInput": false, "outputTokens": {}, "shutdown": "2026-12-01",
              "replacement": "gpt-image-2.6-sunburst",
              "prices": {"currency": "USD", "textInput": 5, "cachedTextInput": 1.25, "imageInput": 8, "cachedImageInput": 2, "imageOutput": 32, "date": "2026-11-22", "source": "OpenAI pricing; text output: a third party, BerriAI/litellm price map 1.109.1", "textOutput": 10}
            },
            {
              "model": "gpt-image-1", "snapshots": [], "state": "ended",
              "sizes": {"fixed": ["1024x1024", "1536x1024", "1024x1536"]}, "qualities": ["low", "medium", "high", "auto"],
              "formats": ["png", "webp", "jpeg"], "backgrounds": ["transparent", "opaque", "auto"],
              "inputFidelities": ["low", "high"], "supportsComplexity": false, "supportsMask": true,
              "supportsMarkup": false, "supportsStreaming": true, "supportsEdits": true, "maxImages": 16,
              "maxOutputImages": 10, "maxPromptCharacters": 32000, "maxImageBytes": 50000000, "maxMaskBytes": 4000000,
              "inputFormats": ["image/png", "image/jpeg", "image/webp"], "requiresSquareInput": false,
              "outputTokens": {"table": {"low": {"1024x1024": 272, "1024x1536": 408, "1536x1024": 400}, "medium": {"1024x1024": 1056, "1024x1536": 1584, "1536x1024": 1568}, "high": {"1024x1024": 4160, "1024x1536": 6240, "1536x1024": 6208}}},
              "shutdown": "2026-10-23", "replacement": "gpt-image-2.6-sunburst",
              "prices": {"currency": "USD", "textInput": 5, "cachedTextInput": 1.25, "imageInput": 10, "cachedImageInput": 2.5, "imageOutput": 40, "date": "2026-11-22", "source": "OpenAI pricing"}
            },
            {
              "model": "dall-e-2", "snapshots": [], "state": "ended",
              "sizes": {"fixed": ["256x256", "512x512", "1024x1024"]}, "qualities": ["standard"], "formats": ["png"],
              "backgrounds": [], "inputFidelities": [], "supportsComplexity": false, "supportsMask": true,
              "supportsMarkup": false, "supportsStreaming": false, "supportsEdits": true, "maxImages": 1,
              "maxOutputImages": 10, "maxPromptCharacters": 1000, "maxImageBytes": 4000000, "maxMaskBytes": 4000000,
              "inputFormats": ["image/png"], "requiresSquareInput": true, "outputTokens": {}, "shutdown": "2026-05-12",
              "replacement": "gpt-image-2.6-flare"
            },
            {
              "model": "dall-e-3", "snapshots": [], "state": "ended",
              "sizes": {"fixed": ["1024x1024", "1792x1024", "1024x1792"]}, "qualities": ["standard", "hd"],
              "formats": ["png"], "backgrounds": [], "inputFidelities": [], "supportsComplexity": false,
              "supportsMask": false, "supportsMarkup": false, "supportsStreaming": false, "supportsEdits": false,
              "maxImages": 0, "maxOutputImages": 1, "maxPromptCharacters": 4000, "maxImageBytes": 50000000,
              "maxMaskBytes": 4000000, "inputFormats": ["image/png", "image/jpeg", "image/webp"],
              "requiresSquareInput": false, "outputTokens": {}, "shutdown": "2026-05-12",
              "replacement": "gpt-image-2.6-sunburst"
            }
          ]
        }
        """#
}
