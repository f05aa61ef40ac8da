/// The machine and the version of the generator, without which figures cannot be compared.
package struct RunEnvironment: Sendable, Equatable {
    package var operatingSystem: String
    package var kernel: String
    package var processor: String
    package var processorCount: Int
    package var skiffVersion: String

    package init(
        operatingSystem: String, kernel: String, processor: String, processorCount: Int, skiffVersion: String
    ) {
        self.operatingSystem = operatingSystem
        self.kernel = kernel
        self.processor = processor
        self.processorCount = processorCount
        self.skiffVersion = skiffVersion
    }
}
