import Testing

extension EndToEnd {
  @Suite struct PaymentMatrixTests {
    @Test func `whatever befalls a purchase, it is paid once, booked and answered`() async throws {
      // Most of the time is spent on waiting for the wallet, so the points take it together.
      try await withThrowingTaskGroup { group in
        for point in PaymentPoint.allCases {
          group.addTask { try await Self.buyThroughTrouble(at: point) }
        }
        try await group.waitForAll()
      }
    }

    private static func buyThroughTrouble(at point: PaymentPoint) async throws {
      try await Installation.use { installation in
        var matrix = try PaymentMatrix(installation)
        for isKilled in [true, false] {
          for trouble in WalletTrouble.allCases {
            do { try matrix.buy(trouble, at: point, isKilled: isKilled) } catch {
              throw Failure("\(point), wallet \(trouble), killed: \(isKilled): \(error)")
            }
          }
        }
        try matrix.verify()
      }
    }
  }
}
