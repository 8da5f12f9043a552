import Foundation
import ImagesAPI

// Buys one edit under a key and writes its first image: what Scripts/crash-recovery kills.
//
//   crash-recovery-client BASE-URL SPOOL KEY plain|stream IMAGE OUTPUT
//
// Exit: 0 the image is written; 4 the purchase is unknown; 1 anything else.
let arguments = CommandLine.arguments.dropFirst().map { $0 }
guard arguments.count == 6 else {
    FileHandle.standardError.write(Data("usage: BASE-URL SPOOL KEY plain|stream IMAGE OUTPUT\n".utf8))
    exit(64)
}
var configuration = ImagesClient.Configuration()
configuration.baseURL = arguments[0]
configuration.apiKey = try ImagesClient.APIKey("needs-no-key")
configuration.spoolDirectory = arguments[1]
configuration.purchaseKey = arguments[2]
let client = ImagesClient(configuration: configuration)
let image = try ImageUpload(Data(contentsOf: URL(filePath: arguments[4])))
var request = EditRequest(images: [image], prompt: "a lighthouse", model: .gptImage26Flare)
request.size = .square1024
do {
    let response =
        arguments[3] == "stream"
        ? try await client.editStream(request, partialImages: 1).response() : try await client.edit(request)
    try response.data?.write(to: URL(filePath: arguments[5]), options: .atomic)
} catch let error as ImagesAPIError where error.code == .purchaseUnresolved {
    exit(4)
} catch {
    FileHandle.standardError.write(Data("\(error)\n".utf8))
    exit(1)
}
