public import PurserCore

/// Lists the master keys by number, never a key.
public enum KeyList: RPCMethod {
  /// `key.list`.
  public static let name = "key.list"
  /// Operators alone.
  public static let audience = RPCAudience.operators
  /// What it does.
  public static let summary =
    "Lists the master keys that the daemon works with, by number, never a key."
  /// How it refuses, beside what every method may answer.
  public static let errors: [RPCErrorReason] = []
  /// It takes none.
  public typealias Parameters = NoParameters

  /// One key.
  public struct Key: RPCObject, Equatable {
    /// Its number.
    public let number: UInt64
    /// Whether it signs and seals.
    public let isCurrent: Bool
    /// Whether the daemon has it; false for one that records need and that is not there.
    public let isLoaded: Bool
    /// How many sealed records need it.
    public let records: UInt64

    /// The names on the wire.
    public enum CodingKeys: String, CodingKey, CaseIterable {
      case number, records
      case isCurrent = "current"
      case isLoaded = "loaded"
    }

    /// What each member is.
    public static func describe(_ member: CodingKeys) -> RPCMember {
      switch member {
      case .number:
        .init(\Self.number, "Its number.")
      case .isCurrent:
        .init(\Self.isCurrent, "Whether it signs and seals.")
      case .isLoaded:
        .init(
          \Self.isLoaded,
          "Whether the daemon has it; false for one that records need and that is not there.")
      case .records:
        .init(\Self.records, "How many sealed records need it.")
      }
    }

    /// A key of this number.
    public init(number: UInt64, isCurrent: Bool, isLoaded: Bool, records: UInt64) {
      self.number = number
      self.isCurrent = isCurrent
      self.isLoaded = isLoaded
      self.records = records
    }
  }

  /// The keys.
  public struct Reply: RPCObject, Equatable {
    /// In the order of their numbers.
    public let keys: [Key]

    /// The names on the wire.
    public enum CodingKeys: String, CodingKey, CaseIterable { case keys }

    /// What each member is.
    public static func describe(_ member: CodingKeys) -> RPCMember {
      switch member {
      case .keys:
        .init(\Self.keys, "In the order of their numbers.")
      }
    }

    /// A reply.
    public init(keys: [Key]) { self.keys = keys }
  }
}

/// Takes over the master keys as the key file has them now.
public enum KeyReload: RPCMethod {
  /// `key.reload`.
  public static let name = "key.reload"
  /// Operators alone.
  public static let audience = RPCAudience.operators
  /// What it does.
  public static let summary =
    "Takes over the master keys as the key file has them now: all of them, or none."
  /// How it refuses, beside what every method may answer.
  public static let errors: [RPCErrorReason] = [.conflict]
  /// Something is other than before.
  public static let changesState = true
  /// It takes none.
  public typealias Parameters = NoParameters

  /// What changed.
  public struct Reply: RPCObject, Equatable {
    /// The number of the key that signs and seals from now on.
    public let current: UInt64
    /// The numbers of all keys.
    public let keys: [UInt64]
    /// Those that are new.
    public let added: [UInt64]
    /// Those that are gone.
    public let removed: [UInt64]

    /// The names on the wire.
    public enum CodingKeys: String, CodingKey, CaseIterable { case current, keys, added, removed }

    /// What each member is.
    public static func describe(_ member: CodingKeys) -> RPCMember {
      switch member {
      case .current:
        .init(\Self.current, "The number of the key that signs and seals from now on.")
      case .keys:
        .init(\Self.keys, "The numbers of all keys.")
      case .added:
        .init(\Self.added, "Those that are new.")
      case .removed:
        .init(\Self.removed, "Those that are gone.")
      }
    }

    /// A reply.
    public init(_ change: KeyChange, keys: [UInt64]) {
      current = change.current
      self.keys = keys
      added = change.added
      removed = change.removed
    }
  }
}

/// Seals everything that needs an old master key under the current one.
public enum KeyReseal: RPCMethod {
  /// `key.reseal`.
  public static let name = "key.reseal"
  /// Operators alone.
  public static let audience = RPCAudience.operators
  /// What it does.
  public static let summary =
    "Seals everything that needs an old master key under the current one, so that it can go."
  /// How it refuses, beside what every method may answer.
  public static let errors: [RPCErrorReason] = [.conflict, .notFound]
  /// Something is other than before.
  public static let changesState = true

  /// Which key.
  public struct Parameters: RPCParameters {
    /// The number of the old key.
    public var key: UInt64

    /// The names on the wire.
    public enum CodingKeys: String, CodingKey, CaseIterable { case key }

    /// What each member is.
    public static func describe(_ member: CodingKeys) -> RPCMember {
      switch member {
      case .key:
        .init(\Self.key, "The number of the old key.")
      }
    }

    /// The key of this number.
    public init(key: UInt64) { self.key = key }
  }

  /// What was done.
  public struct Reply: RPCObject, Equatable {
    /// The number of the old key, which no record needs any more.
    public let key: UInt64
    /// The number of the key that they are sealed under now.
    public let newKey: UInt64
    /// How many records were sealed anew.
    public let records: UInt64

    /// The names on the wire.
    public enum CodingKeys: String, CodingKey, CaseIterable {
      case key, records
      case newKey = "new_key"
    }

    /// What each member is.
    public static func describe(_ member: CodingKeys) -> RPCMember {
      switch member {
      case .key:
        .init(\Self.key, "The number of the old key, which no record needs any more.")
      case .newKey:
        .init(\Self.newKey, "The number of the key that they are sealed under now.")
      case .records:
        .init(\Self.records, "How many records were sealed anew.")
      }
    }

    /// A reply.
    public init(key: UInt64, newKey: UInt64, records: UInt64) {
      self.key = key
      self.newKey = newKey
      self.records = records
    }
  }
}
