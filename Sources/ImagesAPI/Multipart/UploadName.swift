/// File names made safe to put into a multipart header.
enum UploadName {
    /// The last path component of a name, POSIX or Windows; nil when nothing is left of it.
    ///
    /// - Throws: `invalidRequest` for control characters other than CR and LF, and for more than 255 bytes.
    static func cleaned(_ name: String) throws(ImagesAPIError) -> String? {
        var last = Substring(name)
        if let cut = last.unicodeScalars.lastIndex(where: { $0 == "/" || $0 == "\\" }) {
            last = last[last.unicodeScalars.index(after: cut)...]
        }
        // `C:name` is relative to a drive's current folder.
        let scalars = Array(last.unicodeScalars.prefix(2))
        if scalars.count == 2, scalars[1] == ":", scalars[0].properties.isAlphabetic, scalars[0].isASCII {
            last = Substring(last.unicodeScalars.dropFirst(2))
        }
        if last.isEmpty || last == "." || last == ".." { return nil }
        let forbidden = last.unicodeScalars.contains { scalar in
            (scalar.value < 0x20 && scalar != "\r" && scalar != "\n") || scalar.value == 0x7F
                || (0x80...0x9F).contains(scalar.value)
        }
        guard !forbidden else {
            throw ImagesAPIError(
                .invalidRequest, "The file name contains a control character; leave the name out, or use one without.")
        }
        guard last.utf8.count <= 255 else {
            throw ImagesAPIError(
                .invalidRequest,
                "The file name has \(last.utf8.count) bytes, 255 are allowed; shorten it or leave it out.",
                facts: ["found": "\(last.utf8.count)", "allowed": "255"])
        }
        return String(last)
    }

    /// A name or file name as a quoted string: CR, LF and quotes escaped as the HTML standard's
    /// "multipart/form-data encoding algorithm" does.
    static func escaped(_ name: String) -> String {
        var text = ""
        for scalar in name.unicodeScalars {
            switch scalar {
            case "\r": text += "%0D"
            case "\n": text += "%0A"
            case "\"": text += "%22"
            default: text.unicodeScalars.append(scalar)
            }
        }
        return text
    }
}
