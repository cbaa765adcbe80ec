internal import PurserAPI
internal import PurserCore

// Master keys, backups, and what is to be done after one was restored.
extension MethodTable {
  mutating func serveKeys(_ coordinator: Coordinator) {
    serve(KeyList.self) { _, _ throws(Refusal) in try coordinator.listKeys() }
    serve(KeyReload.self) { _, context throws(Refusal) in
      try await coordinator.reloadKeys(by: try context.requiredCaller())
    }
    serve(RestoreStatus.self) { _, _ throws(Refusal) in try coordinator.restoreStatus() }
    serve(RestoreCompare.self) { parameters, context throws(Refusal) in
      try await coordinator.compareWallet(parameters, by: try context.requiredCaller())
    }
    serve(PaymentReconcile.self) { parameters, _ throws(Refusal) in
      try await coordinator.reconcile(parameters)
    }
    serve(PaymentBook.self) { parameters, context throws(Refusal) in
      try await coordinator.book(
        parameters, by: try context.requiredCaller(), repeatKey: context.repeatKey)
    }
    serve(LedgerBackup.self) { parameters, context throws(Refusal) in
      try await coordinator.backUp(parameters, by: try context.requiredCaller())
    }
    serve(KeyReseal.self) { parameters, context throws(Refusal) in
      try await coordinator.reseal(parameters, by: try context.requiredCaller())
    }
  }
}
