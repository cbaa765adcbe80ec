import Testing

extension EndToEnd {
  @Suite struct PaymentMatrixTests {
    @Test(arguments: PaymentPoint.allCases)
    func `whatever befalls a purchase, it is paid once, booked and answered`(
      point: PaymentPoint
    ) async throws {
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
