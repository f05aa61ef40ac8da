/// The state of an engine at one moment, for iterators. While it exists, the engine keeps every version that it shows.
/// Any thread, but let go of it on one that may block.
package protocol EngineSnapshot: AnyObject, Sendable {}
