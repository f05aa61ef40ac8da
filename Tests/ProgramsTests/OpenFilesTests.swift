import Glibc
import Programs
import Testing

@Suite("Open files of a process")
struct OpenFilesTests {
    @Test("The limit is raised to the hard one, and stays where it cannot be raised")
    func raise() async {
        await #expect(processExitsWith: .success) {
            let resource = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
            let before = OpenFiles.raiseLimit()
            var lower = rlimit(rlim_cur: 64, rlim_max: rlim_t(before) - 1)
            precondition(setrlimit(resource, &lower) == 0)

            #expect(OpenFiles.raiseLimit() == before - 1)
            #expect(OpenFiles.raiseLimit() == before - 1)
        }
    }

    @Test("An opened file is counted, and a closed one no longer")
    func count() async {
        await #expect(processExitsWith: .success) {
            let before = try #require(OpenFiles.count())
            let opened = (0..<40).map { _ in open("/dev/null", O_RDONLY) }
            // The process of the test itself may open or close a few.
            let during = try #require(OpenFiles.count())
            for descriptor in opened { close(descriptor) }
            let after = try #require(OpenFiles.count())

            #expect((36...44).contains(during - before))
            #expect((-4...4).contains(after - before))
        }
    }

    @Test("Standard descriptors that the caller closed are opened on a device that refuses every use")
    func standardDescriptors() async {
        await #expect(processExitsWith: .success) {
            close(STDIN_FILENO)
            close(STDOUT_FILENO)

            OpenFiles.openStandardDescriptors()

            var byte: UInt8 = 0
            #expect(read(STDIN_FILENO, &byte, 1) < 0)
            #expect(write(STDOUT_FILENO, &byte, 1) < 0)
            #expect(open("/dev/null", O_RDONLY) > STDERR_FILENO)
        }
    }
}
