internal import ArgumentParser
internal import Glibc
internal import L402

struct InvoiceDecode: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "decode",
    abstract: "Check an invoice's checksum, signature and fields, and show what it says.",
    discussion: """
      Exits with 1 and says why when the invoice is not valid. With '-' every line of standard \
      input is an invoice: a bad one gives the line 'refused: …', or an object with 'error' under \
      --json, and the exit code is 0 when all are valid.
      """)

  /// The longest line that is read: the longest invoice, and blanks around it.
  private static let longestLine = 8_192

  @Flag(help: "Print JSON, one object per invoice on a line of its own.")
  var json = false

  @Argument(
    help: ArgumentHelp(
      "The invoice (BOLT 11); '-' reads one per line from standard input.", valueName: "invoice"))
  var invoice: String

  func run() throws {
    let now = UInt64(max(0, time(nil)))
    guard invoice == "-" else {
      do throws(InvoiceError) {
        return try show(InvoiceReport(read(invoice), now: now))
      } catch {
        throw CommandFailure("refused: \(error)")
      }
    }
    var isAllValid = true
    var count = 0
    var reader = LineReader(limit: Self.longestLine)
    while let line = try reader.next() {
      count += 1
      do throws(InvoiceError) {
        let report = InvoiceReport(try read(line), now: now)
        if !json, count > 1 { Terminal.writeLine("") }
        show(report)
      } catch {
        isAllValid = false
        Terminal.writeLine(json ? JSONLine.text(Refusal(error: "\(error)")) : "refused: \(error)")
      }
    }
    guard count > 0 else {
      throw CommandFailure("no invoice on standard input", hint: "write one invoice per line")
    }
    if !isAllValid { throw ExitCode.failure }
  }

  private func read(_ line: LineReader.Line) throws(InvoiceError) -> Invoice {
    guard case .bytes(let bytes) = line else { throw .tooLong }
    guard let text = String(validating: bytes, as: UTF8.self) else { throw .invalidCharacter }
    return try read(text)
  }

  private func read(_ text: String) throws(InvoiceError) -> Invoice {
    let blanks: Set<Character> = [" ", "\t", "\r", "\n", "\r\n"]
    var trimmed = text[...].drop(while: blanks.contains)
    while let last = trimmed.last, blanks.contains(last) { trimmed.removeLast() }
    return try Invoice(decoding: String(trimmed))
  }

  private func show(_ report: InvoiceReport) {
    if json {
      Terminal.writeLine(JSONLine.text(report))
    } else {
      report.lines.forEach(Terminal.writeLine)
    }
  }
}

/// What `--json` prints for an invoice that is not valid.
private struct Refusal: Encodable {
  let error: String
}
