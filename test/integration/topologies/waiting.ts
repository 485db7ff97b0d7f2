// A module that waits before it exports its topology.
await Promise.resolve()
export default 1
