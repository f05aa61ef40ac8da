internal import Glibc

/// A system call failed.
struct SystemFailure: Error, CustomStringConvertible {
    let what: String
    let number: Int32

    var description: String { "could not \(what): \(String(cString: strerror(number)))" }
}
