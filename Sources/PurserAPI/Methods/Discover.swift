/// Describes the methods that the socket serves.
public enum Discover: RPCMethod {
  /// `rpc.discover`, as OpenRPC names it.
  public static let name = "rpc.discover"
  /// Both sockets.
  public static let audience = RPCAudience.everyone
  /// What it does.
  public static let summary =
    "Describes the methods of this socket: those for agents, or for operators all of them."
  /// How it refuses, beside what every method may answer.
  public static let errors: [RPCErrorReason] = []
  /// It takes none.
  public typealias Parameters = NoParameters
  /// What it answers.
  public typealias Reply = OpenRPCDocument
}
