import ArgumentParser
import Programs
import Testing

@testable import skiff
@testable import skiffd

@Suite("Release")
struct ReleaseTests {
    @Test("skiff and skiffd name the same release")
    func sameRelease() {
        #expect(Skiff.configuration.version == "skiff \(Release.version)")
        #expect(Skiffd.configuration.version == "skiffd \(Release.version)")
    }
}
