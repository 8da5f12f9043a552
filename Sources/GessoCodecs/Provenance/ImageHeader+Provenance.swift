extension ImageHeader {
    /// What a file's content credentials (a C2PA manifest) state about its origin.
    ///
    /// Not verified: anyone can write such a manifest. To verify signature and pixels, use a C2PA validator with a
    /// list of trusted certificates.
    public struct Provenance: Sendable, Hashable, Codable {
        /// A name in a certificate.
        package struct Name: Sendable, Hashable, Codable {
            /// The organization (O); nil if not stated.
            package var organization: String?
            /// The common name (CN); nil if not stated.
            package var commonName: String?

            package init(organization: String? = nil, commonName: String? = nil) {
                self.organization = organization
                self.commonName = commonName
            }
        }

        /// The program that made the claim, with its version if stated.
        public var claimGenerator: String?
        /// The subject of the signing certificate.
        package var signer: Name?
        /// The issuer of the signing certificate.
        package var issuer: Name?

        /// The organization that signed (O of the certificate's subject); nil if not stated.
        public var signerOrganization: String? { signer?.organization }
        /// The name of whoever signed (CN of the certificate's subject); nil if not stated.
        public var signerName: String? { signer?.commonName }
        /// The organization that issued the certificate (O of its issuer); nil if not stated.
        public var issuerOrganization: String? { issuer?.organization }
        /// The name of whoever issued the certificate (CN of its issuer); nil if not stated.
        public var issuerName: String? { issuer?.commonName }

        package init(claimGenerator: String? = nil, signer: Name? = nil, issuer: Name? = nil) {
            self.claimGenerator = claimGenerator
            self.signer = signer
            self.issuer = issuer
        }
    }
}

extension ImageHeader.Provenance: CustomStringConvertible {
    /// One line, such as `ChatGPT 2.0, signed in the name of OpenAI`.
    public var description: String {
        let holder = signer?.organization ?? signer?.commonName
        let parts = [claimGenerator, holder.map { "signed in the name of \($0)" }].compactMap(\.self)
        return parts.isEmpty ? "made by an unnamed program" : parts.joined(separator: ", ")
    }
}

/// Text from a file in a form that is safe to print: one line, without control characters, at most 200 characters.
enum PrintableText {
    /// The printable form of `text`; nil if nothing is left.
    static func of(_ text: String) -> String? {
        var printable = String.UnicodeScalarView()
        for scalar in text.unicodeScalars.prefix(200) {
            switch scalar.properties.generalCategory {
            // Control characters, and characters that change the text's direction or have no defined shape.
            case .control, .format, .surrogate, .privateUse, .unassigned, .lineSeparator, .paragraphSeparator: break
            default: printable.append(scalar)
            }
        }
        let line = String(printable).split(separator: " ").joined(separator: " ")
        return line.isEmpty ? nil : line
    }
}
