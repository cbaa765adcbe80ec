// Written by `make reference`; do not edit.
let recordedExamples: [String: (parameters: StaticString, reply: StaticString)] = [:]
