/// How the streams of a network behave between faults. Times in nanoseconds, chances in thousandths.
struct StreamWeather: Hashable {
    var delayMin: UInt64 = 50_000
    var delayMax: UInt64 = 500_000
    /// A segment is lost and sent again.
    var loss = 0
    /// A read ends in the midst of what has arrived.
    var splits = 0
}

extension StreamWeather {
    init(_ weather: Weather) {
        self.init(
            delayMin: weather.delayMin, delayMax: weather.delayMax, loss: weather.loss, splits: weather.splits)
    }
}
