internal import FoundationEssentials
internal import NIOCore
internal import NIOPosix
internal import PurserCore

/// What the node answered to a call.
enum CLNReply<Result: Decodable>: Decodable {
  case result(Result)
  case failure(CLNFailure)

  private enum CodingKeys: String, CodingKey { case result, error }

  init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    if let failure = try container.decodeIfPresent(CLNFailure.self, forKey: .error) {
      self = .failure(failure)
    } else {
      self = .result(try container.decode(Result.self, forKey: .result))
    }
  }
}

/// The socket `lightning-rpc` of Core Lightning: JSON-RPC 2.0, a connection for each call.
///
/// A call that pays may take a minute, and others do not wait for it so.
struct CLNSocket: Sendable {
  let path: String
  let timeoutMilliseconds: UInt32

  private struct Request<Parameters: Encodable>: Encodable {
    let jsonrpc = "2.0"
    let id = "purser"
    let method: String
    let params: Parameters
  }

  func call<Result: Decodable>(
    _ method: String, _ parameters: some Encodable & Sendable, upTo maximum: Int
  ) async throws(CLNCallError) -> CLNReply<Result> {
    let line: [UInt8]
    do {
      line = Array(try JSONEncoder().encode(Request(method: method, params: parameters)))
    } catch {
      throw .lost(.unexpected("the request cannot be written"))
    }
    let answer = try await answer(to: line, upTo: maximum)
    guard let reply = try? JSONDecoder().decode(CLNReply<Result>.self, from: Data(answer)) else {
      throw .lost(.unexpected("Core Lightning's answer to \(method) does not read"))
    }
    return reply
  }

  private func answer(
    to line: [UInt8], upTo maximum: Int
  ) async throws(CLNCallError) -> [UInt8] {
    do {
      return try await within(milliseconds: timeoutMilliseconds) {
        try await exchange(line, upTo: maximum)
      }
    } catch let problem as ObjectReader.Problem {
      switch problem {
      case .tooLong:
        throw .lost(.unexpected("Core Lightning answered with more bytes than are read"))
      case .notAnObject: throw .lost(.unexpected("what answers at \(path) is no lightningd"))
      }
    } catch is Late {
      throw .lost(.unreachable("Core Lightning did not answer in time"))
    } catch is HungUp {
      throw .lost(.unreachable("Core Lightning hung up"))
    } catch {
      let reason = WalletText(secrets: []).cleaned(String(describing: error))
      throw .lost(.unreachable("no answer from Core Lightning at \(path): \(reason)"))
    }
  }

  private struct HungUp: Error {}

  private func exchange(_ line: [UInt8], upTo maximum: Int) async throws -> [UInt8] {
    let channel = try await ClientBootstrap(group: .singletonMultiThreadedEventLoopGroup)
      .connect(unixDomainSocketPath: path) { channel in
        channel.eventLoop.makeCompletedFuture {
          try NIOAsyncChannel<ByteBuffer, ByteBuffer>(wrappingChannelSynchronously: channel)
        }
      }
    return try await channel.executeThenClose { inbound, outbound in
      try await outbound.write(ByteBuffer(bytes: line))
      var reader = ObjectReader(maximumLength: maximum)
      for try await buffer in inbound {
        if let object = try reader.object(adding: buffer.readableBytesView) { return object }
      }
      throw HungUp()
    }
  }
}
