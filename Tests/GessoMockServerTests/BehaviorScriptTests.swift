import Foundation
import GessoMockServer
import Testing

@Suite("Behavior of the mock server, from JSON")
struct BehaviorScriptTests {
    private func behavior(_ text: String) throws -> MockServer.Behavior {
        try JSONDecoder().decode(MockServer.Behavior.self, from: Data(text.utf8))
    }

    @Test("A behavior is decoded from JSON; fields that are not given have the ideal values")
    func json() throws {
        let behavior = try behavior(
            #"""
            {"drift": 2.5, "faults": [
              {"path": "/images/edits", "times": 2, "response": {"status": 429, "headers": {"retry-after": "1"}}},
              {"cut": {"at": 10, "with": "reset"}, "events": {"order": [0, 0], "lineEnd": "crlf"}}]}
            """#)
        #expect(behavior.drift == 2.5)
        #expect(behavior.scale == 1)
        #expect(behavior.faults[0].response?.status == 429)
        #expect(behavior.faults[1].cut == Fault.Cut(at: 10, with: .reset))
        #expect(behavior.faults[1].events?.order == [0, 0])
        #expect(try self.behavior("{}") == .ideal)
    }

    /// A script in which every field, at every level, differs from its default.
    static let everything = #"""
        {"drift": 1, "shiftX": 2, "shiftY": 3, "scale": 1.5, "gain": 0.5, "size": "64x64", "latencySeconds": 0.1,
         "eventSeconds": 0.2, "isLegacy": true, "batchExpiresAfter": 3, "faults": [{
          "path": "/a", "method": "GET", "skip": 1, "times": 2,
          "response": {"status": 400, "headers": {"a": "b"}, "body": "c",
                     "error": {"message": "d", "type": "e", "param": "f", "code": "g"}},
          "cutRequestAt": 3, "delaySeconds": 0.3, "headBytesPerSecond": 4, "bytesPerSecond": 5,
          "cut": {"at": 6, "with": "reset", "part": "head"}, "stall": {"at": 7, "seconds": 0.4}, "flip": {"at": 8, "bits": 9},
          "framing": "close", "addHeaders": [["b", "c"], ["b", "d"]], "contentLengthOffset": 10, "informational": 11, "endlessHeaders": true, "gzip": true,
          "events": {"order": [1, 0], "errorAfter": 12, "error": {"message": "h"}, "errorForm": "bare",
                     "lineEnd": "cr", "byteOrderMark": true, "comments": true, "done": true, "dataLines": true}}]}
        """#

    @Test("Every field is decoded, and encoded again unchanged")
    func everyField() throws {
        let behavior = try behavior(Self.everything)
        let original = try JSONSerialization.jsonObject(with: Data(Self.everything.utf8)) as? NSDictionary
        let written = try JSONSerialization.jsonObject(with: JSONEncoder().encode(behavior)) as? NSDictionary
        #expect(original != nil && original == written)
    }

    @Test("The earlier key for a replaced response is still accepted")
    func earlierKeys() throws {
        let earlier = try JSONDecoder().decode(Fault.self, from: Data(#"{"answer": {"status": 500}}"#.utf8))
        #expect(earlier.response == Fault.Replacement(status: 500))
    }

    @Test(
        "A factory method gives the same fault as its JSON",
        arguments: [
            (Fault.redirect(to: "/x"), #"{"response": {"status": 302, "headers": {"location": "/x"}, "body": ""}}"#),
            (.cut(at: 1, with: .reset, part: .head), #"{"cut": {"at": 1, "with": "reset", "part": "head"}}"#),
            (.stall(at: 1, seconds: 2), #"{"stall": {"at": 1, "seconds": 2}}"#),
            (.flip(at: 1, bits: 2), #"{"flip": {"at": 1, "bits": 2}}"#),
            (.slowLoris(bytesPerSecond: 3), #"{"headBytesPerSecond": 3, "bytesPerSecond": 3}"#),
            (.endlessHeaders(), #"{"endlessHeaders": true}"#), (.gzip(), #"{"gzip": true}"#),
            (.eventOrder([1, 0, 0]), #"{"events": {"order": [1, 0, 0]}}"#),
        ])
    func shortcuts(fault: Fault, script: String) throws {
        #expect(try JSONDecoder().decode(Fault.self, from: Data(script.utf8)) == fault)
    }

    @Test(
        "A header field that is not a pair of strings is refused",
        arguments: [#"["a"]"#, #"["a", "b", "c"]"#, #"{"a": "b"}"#, #"["a", 1]"#])
    func headers(header: String) {
        #expect(throws: DecodingError.self) { try behavior(#"{"faults": [{"addHeaders": [\#(header)]}]}"#) }
    }

    @Test(
        "An unknown key is refused at any level, with its path and the known keys",
        arguments: [
            (#"{"faultz": []}"#, "faultz", "'faults'"),
            (#"{"faults": [{}, {"dellaySeconds": 1}]}"#, "faults[1].dellaySeconds", "'delaySeconds'"),
            (#"{"faults": [{"response": {"status": 500, "header": {}}}]}"#, "faults[0].response.header", "'headers'"),
            (
                #"{"faults": [{"response": {"status": 500, "error": {"message": "", "kind": ""}}}]}"#,
                "faults[0].response.error.kind", "'type'"
            ),
            (#"{"faults": [{"cut": {"at": 1, "wiht": "reset"}}]}"#, "faults[0].cut.wiht", "'with'"),
            (#"{"faults": [{"stall": {"at": 1, "seconds": 1, "x": 1}}]}"#, "faults[0].stall.x", "'seconds'"),
            (#"{"faults": [{"flip": {"at": 1, "bit": 1}}]}"#, "faults[0].flip.bit", "'bits'"),
            (#"{"faults": [{"events": {"Order": []}}]}"#, "faults[0].events.Order", "'order'"),
            (#"{"faults": [{"events": {"error": {"message": "", "x": 1}}}]}"#, "faults[0].events.error.x", "'message'"),
        ])
    func unknownKeys(text: String, place: String, known: String) throws {
        let error = #expect(throws: DecodingError.self) { try behavior(text) }
        guard case .dataCorrupted(let context)? = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        let path = context.codingPath.reduce(into: "") { path, key in
            path += key.intValue.map { "[\($0)]" } ?? (path.isEmpty ? "" : ".") + key.stringValue
        }
        #expect(path == place)
        #expect(context.debugDescription.contains(known))
    }
}
