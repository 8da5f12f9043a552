extension ImageHeader {
    /// What a file's content credentials (a C2PA manifest) say of who made it.
    ///
    /// Read, not verified: anybody can write these words. Whether signature and pixels hold is a question for a verifier
    /// with a list of trusted certificates.
    public struct Provenance: Sendable, Hashable, Codable {
        /// A name in a certificate.
        public struct Name: Sendable, Hashable, Codable {
            public var organization: String?
            public var commonName: String?

            public init(organization: String? = nil, commonName: String? = nil) {
                self.organization = organization
                self.commonName = commonName
            }
        }

        /// The program that made the claim, with its version if it states one.
        public var claimGenerator: String?
        /// Whom the signing certificate names as its holder.
        public var signer: Name?
        /// Who issued that certificate.
        public var issuer: Name?

        public init(claimGenerator: String? = nil, signer: Name? = nil, issuer: Name? = nil) {
            self.claimGenerator = claimGenerator
            self.signer = signer
            self.issuer = issuer
        }
    }
}

extension ImageHeader.Provenance: CustomStringConvertible {
    /// `ChatGPT 2.0, signed in the name of OpenAI`, as far as it is stated.
    public var description: String {
        let holder = signer?.organization ?? signer?.commonName
        let parts = [claimGenerator, holder.map { "signed in the name of \($0)" }].compactMap(\.self)
        return parts.isEmpty ? "made by a program it does not name" : parts.joined(separator: ", ")
    }
}
