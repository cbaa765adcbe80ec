/// What is said of approvals.
enum ApprovalText {
  /// Where nothing keeps an agent from deciding by itself.
  static let advice =
    "advisory: agents may run as your user and decide this themselves; see separation and "
    + "operator_passphrase_file in config.yaml"
}
