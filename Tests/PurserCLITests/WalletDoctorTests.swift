import PurserAPI
import PurserCore
import Testing

@testable import purser

@Suite struct WalletDoctorTests {
  private func reply(
    kind: String = "lnd", allowed: Set<WalletPowers.Power>,
    refused: Set<WalletPowers.Power> = [], excess: [String] = [], reserve: UInt64 = 0
  ) throws -> WalletExamine.Reply {
    WalletExamine.Reply(
      WalletInfo(kind: kind, name: "node", balance: nil),
      WalletPowers(allowed: allowed, refused: refused, excess: excess, software: "lnd 0.19"),
      feeReserve: try #require(Msat(reserve)))
  }

  @Test func `every power is told, with what Purser needs it for`() throws {
    let diagnosis = WalletDiagnosis(
      try reply(allowed: [.pay, .lookUp], refused: [.receive], excess: ["onchain:write\u{1b}"]))
    #expect(diagnosis.isGood)
    let text = diagnosis.lines.joined(separator: "\n")
    for part in [
      "yes: needed to buy", "yes: needed to learn what became of a payment",
      "no: fills the wallet", "cannot be told: finds payments", "lnd 0.19",
      "the wallet keeps to it", "it may do more than Purser uses: onchain:write",
      "uri:/routerrpc.Router/SendPaymentV2 uri:/routerrpc.Router/TrackPaymentV2",
    ] {
      #expect(text.contains(part), "\(part)")
    }
    #expect(!text.contains("\u{1b}"))
  }

  @Test func `without excess there is no advice, and a reserve is told`() throws {
    let all = Set(WalletPowers.Power.allCases)
    let lines = WalletDiagnosis(try reply(kind: "phoenixd", allowed: all, reserve: 8000)).lines
    let text = lines.joined(separator: "\n")
    #expect(!text.contains("advice") && !text.contains("warning"))
    #expect(text.contains("the wallet takes none; for 1000sat, 8sat are set aside"))
  }

  @Test func `nothing is good without paying or looking up, each kind with its remedy`() throws {
    for (kind, word) in [
      ("lnd", "lncli bakemacaroon"), ("core_lightning", "createrune"),
      ("phoenixd", "http-password"), ("lnbits", "admin_key_file"), ("simulated", "credential"),
    ] {
      for power in [WalletPowers.Power.pay, .lookUp] {
        let diagnosis = WalletDiagnosis(
          try reply(
            kind: kind, allowed: Set(WalletPowers.Power.allCases).subtracting([power]),
            refused: [power]))
        #expect(!diagnosis.isGood)
        #expect(diagnosis.remedy.contains(word))
      }
    }
    let open = WalletDiagnosis(try reply(allowed: []))
    #expect(open.isGood)
  }

  @Test(arguments: [("[]", 0), (#"["pay"]"#, 1), (#"["look_up","list"]"#, 1), (#"["list"]"#, 0)])
  func `the exit status says whether Purser can pay safely`(
    refused: String, status: Int32
  ) throws {
    let scratch = try ScratchDirectory()
    let daemon = try ScriptedDaemon(
      in: scratch,
      answering: [
        """
        "result":{"kind":"lnd","name":"a","allowed":[],"refused":\(refused),"open":[],\
        "excess":["onchain:write"],"fee_reserve_msat":0}
        """
      ])
    let done = try Program.run(["wallet", "doctor", "--socket", daemon.path])
    #expect(done.status == status)
    #expect(done.output.contains("\"excess\":[\"onchain:write\"]"))
    #expect(done.error.contains("hint: bake a macaroon") == (status == 1))
  }
}
