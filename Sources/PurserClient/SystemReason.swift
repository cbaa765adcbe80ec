internal import Glibc

/// The system's own words for an error number.
func systemReason(_ number: Int32) -> String { String(cString: strerror(number)) }
