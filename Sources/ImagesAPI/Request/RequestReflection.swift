/// Text that shows only its length when it is printed or dumped.
struct HiddenText: Sendable, CustomStringConvertible, CustomReflectable {
    let text: String

    init(_ text: String) { self.text = text }

    var description: String { "\(text.count) characters" }
    var customMirror: Mirror { Mirror(self, children: []) }
}

extension RequestFields {
    /// The fields that a dump may show: without the prompt, and without the values of unknown fields.
    func shown(extra: [String: JSONValue]) -> [Mirror.Child] {
        entries.map { name, value in
            guard name != "prompt", extra[name] == nil else {
                return (name, value.stringValue.map(HiddenText.init) ?? "hidden")
            }
            return (name, value.stringValue ?? value)
        }
    }
}

// Requests that are printed or dumped do not show the text of end users.

extension GenerationRequest: CustomReflectable {
    public var customMirror: Mirror { Mirror(self, children: fields.shown(extra: extra)) }
}

extension EditRequest: CustomReflectable {
    public var customMirror: Mirror {
        var children = fields.shown(extra: extra)
        children.append(("images", images.map { "\($0.contentType), \($0.data.count) bytes" }))
        children.append(("references", references.count))
        children.append(("mask", mask != nil || maskReference != nil))
        children.append(("markup", markup != nil))
        return Mirror(self, children: children)
    }
}

extension VariationRequest: CustomReflectable {
    public var customMirror: Mirror {
        var children = fields.shown(extra: [:])
        children.append(("image", "\(image.contentType), \(image.data.count) bytes"))
        children.append(("isEmulated", isEmulated as Any))
        children.append(("emulationModel", emulationModel))
        children.append(("emulationSize", emulationSize as Any))
        children.append(("quality", quality as Any))
        children.append(("background", background as Any))
        children.append(("outputFormat", outputFormat as Any))
        children.append(("emulationPrompt", HiddenText(emulationPrompt)))
        return Mirror(self, children: children)
    }
}
