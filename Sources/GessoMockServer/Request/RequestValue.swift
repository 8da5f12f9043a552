#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// A JSON value, decoded from requests and encoded into responses; the members of objects are encoded in the order of
/// their names.
enum RequestValue: Sendable, Equatable {
    case null
    case bool(Bool)
    case integer(Int)
    case number(Double)
    case string(String)
    /// Bytes, written as a base64 string.
    case base64(Data)
    case array([RequestValue])
    case object([String: RequestValue])

    /// The name of the value's type in error messages of the API.
    var kind: String {
        switch self {
        case .null: "null"
        case .bool: "a boolean"
        case .integer: "an integer"
        case .number: "a decimal"
        case .string, .base64: "a string"
        case .array: "an array"
        case .object: "an object"
        }
    }

    /// Compact UTF-8.
    func serialized() -> Data {
        var data = Data()
        write(to: &data)
        return data
    }

    private func write(to data: inout Data) {
        switch self {
        case .null: data.append(contentsOf: "null".utf8)
        case .bool(let flag): data.append(contentsOf: (flag ? "true" : "false").utf8)
        case .integer(let value): data.append(contentsOf: "\(value)".utf8)
        case .number(let value): data.append(contentsOf: (value.isFinite ? "\(value)" : "null").utf8)
        case .string(let text): RequestValue.write(text, to: &data)
        case .base64(let bytes):
            data.append(UInt8(ascii: "\""))
            data.append(bytes.base64EncodedData())
            data.append(UInt8(ascii: "\""))
        case .array(let values):
            RequestValue.write(values, from: "[", to: "]", in: &data) { value, data in value.write(to: &data) }
        case .object(let members):
            RequestValue.write(members.sorted { $0.key < $1.key }, from: "{", to: "}", in: &data) { member, data in
                RequestValue.write(member.key, to: &data)
                data.append(UInt8(ascii: ":"))
                member.value.write(to: &data)
            }
        }
    }

    private static func write<T>(
        _ items: [T], from open: String, to close: String, in data: inout Data, each: (T, inout Data) -> Void
    ) {
        data.append(contentsOf: open.utf8)
        for (index, item) in items.enumerated() {
            if index > 0 { data.append(UInt8(ascii: ",")) }
            each(item, &data)
        }
        data.append(contentsOf: close.utf8)
    }

    private static func write(_ text: String, to data: inout Data) {
        data.append(UInt8(ascii: "\""))
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "\""): data.append(contentsOf: #"\""#.utf8)
            case UInt8(ascii: "\\"): data.append(contentsOf: #"\\"#.utf8)
            case 10: data.append(contentsOf: #"\n"#.utf8)
            case 0..<32:
                let digits = String(byte, radix: 16)
                data.append(contentsOf: (byte < 16 ? "\\u000" : "\\u00").utf8)
                data.append(contentsOf: digits.utf8)
            default: data.append(byte)
            }
        }
        data.append(UInt8(ascii: "\""))
    }
}

extension RequestValue: Decodable {
    init(from decoder: any Decoder) throws {
        if let members = try? decoder.container(keyedBy: AnyKey.self) {
            var object: [String: RequestValue] = [:]
            for key in members.allKeys { object[key.stringValue] = try members.decode(RequestValue.self, forKey: key) }
            self = .object(object)
            return
        }
        if var items = try? decoder.unkeyedContainer() {
            var array: [RequestValue] = []
            while !items.isAtEnd { array.append(try items.decode(RequestValue.self)) }
            self = .array(array)
            return
        }
        let value = try decoder.singleValueContainer()
        if value.decodeNil() {
            self = .null
        } else if let text = try? value.decode(String.self) {
            self = .string(text)
        } else if let flag = try? value.decode(Bool.self) {
            self = .bool(flag)
        } else if let integer = try? value.decode(Int.self) {
            self = .integer(integer)
        } else {
            self = .number(try value.decode(Double.self))
        }
    }

    /// A key of any name.
    struct AnyKey: CodingKey {
        let stringValue: String
        let intValue: Int? = nil
        init(stringValue: String) { self.stringValue = stringValue }
        init?(intValue: Int) { nil }
    }
}
