/// The scripts `start.sh` and `stop.sh` that each server among the peers has.
enum PeerScripts {
  /// Starts the server in `directory`, and gives its process id.
  static func start(_ scripts: String, in directory: String) throws(BenchError) -> Int32 {
    do throws(BenchError) {
      let started = try Child.output("\(scripts)/start.sh", [directory])
      guard let processID = Int32(started) else {
        throw BenchError("\(scripts)/start.sh did not say what it has started")
      }
      return processID
    } catch {
      // It may have come half-way.
      stop(scripts, in: directory)
      throw error
    }
  }

  /// Stops the server in `directory`, if there is one.
  static func stop(_ scripts: String, in directory: String) {
    _ = try? Child.output("\(scripts)/stop.sh", [directory])
  }
}
